import {
  takesNoOptions,
  type Descriptor,
  type Device,
  type DriverContext,
} from '../../src/device/index.js';
import {
  DEFAULT_BENCH,
  DEFAULT_NEURON,
  EmulatedDevice,
  MEMBRANE_TIME_S,
  spikingSimulatorUrl,
  spikingThermodynamics,
  spikingViolations,
  spikingWarnings,
} from '../../src/emulate/index.js';

/** A constant of the neuron as the device has it; programs set their own in `dynamics.spiking`. */
function constant(
  name: keyof typeof DEFAULT_NEURON,
  unit: string,
  range: readonly [number, number],
  meaning: string,
): Descriptor['parameters'][number] {
  return { name, unit, default: DEFAULT_NEURON[name], range, writable: false, meaning };
}

/** Descriptor of a network of spiking neurons. */
export function spikingDescriptor(id: string): Descriptor {
  return {
    version: 1,
    device: id,
    driver: 'spiking',
    origin: 'emulator',
    serial: `spiking-${id}`,
    title: 'Spiking neurons',
    model:
      'leaky integrate-and-fire neurons, or SRM0 neurons with escape noise; a site is +1 for a window after each spike and −1 otherwise, and the field of these states is the current into each neuron',
    fidelity:
      'integrate-and-fire without noise: exact spike times; with noise, and SRM0: fixed steps, exact between them; synapses that saturate, without delays; no energies',
    sites: { max: 16_384, kinds: ['ising'], hidden: false, range: null, clamping: true },
    topology: 'all-to-all',
    couplings: {
      kinds: ['dense', 'coo', 'memories'],
      interactions: ['polynomial', 'weights', 'sequence'],
      maxDegree: 2,
      geometries: [],
      range: null,
      resolution: null,
      asymmetric: true,
      perSiteSum: null,
    },
    fields: { range: null, resolution: null },
    wells: null,
    drives: { max: 64, amplitude: null },
    controls: { temperature: [0, 1e9], coupling: [-1e9, 1e9] },
    dynamics: {
      rules: { spiking: ['continuous-time', 'synchronous'] },
      fidelities: [],
      kernels: ['lif', 'srm0', 'memoryless'],
      integrators: [],
      temperature: { range: [0, 1e9], perSite: false, default: 0 },
      ties: [],
      synapses: false,
      spiking: true,
      burnIn: false,
    },
    initial: ['pattern', 'corrupted', 'random'],
    shots: { max: 10_000_000, pauseAtShot: true },
    duration: { max: 1e6 },
    readout: {
      channels: [
        { name: 'overlaps', unit: '1' },
        { name: 'state', unit: '±1' },
        { name: 'energy', unit: 'none: never defined' },
        { name: 'work', unit: 'none: never defined' },
        { name: 'heat', unit: 'none: never defined' },
      ],
      minEvery: null,
    },
    parameters: [
      constant('tau', 's', [1e-4, 1], 'membrane time'),
      constant('rest', 'V', [-1, 1], 'resting potential'),
      constant('reset', 'V', [-1, 1], 'potential after a spike'),
      constant('threshold', 'V', [-1, 1], 'potential at which a neuron fires'),
      constant('refractory', 's', [0, 0.1], 'absolute refractory time'),
      constant('resistance', 'Ω', [1e3, 1e12], 'input resistance'),
      {
        name: 'biasOverRheobase',
        unit: '1',
        default: DEFAULT_BENCH.biasOverRheobase,
        range: [0, 10],
        writable: true,
        meaning:
          'background current of every neuron over its rheobase (2 nA by default); 1: a neuron fires where its field is positive',
      },
      {
        name: 'fieldCurrentA',
        unit: 'A',
        default: DEFAULT_BENCH.fieldCurrentA,
        range: [1e-15, 1e-3],
        writable: true,
        meaning: 'current that one unit of field injects',
      },
    ],
    units: {
      time: { name: 'membrane time', seconds: MEMBRANE_TIME_S },
      energy: { name: 'none: fields are currents', joules: null },
    },
    calibrated: [],
    features: ['asymmetric'],
  };
}

/** Makes the device. It has no options. */
export function createDevice(
  id: string,
  options: Readonly<Record<string, unknown>>,
  context: DriverContext,
): Device {
  takesNoOptions(id, options);
  return new EmulatedDevice(
    {
      descriptor: spikingDescriptor(id),
      simulator: spikingSimulatorUrl(),
      furtherViolations: spikingViolations,
      realise: (program, parameters) => ({
        program,
        warnings: spikingWarnings(program, parameters),
      }),
      thermodynamics: spikingThermodynamics,
    },
    context,
  );
}
