/**
 * What the simulators allocate on the JavaScript heap: `node --expose-gc allocations.mjs ENGINE [NAME]`. Each program runs in
 * this thread, as a device would send it to a worker, and is watched by its own reports of progress: it warms up until
 * compilers have done their part, then what it keeps is weighed, then what it allocates is sampled (V8's sampling heap profile,
 * objects that were collected meanwhile included: numbers that a function returns are such objects where it is not inlined).
 * Answers [{ name, algorithm, steps, bytes, kept, top: [[function, bytes], …] }, …]; steps are attempts, flips, or time steps of
 * all sites (of all shots that go side by side), whole shots at fidelity discrete, `bytes` those allocated meanwhile.
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
/** Compilers need this long, and nothing dies meanwhile that would make them begin again. */
const WARM_UP_MS = 250;
const WEIGHED = 2;
const WEIGH_MS = 10;
const SAMPLE_MS = 80;
/** Of a run that is not to come to its end while it is watched; most that a driver takes. */
const DURATIONS = { glauber: 1e8 };
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
const ramp = (name, from, to) => ({
  controls: {
    [name]: [
      [0, from],
      [1e9, to],
    ],
  },
});
const spins = (more) => ({ sites: SITES, couplings: dense(SITES, 1), ...more });
const units = (more) => ({
  sites: 24,
  siteKinds: 'continuous',
  couplings: dense(24, 0.2),
  ...more,
});

const chain = (n) => list(n - 1, (_, k) => [k, k + 1, 0.2]);
/** Every unit of one layer with every unit of the next. */
const layers = (below, above) =>
  list(below * above, (_, k) => [k % below, below + Math.floor(k / below), random.normal() / 4]);

