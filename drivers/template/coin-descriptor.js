/**
 * What the device is and can do. Every limit stands here: relaxd refuses programs by it, and compiles memories to it.
 *
 * @param {string} id
 * @param {string} serial the thing's own number, never the path that it hangs on
 * @param {number} coins
 * @returns {import('relaxd/dist/src/device/index.js').Descriptor}
 */
export function coinDescriptor(id, serial, coins) {
  return {
    version: 1,
    device: id,
    driver: 'coin',
    // 'hardware' for what was measured; a document that says so is believed.
    origin: 'emulator',
    serial,
    title: 'Coins on a bench',
    model: 'independent spins of ±1 in fields and one heat bath; each is drawn anew at rate 1',
    fidelity: 'exact: independent spins have a closed form',
    sites: { max: coins, kinds: ['ising'], hidden: false, range: null, clamping: false },
    topology: 'all-to-all',
    couplings: {
      kinds: ['dense', 'coo'],
      interactions: [],
      maxDegree: 2,
      geometries: [],
      range: [0, 0], // coins know nothing of each other
      resolution: null,
      asymmetric: false,
      perSiteSum: null,
    },
    fields: { range: [-10, 10], resolution: null },
    wells: null,
    drives: null,
    controls: {},
    dynamics: {
      rules: { glauber: ['continuous-time'] },
      fidelities: [],
      kernels: [],
      integrators: [],
      temperature: { range: [0.1, 100], perSite: false, default: 1 },
      ties: ['keep'],
      synapses: false,
      spiking: false,
      burnIn: false,
    },
    initial: ['random', 'pattern'],
    shots: { max: 1_000_000, pauseAtShot: true },
    duration: { max: 1e6 },
    readout: {
      channels: [
        { name: 'energy', unit: 'program energy' },
        { name: 'overlaps', unit: '1' },
        { name: 'state', unit: '±1' },
      ],
      minEvery: null,
    },
    parameters: [
      {
        name: 'offset',
        unit: 'program energy',
        default: 0,
        range: [-1, 1],
        writable: true,
        meaning: 'field that every coin has beside that of the program: a bent coin',
      },
    ],
    units: {
      time: { name: 'turn', seconds: null },
      energy: { name: 'program energy', joules: null },
    },
    calibrated: [],
    // 'fault-injection': index.js exports a faultInjector, so the conformance kit will insist on it.
    features: ['fault-injection'],
  };
}
