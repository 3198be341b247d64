import type { Descriptor } from '../device/index.js';

/** Descriptors for tests: what a spin device, a cavity and a circuit say of themselves. */
type Changes = Omit<Partial<Descriptor>, 'couplings'> & {
  readonly couplings?: Partial<Descriptor['couplings']>;
};

const ALL_CHANNELS = [
  { name: 'energy', unit: 'program' },
  { name: 'overlaps', unit: '1' },
  { name: 'state', unit: '1' },
  { name: 'work', unit: 'program' },
  { name: 'heat', unit: 'program' },
] as const;

/** Takes everything, without limits. */
export function spinDescriptor(changes: Changes = {}): Descriptor {
  const base: Descriptor = {
    version: 1,
    device: 'test-spins',
    driver: 'test',
    origin: 'emulator',
    serial: 'test-1',
    title: 'Ideal spins',
    model: 'spins in a heat bath',
    fidelity: 'exact',
    sites: { max: 65536, kinds: ['ising'], hidden: false, range: null, clamping: true },
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
    wells: null,
    drives: { max: 8, amplitude: null },
    controls: { temperature: [0, 100] },
    dynamics: {
      rules: {
        glauber: ['continuous-time', 'random', 'sequential', 'synchronous'],
        metropolis: ['continuous-time', 'random', 'sequential'],
        'zero-temperature': ['random', 'sequential', 'synchronous'],
      },
      fidelities: [],
      kernels: [],
      integrators: [],
      temperature: { range: [0, 1e6], perSite: true, default: 1 },
      ties: ['keep', 'plus'],
      synapses: false,
      spiking: false,
      burnIn: true,
    },
    initial: ['pattern', 'corrupted', 'random', 'equilibrium'],
    shots: { max: 1e6, pauseAtShot: true },
    duration: { max: 1e6 },
    readout: { channels: ALL_CHANNELS, minEvery: null },
    parameters: [],
    units: {
      time: { name: 'sweep', seconds: null },
      energy: { name: 'kT', joules: null },
    },
    calibrated: [],
    features: [],
  };
  return { ...base, ...changes, couplings: { ...base.couplings, ...changes.couplings } };
}

/** Pairs only, at zero temperature, steepest descent first. */
export function cavityDescriptor(changes: Changes = {}): Descriptor {
  const spins = spinDescriptor();
  return spinDescriptor({
    device: 'test-cavity',
    dynamics: {
      ...spins.dynamics,
      rules: { 'steepest-descent': ['sequential'], 'zero-temperature': ['random'] },
      temperature: { range: [0, 0], perSite: false, default: 0 },
    },
    ...changes,
    couplings: { kinds: ['dense', 'positions'], interactions: [], ...changes.couplings },
  });
}

/** Continuous sites in wells {1, 1} at T = 1, dense symmetric couplings. */
export function circuitDescriptor(changes: Changes = {}): Descriptor {
  const spins = spinDescriptor();
  return spinDescriptor({
    device: 'test-circuit',
    sites: { max: 1024, kinds: ['continuous'], hidden: false, range: null, clamping: true },
    wells: { quadratic: [-10, 10], quartic: [0, 10], default: { quadratic: 1, quartic: 1 } },
    dynamics: {
      ...spins.dynamics,
      rules: { langevin: ['continuous-time'] },
      temperature: { range: [0, 100], perSite: true, default: 1 },
    },
    initial: ['pattern', 'corrupted', 'random', 'zero', 'equilibrium'],
    ...changes,
    couplings: {
      kinds: ['dense'],
      interactions: [],
      maxDegree: 2,
      asymmetric: false,
      ...changes.couplings,
    },
  });
}