/** Driver, program, steps a unit of time. */
const CASES = [
  ['glauber', 'dense couplings', SITES, spins({ dynamics: { temperature: 1 } })],
  ['glauber', 'dense couplings, cold', SITES, spins({ dynamics: { temperature: 0.2 } })],
  ['glauber', 'sparse couplings', SITES, spins({ couplings: ring, dynamics: { temperature: 1 } })],
  ['glauber', 'sequential Metropolis, ramp', SITES, spins({ dynamics: { rule: 'metropolis', order: 'sequential' }, ...ramp('temperature', 2, 0.5) })],
  ['glauber', 'in parallel', SITES, spins({ dynamics: { order: 'synchronous', temperature: 1 } })],
  ['glauber', 'memories', SITES, spins({ couplings: { kind: 'memories', patterns }, dynamics: { temperature: 0.5 } })],
  ['glauber', 'cubic rectified memories', SITES, spins({ couplings: { kind: 'memories', patterns, interaction: { kind: 'polynomial', degree: 3, rectified: true } }, dynamics: { temperature: 0.5 } })],
  ['rc-langevin', 'linear circuit', 100, units({ wells: { quadratic: 1, quartic: 0 }, shots: 16, dynamics: { temperature: 0.2, dt: 0.01 } })],
  ['rc-langevin', 'quartic wells', 100, units({ wells: { quadratic: -1, quartic: 0.25 }, shots: 16, dynamics: { temperature: 0.2, dt: 0.01 } })],
  ['rc-langevin', 'quartic wells under a ramp', 100, units({ wells: { quadratic: -1, quartic: 0.25 }, shots: 16, dynamics: { temperature: 0.2, dt: 0.01 }, ...ramp('coupling', 0, 1) })],
  ['rlc-langevin', 'oscillators', 100, { ...units({ couplings: { kind: 'coo', entries: [[0, 1, 0.05]] } }), sites: 8, shots: 16, dynamics: { temperature: 0.2, dt: 0.01 } }],
  ['spiking', 'integrate and fire', 80, spins({ couplings: { kind: 'memories', patterns }, dynamics: { rule: 'spiking' } })],
  ['spiking', 'integrate and fire under a ramp', 80, spins({ couplings: { kind: 'memories', patterns }, dynamics: { rule: 'spiking' }, ...ramp('coupling', 0.5, 1) })],
  ['spiking', 'with noise', 80, spins({ couplings: { kind: 'memories', patterns }, dynamics: { rule: 'spiking', temperature: 1 } })],
  ['spiking', 'exponential responses', 80, spins({ couplings: { kind: 'memories', patterns }, dynamics: { rule: 'spiking', temperature: 1, kernel: { kind: 'srm0', response: 'exponential' } } })],
  ['spiking', 'memoryless', SITES, spins({ couplings: { kind: 'memories', patterns }, dynamics: { rule: 'spiking', temperature: 1, kernel: 'memoryless' } })],
  ['spiking', 'memoryless, in parallel', SITES, spins({ couplings: { kind: 'memories', patterns }, dynamics: { rule: 'spiking', temperature: 1, order: 'synchronous', kernel: 'memoryless' } })],
  ['rc-langevin', 'board', 100, units({ couplings: { kind: 'coo', entries: chain(24) }, shots: 16, dynamics: { temperature: 0.2, dt: 0.01 } }), { nonIdealities: 'bench', boardSeed: 1 }],
  ['rc-langevin', 'board under a ramp', 100, units({ couplings: { kind: 'coo', entries: chain(24) }, shots: 16, dynamics: { temperature: 0.2, dt: 0.01 }, ...ramp('coupling', 0.5, 1) }), { nonIdealities: 'bench', boardSeed: 1 }],
  ['rc-langevin', 'layers', 100, units({ sites: 384, couplings: { kind: 'coo', entries: layers(256, 128) }, wells: { quadratic: 1, quartic: 0.25 }, dynamics: { integrator: 'euler-maruyama', temperature: 0.2, dt: 0.01 } })],
  ['rc-langevin', 'euler-maruyama, shot by shot', 100, units({ couplings: { kind: 'coo', entries: layers(12, 12) }, wells: { quadratic: 1, quartic: 0.25 }, dynamics: { integrator: 'euler-maruyama', temperature: 0.2, dt: 0.01 } })],
  ['rc-langevin', 'euler-maruyama, shot by shot, under a ramp', 100, units({ couplings: { kind: 'coo', entries: layers(12, 12) }, wells: { quadratic: 1, quartic: 0.25 }, dynamics: { integrator: 'euler-maruyama', temperature: 0.2, dt: 0.01 }, ...ramp('coupling', 0.5, 1) })],
  ['rc-langevin', 'temperatures of sites', 100, units({ wells: { quadratic: 1, quartic: 0 }, shots: 16, dynamics: { temperature: list(24, (_, i) => 0.1 + (i % 2)), dt: 0.01 } })],
  ['rc-langevin', 'shot by shot', 100, units({ wells: { quadratic: -1, quartic: 0.25 }, dynamics: { temperature: 0.2, dt: 0.01 } })],
  ['rc-langevin', 'euler-maruyama', 100, units({ wells: { quadratic: -1, quartic: 0.25 }, shots: 16, dynamics: { integrator: 'euler-maruyama', temperature: 0.2, dt: 0.01 } })],
  ['cavity-qed', 'discrete, steepest descent', 1e6 / 2, { sites: 128, couplings: dense(128, 0.2), shots: 1e6, duration: 2, dynamics: { rule: 'steepest-descent' } }],
  ['cavity-qed', 'discrete, zero temperature', 1e6 / 2, { sites: 128, couplings: dense(128, 0.2), shots: 1e6, duration: 2, dynamics: { rule: 'zero-temperature' } }],
  ['cavity-qed', 'discrete, atoms that move', 1e6 / 2, { sites: 128, couplings: { kind: 'positions', geometry: 'confocal', xy: list(128, () => [random.normal(), random.normal()]), stiffness: 1e8 }, shots: 1e6, duration: 2, dynamics: { rule: 'steepest-descent' } }],
  ['cavity-qed', 'quantum', 200, { sites: 3, couplings: dense(3, 0.2), shots: 16, dynamics: { fidelity: 'quantum' }, controls: { pump: [[0, 2], [1e9, 2]] } }],
  ['cavity-qed', 'quantum under a ramp', 200, { sites: 3, couplings: dense(3, 0.2), shots: 16, dynamics: { fidelity: 'quantum' }, controls: { pump: [[0, 0], [1e9, 2]] } }],
  ['cavity-qed', 'kinetic', SITES, spins({ dynamics: { fidelity: 'kinetic', temperature: 1 }, controls: { pump: [[0, 5], [1e9, 5]] } })],
  ['cavity-qed', 'semiclassical', 200, { sites: 8, couplings: dense(8, 0.2), dynamics: { fidelity: 'semiclassical' }, controls: { pump: [[0, 2], [1e9, 2]] } }],
]; // prettier-ignore

