/**
 * What the simulators allocate on the JavaScript heap: `node --expose-gc allocations.mjs ENGINE [NAME]`. Each program runs in
 * this thread, as a worker would run its first block: to warm up, then for a duration and for five times as long. What comes
 * on top belongs to the steps: bytes allocated (V8's sampling heap profile, objects that were collected meanwhile included:
 * numbers that a function returns are such objects where it is not inlined), and bytes kept.
 * Answers [{ name, algorithm, steps, bytes, kept, top: [[function, bytes], …] }, …]; steps are attempts or time steps of all sites.
 */
import { Session } from 'node:inspector';
import { pathToFileURL } from 'node:url';
import { resolve } from 'node:path';

const dist = (path) => import(pathToFileURL(resolve('dist', path)).href);
const [engineKind, only] = process.argv.slice(2);
const { SimulationPool } = await dist('src/emulate/simulation-pool.js');
const { readProgram } = await dist('src/device/index.js');
const { ManualClock, RandomStream } = await dist('src/core/index.js');
const { Arena, openEngine } = await dist('src/kernels/index.js');

const SITES = 48;
const random = RandomStream.of(1, 'cue');
const list = (n, draw) => Array.from({ length: n }, draw);
const dense = (sites, scale) => {
  const data = list(sites * sites, () => 0);
  for (let i = 0; i < sites; i++) {
    for (let j = 0; j < i; j++) {
      data[i * sites + j] = data[j * sites + i] = (scale * random.normal()) / Math.sqrt(sites);
    }
  }
  return { kind: 'dense', data };
};
const ring = { kind: 'coo', entries: list(SITES, (_, k) => [k, (k + 1) % SITES, 0.3]) };
const patterns = list(12, () => list(SITES, () => random.sign()));
const ramp = (name, from, to) => ({ controls: { [name]: [[0, from], [1, to], [1e6, to]] } }); // prettier-ignore
const spins = (more) => ({ sites: SITES, couplings: dense(SITES, 1), duration: 200, ...more });
const units = (more) => ({
  sites: 24,
  siteKinds: 'continuous',
  couplings: dense(24, 0.2),
  ...more,
});

/** Driver, program, steps a unit of time. */
const CASES = [
  ['glauber', 'dense couplings', SITES, spins({ dynamics: { temperature: 1 } })],
  ['glauber', 'dense couplings, cold', SITES, spins({ dynamics: { temperature: 0.2 } })],
  ['glauber', 'sparse couplings', SITES, spins({ couplings: ring, dynamics: { temperature: 1 } })],
  ['glauber', 'sequential Metropolis, ramp', SITES, spins({ dynamics: { rule: 'metropolis', order: 'sequential' }, ...ramp('temperature', 2, 0.5) })],
  ['glauber', 'in parallel', SITES, spins({ dynamics: { order: 'synchronous', temperature: 1 } })],
  ['glauber', 'memories', SITES, spins({ couplings: { kind: 'memories', patterns }, dynamics: { temperature: 0.5 } })],
  ['glauber', 'cubic rectified memories', SITES, spins({ couplings: { kind: 'memories', patterns, interaction: { kind: 'polynomial', degree: 3, rectified: true } }, dynamics: { temperature: 0.5 } })],
  ['rc-langevin', 'linear circuit', 100, units({ wells: { quadratic: 1, quartic: 0 }, shots: 64, dynamics: { temperature: 0.2, dt: 0.01 }, duration: 40 })],
  ['rc-langevin', 'quartic wells', 100, units({ wells: { quadratic: -1, quartic: 0.25 }, shots: 64, dynamics: { temperature: 0.2, dt: 0.01 }, duration: 40 })],
  ['rc-langevin', 'quartic wells under a ramp', 100, units({ wells: { quadratic: -1, quartic: 0.25 }, shots: 64, dynamics: { temperature: 0.2, dt: 0.01 }, duration: 40, ...ramp('coupling', 0, 1) })],
  ['rlc-langevin', 'oscillators', 100, { ...units({ couplings: { kind: 'coo', entries: [[0, 1, 0.05]] } }), sites: 8, shots: 64, dynamics: { temperature: 0.2, dt: 0.01 }, duration: 40 }],
  ['spiking', 'integrate and fire', 100, spins({ couplings: { kind: 'memories', patterns }, dynamics: { rule: 'spiking' }, duration: 100 })],
  ['spiking', 'with noise', 100, spins({ couplings: { kind: 'memories', patterns }, dynamics: { rule: 'spiking', temperature: 1 }, duration: 100 })],
  ['cavity-qed', 'kinetic', SITES, spins({ dynamics: { fidelity: 'kinetic' }, controls: { pump: [[0, 5], [1e6, 5]] }, duration: 50 })],
  ['cavity-qed', 'semiclassical', 200, { sites: 8, couplings: dense(8, 0.2), dynamics: { fidelity: 'semiclassical' }, controls: { pump: [[0, 2], [1e6, 2]] }, duration: 5 }],
]; // prettier-ignore

