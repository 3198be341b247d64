import {
  takesNoOptions,
  type Descriptor,
  type Device,
  type DriverContext,
} from '../../src/device/index.js';
import {
  CAVITY_DEFAULTS,
  cavitySimulator,
  cavityThermodynamics,
  cavityViolations,
  cavityWarnings,
  EmulatedDevice,
} from '../../src/emulate/index.js';
import { cavityFidelities } from './fidelities.js';

/** Descriptor of the multimode cavity, at every fidelity. */
export function cavityDescriptor(id: string): Descriptor {
  const discrete = discreteDescriptor(id);
  const byFidelity = cavityFidelities(discrete);
  return {
    ...discrete,
    dynamics: {
      ...discrete.dynamics,
      fidelities: [...discrete.dynamics.fidelities, ...Object.keys(byFidelity)],
    },
    byFidelity,
  };
}

function discreteDescriptor(id: string): Descriptor {
  return {
    version: 1,
    device: id,
    driver: 'cavity-qed',
    origin: 'emulator',
    serial: `cavity-qed-${id}`,
    title: 'Multimode cavity QED spin glass',
    model:
      'Atomic ensembles as ±1 spins that interact through degenerate transverse modes of a confocal or 4/7 cavity; zero-temperature dynamics that flips one spin at a time',
    fidelity:
      'discrete: the energy landscape is exact for point-like or Gaussian clouds at the midplane; the dynamics is the idealised steepest-descent or random-descent rule, without atoms’ or photons’ own time scales',
    sites: { max: 4096, kinds: ['ising'], hidden: false, range: null, clamping: true },
    topology: 'all-to-all',
    couplings: {
      kinds: ['dense', 'coo', 'memories', 'positions'],
      interactions: ['polynomial', 'rectified', 'log-sum-exp', 'exponential', 'weights'],
      maxDegree: 200,
      geometries: ['confocal', 'four-sevenths'],
      range: null,
      resolution: null,
      asymmetric: false,
      perSiteSum: null,
    },
    fields: { range: null, resolution: null },
    wells: null,
    drives: { max: 64, amplitude: null },
    controls: {},
    dynamics: {
      rules: { 'steepest-descent': ['sequential'], 'zero-temperature': ['random'] },
      fidelities: ['discrete'],
      kernels: [],
      integrators: [],
      temperature: { range: [0, 0], perSite: false, default: 0 },
      ties: ['keep'],
      synapses: false,
      spiking: false,
      burnIn: false,
    },
    initial: ['pattern', 'corrupted', 'random'],
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
    parameters: [
      {
        name: 'modeDamping',
        unit: '1',
        default: 0,
        range: [0, 1],
        writable: true,
        meaning:
          'a of position couplings: the family of modes l + m = n counts e^(−a n); 0 is perfect degeneracy',
      },
      {
        name: 'readoutBitError',
        unit: '1',
        default: 0,
        range: [0, 0.5],
        writable: true,
        meaning:
          'probability that a readout shows a spin reversed, each spin by itself, whatever the image says',
      },
      {
        name: 'readoutPhotons',
        unit: 'photons',
        default: 0,
        range: [0, 1e12],
        writable: true,
        meaning:
          'photons detected in the own image of a fully magnetised spin, N_ph = 2κηT|α|²; 0: no shot noise',
      },
      {
        name: 'readoutHeterodyne',
        unit: '1',
        default: 0,
        range: [0, 1],
        writable: true,
        meaning:
          '0: phase-locked homodyne, shot noise of ¼ photon; 1: heterodyne or off-axis hologram, twice that',
      },
      {
        name: 'readoutNoise',
        unit: '1',
        default: 0,
        range: [0, 1e3],
        writable: true,
        meaning:
          'σ_r: standard deviation of further normal noise on each estimated magnetisation; 0.39 makes a bit error of 0.5 %',
      },
      {
        name: 'deltaHz',
        unit: 'Hz',
        default: CAVITY_DEFAULTS.deltaHz,
        range: [-1e9, -16e3],
        writable: true,
        meaning: 'Δ_C/2π, pump less mode frequency, red; a choice',
      },
      {
        name: 'kappaHz',
        unit: 'Hz',
        default: CAVITY_DEFAULTS.kappaHz,
        range: [0, 1e8],
        writable: true,
        meaning:
          'κ/2π, field decay rate (half width at half maximum); recalled, of an earlier cavity',
      },
      {
        name: 'omegaZHz',
        unit: 'Hz',
        default: CAVITY_DEFAULTS.omegaZHz,
        range: [CAVITY_DEFAULTS.omegaZHz, CAVITY_DEFAULTS.omegaZHz],
        writable: false,
        meaning:
          'ω_z/2π = 2E_r/h of a density wave of rubidium 87; exact, and the unit of time and energy',
      },
      {
        name: 'spinSize',
        unit: '1',
        default: CAVITY_DEFAULTS.spinSize,
        range: [10, 1e9],
        writable: true,
        meaning:
          'S, half the number of atoms of an ensemble; a choice. Fidelity quantum has spins ½ whatever it says',
      },
      {
        name: 'damping',
        unit: '1',
        default: CAVITY_DEFAULTS.damping,
        range: [0, 10],
        writable: true,
        meaning:
          'α of Landau–Lifshitz–Gilbert damping at fidelity semiclassical; phenomenological, derived from nothing; a choice',
      },
      {
        name: 'localStrength',
        unit: 'J0 of positions, else half the rms coupling',
        default: CAVITY_DEFAULTS.localStrength,
        range: [0, 1e6],
        writable: true,
        meaning:
          'β, coupling of a spin with itself, where neither cloudSigma nor memories give it (fidelities semiclassical, quantum, and kinetic below threshold); a choice',
      },
      {
        name: 'selfCoupling',
        unit: '1',
        default: CAVITY_DEFAULTS.selfCoupling,
        range: [0, 1],
        writable: true,
        meaning:
          'share of the nonlocal interaction of an ensemble with itself, J(r, r), on the diagonal beside β (positions, wherever localStrength counts): 0 as the reference numbers have it, 1 as the couplings’ formula says at i = j',
      },
      {
        name: 'splittingPerRate',
        unit: 'ω_z/Γ0',
        default: CAVITY_DEFAULTS.splittingPerRate,
        range: [1e-3, 1e4],
        writable: true,
        meaning:
          'ω_z/Γ0 at fidelity kinetic: below threshold linear modes grow at ω_z, flips come at Γ0; it gives the unit of time there, 1/Γ0, its value in seconds, splittingPerRate/ω_z; a choice',
      },
      {
        name: 'localOscillatorPhase',
        unit: 'rad',
        default: CAVITY_DEFAULTS.localOscillatorPhase,
        range: [-Math.PI, Math.PI],
        writable: true,
        meaning: 'φ_LO of the homodyne detector at fidelity quantum; 0 reads S^x; a choice',
      },
    ],
    units: {
      time: { name: 'N flips', seconds: null },
      energy: {
        name: 'J0, the nonlocal coupling amplitude, for positions; else the program’s own',
        joules: null,
      },
    },
    calibrated: [],
    features: ['thermodynamics', 'plasticity'],
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
      descriptor: cavityDescriptor(id),
      simulator: cavitySimulator,
      furtherViolations: cavityViolations,
      realise: (program, parameters) => ({
        program,
        warnings: cavityWarnings(program, parameters),
      }),
      thermodynamics: cavityThermodynamics,
    },
    context,
  );
}
