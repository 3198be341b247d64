import {
  takesNoOptions,
  type Descriptor,
  type Device,
  type DriverContext,
} from '../../src/device/index.js';
import {
  EmulatedDevice,
  hiddenRateWarnings,
  HIDDEN_RATE,
  spinSimulatorUrl,
  spinThermodynamics,
  spinViolations,
  spinWarnings,
} from '../../src/emulate/index.js';

/** Descriptor of an ideal stochastic binary device. */
export function glauberDescriptor(id: string): Descriptor {
  const asynchronous = ['continuous-time', 'random', 'sequential'] as const;
  return {
    version: 1,
    device: id,
    driver: 'glauber',
    origin: 'emulator',
    serial: `glauber-${id}`,
    title: 'Ideal stochastic binary device',
    model:
      'Ising spins of ±1 with pairwise couplings or memories (polynomial, log-sum-exp, exponential, sequences) in one or several heat baths, and hidden sites (Gaussian, binary, one-hot, Poisson) coupled to them in pairs; Markov jump dynamics that flips one spin at a time, or all at once',
    fidelity:
      'exact: fields in float64 without quantisation, waiting times and time-dependent rates without a time step',
    sites: { max: 65_536, kinds: ['ising'], hidden: true, range: null, clamping: true },
    topology: 'all-to-all',
    couplings: {
      kinds: ['dense', 'coo', 'memories'],
      interactions: [
        'polynomial',
        'rectified',
        'log-sum-exp',
        'exponential',
        'weights',
        'sequence',
      ],
      maxDegree: 200,
      geometries: [],
      range: null,
      resolution: null,
      asymmetric: true,
      perSiteSum: null,
    },
    fields: { range: null, resolution: null },
    wells: {
      quadratic: [0, 1e9],
      quartic: [0, 0],
      default: { quadratic: 0, quartic: 0 },
    },
    drives: { max: 64, amplitude: null },
    controls: { temperature: [0, 1e9], coupling: [-1e9, 1e9] },
    dynamics: {
      rules: {
        glauber: [...asynchronous, 'synchronous'],
        metropolis: asynchronous,
        'zero-temperature': [...asynchronous, 'synchronous'],
      },
      fidelities: [],
      kernels: [],
      integrators: [],
      temperature: { range: [0, 1e9], perSite: true, default: 1 },
      ties: ['keep', 'plus'],
      synapses: true,
      spiking: false,
      burnIn: true,
    },
    initial: ['pattern', 'corrupted', 'random', 'equilibrium'],
    shots: { max: 10_000_000, pauseAtShot: true },
    duration: { max: 1e9 },
    readout: {
      channels: [
        { name: 'energy', unit: 'program energy' },
        { name: 'overlaps', unit: '1' },
        { name: 'state', unit: '±1' },
        { name: 'work', unit: 'program energy' },
        { name: 'heat', unit: 'program energy' },
      ],
      minEvery: null,
    },
    parameters: [HIDDEN_RATE],
    units: {
      time: { name: 'sweep', seconds: null },
      energy: { name: 'program energy', joules: null },
    },
    calibrated: [],
    features: [
      'thermodynamics',
      'asymmetric',
      'equilibrium-start',
      'per-site-temperature',
      'hidden-sites',
      'master-equation',
    ],
  };
}

/** Makes the device. It has no options; `hiddenRate` is its one parameter. */
export function createDevice(
  id: string,
  options: Readonly<Record<string, unknown>>,
  context: DriverContext,
): Device {
  takesNoOptions(id, options);
  return new EmulatedDevice(
    {
      descriptor: glauberDescriptor(id),
      simulator: spinSimulatorUrl(),
      furtherViolations: spinViolations,
      realise: (program, parameters) => ({
        program,
        warnings: [...spinWarnings(program), ...hiddenRateWarnings(program, parameters)],
      }),
      thermodynamics: spinThermodynamics,
    },
    context,
  );
}
