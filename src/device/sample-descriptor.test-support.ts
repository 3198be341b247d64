import type { Descriptor } from './descriptor.js';

/** A small device with every kind of limit, for tests. */
export function sampleDescriptor(changes: Partial<Descriptor> = {}): Descriptor {
  return {
    version: 1,
    device: 'sample',
    driver: 'sample',
    origin: 'emulator',
    serial: 'sample-1',
    title: 'Sample device',
    model: 'none',
    fidelity: 'none',
    sites: { max: 4, kinds: ['ising'], hidden: false, range: null, clamping: false },
    topology: 'all-to-all',
    couplings: {
      kinds: ['dense', 'coo', 'memories'],
      interactions: ['polynomial'],
      maxDegree: 2,
      geometries: [],
      range: [-1, 1],
      resolution: null,
      asymmetric: false,
      perSiteSum: 2,
    },
    fields: { range: [-2, 2], resolution: null },
    wells: null,
    drives: { max: 1, amplitude: [0, 3] },
    controls: { temperature: [0, 5] },
    dynamics: {
      rules: { glauber: ['continuous-time', 'random'], 'zero-temperature': ['random'] },
      fidelities: [],
      kernels: [],
      integrators: [],
      temperature: { range: [0, 5], perSite: false, default: 1 },
      ties: ['keep'],
      synapses: false,
      spiking: false,
      burnIn: false,
    },
    initial: ['pattern', 'corrupted', 'random'],
    shots: { max: 10, pauseAtShot: true },
    duration: { max: 100 },
    readout: {
      channels: [
        { name: 'energy', unit: 'program' },
        { name: 'overlaps', unit: '1' },
      ],
      minEvery: 0.1,
    },
    parameters: [],
    units: { time: { name: 'sweep', seconds: null }, energy: { name: 'J', joules: null } },
    calibrated: [],
    features: [],
    ...changes,
  };
}