/** What a device would ask of its workers. */
async function requestOf(driver, program) {
  const { createDevice } = await dist(`drivers/${driver}/index.js`);
  const device = createDevice(
    driver,
    {},
    { clock: new ManualClock(), threads: 1, log: () => undefined },
  );
  const asked = new Promise((done) => {
    SimulationPool.prototype.run = (request) => {
      done(request);
      return new Promise(() => undefined);
    };
  });
  await device.connect();
  await device.load(program);
  await device.arm({ run: 'run', seed: 3, engine: engineKind });
  await device.start();
  return asked;
}

const session = new Session();
session.connect();
const post = (method, parameters) => {
  let answer;
  session.post(method, parameters, (error, result) => {
    if (error) throw new Error(error.message);
    answer = result;
  });
  return answer;
};

/** Bytes that a function allocates, by the function that did. */
function allocated(work) {
  post('HeapProfiler.startSampling', {
    samplingInterval: 512,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  });
  work();
  const { profile } = post('HeapProfiler.stopSampling');
  const bytes = new Map();
  const visit = ({ callFrame, selfSize, children }) => {
    const name = `${callFrame.functionName} ${callFrame.url.split('/').slice(-2).join('/')}:${callFrame.lineNumber + 1}`;
    bytes.set(name, (bytes.get(name) ?? 0) + selfSize);
    children.forEach(visit);
  };
  visit(profile.head);
  return bytes;
}

const heap = () => {
  globalThis.gc();
  return process.memoryUsage().heapUsed;
};
const answers = [];
for (const [driver, what, stepsATime, document] of CASES) {
  const name = `${driver}: ${what}`;
  if (only !== undefined && !name.includes(only)) continue;
  const told = { algorithm: null };
  const sink = {
    algorithm: (name) => (told.algorithm = name),
    readout() {},
    shotEnd() {},
    progress() {},
  };
  const runs = [];
  for (const factor of [1, 5]) {
    const program = readProgram({
      version: 1,
      shots: 1,
      readout: { every: null, channels: ['energy'] },
      ...document,
      duration: document.duration * factor,
    });
    const { simulator, task: all, shotsABlock, memory } = await requestOf(driver, program);
    const task = { ...all, shots: Math.min(all.shots, shotsABlock) };
    const { simulate } = await import(simulator);
    const engine = openEngine(engineKind, new Arena(memory));
    runs.push(() => {
      engine.scratch.reset();
      simulate({ ...task, engine }, sink);
    });
  }
  const [short, long] = runs;
  for (let k = 0; k < 2; k++) long();
  // Compilers keep something now and then; what a step keeps, it keeps each time.
  const kept = Math.min(
    ...[1, 2, 3].map(() => {
      const before = heap();
      long();
      return heap() - before;
    }),
  );
  const [few, many] = [allocated(short), allocated(long)];
  const top = [...many]
    .map(([where, bytes]) => [where, bytes - (few.get(where) ?? 0)])
    .sort((a, b) => b[1] - a[1]);
  answers.push({
    name,
    algorithm: told.algorithm,
    kept,
    steps: 4 * document.duration * stepsATime,
    bytes: top.reduce((sum, [, bytes]) => sum + bytes, 0),
    top: top.slice(0, 3),
  });
}
console.log(JSON.stringify(answers));
process.exit();