/** The block that a device would send to its workers. */
async function blockOf(driver, program, options = {}) {
  const { createDevice } = await dist(`drivers/${driver}/index.js`);
  const device = createDevice(driver, options, {
    clock: new ManualClock(),
    threads: 1,
    log: () => undefined,
  });
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

/** Bytes allocated since `startSampling`, by the function that did; this file's own left out. */
function sampled() {
  const { profile } = post('HeapProfiler.stopSampling');
  const bytes = new Map();
  const visit = ({ callFrame, selfSize, children }) => {
    if (callFrame.url !== import.meta.url && !callFrame.url.startsWith('node:')) {
      const name = `${callFrame.functionName} ${callFrame.url.split('/').slice(-2).join('/')}:${callFrame.lineNumber + 1}`;
      bytes.set(name, (bytes.get(name) ?? 0) + selfSize);
    }
    children.forEach(visit);
  };
  visit(profile.head);
  return [...bytes].sort((a, b) => b[1] - a[1]);
}

const heap = () => {
  globalThis.gc();
  return process.memoryUsage().heapUsed;
};

/** Milliseconds, of this process: other processes may be busy meanwhile. */
const processorTime = () => process.cpuUsage().user / 1000;

/** Ends a run from within. */
class Enough extends Error {}

/** Watches a run by its reports of progress: lets it warm up, then weighs what it keeps, then what it allocates. */
class Watch {
  algorithmName = null;
  /** Runs that have come to their end. */
  runs = 0;
  /** Progress made while allocations were sampled. */
  progressMade = 0;
  kept = Infinity;
  top = [];
  begun = processorTime();
  stage = 0;
  mark = 0;
  algorithm(name) {
    this.algorithmName = name;
  }
  readout() {}
  shotEnd() {}
  progress(fraction) {
    const past = processorTime() - this.begun;
    if (past < (this.stage === 0 ? WARM_UP_MS : this.stage <= WEIGHED ? WEIGH_MS : SAMPLE_MS))
      return;
    if (this.stage <= WEIGHED) {
      const now = heap();
      // Compilers keep something now and then; what a step keeps, it keeps each time.
      if (this.stage > 0) this.kept = Math.min(this.kept, now - this.mark);
      this.mark = now;
      if (this.stage === WEIGHED) {
        this.from = this.runs + fraction;
        post('HeapProfiler.startSampling', {
          samplingInterval: 512,
          includeObjectsCollectedByMajorGC: true,
          includeObjectsCollectedByMinorGC: true,
        });
      }
      this.stage++;
      this.begun = processorTime();
      return;
    }
    this.progressMade = this.runs + fraction - this.from;
    this.top = sampled();
    throw new Enough();
  }
}

const answers = [];
for (const [driver, what, stepsATime, document, options] of CASES) {
  const name = `${driver}: ${what}`;
  if (only !== undefined && !name.includes(only)) continue;
  const program = readProgram({
    version: 1,
    shots: 1,
    readout: { every: null, channels: ['energy'] },
    duration: DURATIONS[driver] ?? 1e6,
    ...document,
  });
  const { simulator, task, memory } = await blockOf(driver, program, options);
  const { simulate } = await import(simulator);
  const watch = new Watch();
  const engine = openEngine(engineKind, new Arena(memory));
  try {
    // Mostly once: a kernel may be through with the longest program that its driver takes.
    for (; ; watch.runs++) {
      engine.scratch.reset();
      simulate({ ...task, firstShot: 0, shots: program.shots, engine }, watch);
    }
  } catch (error) {
    if (!(error instanceof Enough)) throw error;
  }
  answers.push({
    name,
    algorithm: watch.algorithmName,
    kept: watch.kept,
    steps: watch.progressMade * program.duration * stepsATime,
    bytes: watch.top.reduce((sum, [, bytes]) => sum + bytes, 0),
    top: watch.top.slice(0, 6),
  });
}
console.log(JSON.stringify(answers));
process.exit();
