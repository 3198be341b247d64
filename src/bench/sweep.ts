import { setImmediate } from 'node:timers/promises';
import { RelaxdError, throwIfAborted, type Clock, type EngineKind } from '../core/index.js';
import {
  readoutTimes,
  resolveProgram,
  type Descriptor,
  type DeviceRegistry,
  type Program,
} from '../device/index.js';
import {
  langevinSimulatorUrl,
  simulateHere,
  spinSimulatorUrl,
  type Simulate,
  type SimulatorModule,
} from '../emulate/index.js';
import { measureMemory } from './measure-memory.js';
import { denseCouplings, memories, programOf, type Document } from './sweep-programs.js';

/** What a thing costs against one of its sizes: the curves of docs/performance.md. */
export interface Sweep {
  readonly name: 'sites' | 'memories' | 'replicas' | 'memory';
  readonly title: string;
  /** What is changed. */
  readonly over: string;
  readonly unit: string;
  readonly series: readonly Series[];
}
export interface Series {
  readonly engine: EngineKind;
  /** As provenance names it; null: the emulator has only one. */
  readonly algorithm: string | null;
  /** Of several series that stand beside each other: what sets them apart; null: engine and algorithm do. */
  readonly variant: string | null;
  readonly points: readonly { readonly at: number; readonly value: number }[];
}

export interface SweepRequest {
  readonly engines: readonly EngineKind[];
  readonly devices: DeviceRegistry;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly quick: boolean;
  readonly onProgress?: (fraction: number, what: string) => void;
}

/** Two runs differ by so long before they count. */
const LEAST_S = 0.06;
/** Nothing that takes longer than this is made larger. */
const MOST_S = 3;
/** The fastest of so many counts. */
const REPEATS = 3;

/** Measures all curves: minutes in full. */
export async function runSweeps(request: SweepRequest): Promise<Sweep[]> {
  const { quick } = request;
  const someOf = (sizes: readonly number[]): readonly number[] =>
    quick ? sizes.filter((_, k) => k % 2 === 1) : sizes;
  const curves = [
    () => overSites(request, someOf([64, 128, 256, 512, 1024, 2048])),
    () => overMemories(request, someOf([10, 30, 100, 300, 1000, 3000, 10_000])),
    () => overReplicas(request, someOf([1, 4, 16, 64, 256])),
    () => overMemory(request, someOf([256, 512, 1024, 2048, 4096, 10_000])),
  ];
  const found: Sweep[] = [];
  for (const [k, curve] of curves.entries()) {
    request.onProgress?.(k / curves.length, 'cost against size');
    found.push(await curve());
  }
  return found;
}

/** µs an attempt of sequential Metropolis at T = 1, dense couplings and memories kept as memories. */
async function overSites(request: SweepRequest, sizes: readonly number[]): Promise<Sweep> {
  const bench = await SweepBench.on('glauber', spinSimulatorUrl(), request);
  const series: Series[] = [];
  for (const engine of request.engines) {
    for (const [variant, couplings] of [
      ['dense couplings', denseCouplings],
      ['memories, P = N/20', (sites: number) => memories(Math.ceil(sites / 20), sites)],
    ] as const) {
      series.push(
        ...(await bench.curves(engine, variant, sizes, {
          program: (sites) => ({
            sites,
            couplings: couplings(sites),
            dynamics: { rule: 'metropolis', order: 'sequential', temperature: 1 },
            duration: 1,
            shots: 16,
          }),
          cost: (secondsATime, sites) => (1e6 * secondsATime) / (16 * sites),
        })),
      );
    }
  }
  return {
    name: 'sites',
    title: 'An attempt at a flip',
    over: 'sites N',
    unit: 'µs an attempt',
    series,
  };
}

/** ms a retrieval at T = 0 for 20 sweeps, N = 784, cues with a tenth of their signs turned. */
async function overMemories(request: SweepRequest, sizes: readonly number[]): Promise<Sweep> {
  const bench = await SweepBench.on('glauber', spinSimulatorUrl(), request);
  const sites = 784;
  const duration = 20;
  const series: Series[] = [];
  for (const engine of request.engines) {
    for (const [variant, interaction] of [
      ['Hopfield', { kind: 'polynomial', degree: 2, rectified: false }],
      ['rectified cubic', { kind: 'polynomial', degree: 3, rectified: true }],
    ] as const) {
      series.push(
        ...(await bench.curves(engine, variant, sizes, {
          program: (count) => {
            const couplings = memories(count, sites, interaction);
            return {
              sites,
              couplings,
              dynamics: { rule: 'zero-temperature', order: 'continuous-time', temperature: 0 },
              initial: { kind: 'corrupted', values: Array.from(couplings.patterns[0]!), flips: 78 },
              duration,
              shots: 16,
            };
          },
          whole: (seconds) => (1000 * seconds) / 16,
        })),
      );
    }
  }
  return {
    name: 'memories',
    title: 'A retrieval among P memories of 784 sites',
    over: 'memories P',
    unit: 'ms a retrieval',
    series,
  };
}

/** ms a step and replica of 256 coupled double wells. */
async function overReplicas(request: SweepRequest, sizes: readonly number[]): Promise<Sweep> {
  const bench = await SweepBench.on('rc-langevin', langevinSimulatorUrl(), request);
  const sites = 256;
  const dt = 0.01;
  const series: Series[] = [];
  for (const engine of request.engines) {
    series.push(
      ...(await bench.curves(engine, null, sizes, {
        program: (shots) => ({
          sites,
          siteKinds: 'continuous',
          couplings: denseCouplings(sites, 0.25),
          wells: { quadratic: 0.5, quartic: 0.125 },
          dynamics: { rule: 'langevin', temperature: 0.2, dt },
          duration: 0.2,
          shots,
        }),
        cost: (secondsATime, shots) => (1000 * secondsATime * dt) / shots,
      })),
    );
  }
  return {
    name: 'replicas',
    title: 'A Langevin step of 256 coupled sites',
    over: 'replicas',
    unit: 'ms a step and replica',
    series,
  };
}

/** MB that a run takes on top of a process that has loaded the same code. */
async function overMemory(request: SweepRequest, sizes: readonly number[]): Promise<Sweep> {
  const { descriptor, parameters } = await describe(request.devices, 'glauber');
  const series: Series[] = [];
  for (const engine of request.engines) {
    for (const [variant, cases] of [
      [
        'dense couplings of N sites',
        sizes.filter((sites) => sites <= 4096).map((sites) => ({ at: sites, sites, memories: 0 })),
      ],
      [
        'N memories of 784 sites',
        sizes.map((count) => ({ at: count, sites: 784, memories: count })),
      ],
    ] as const) {
      const points: { at: number; value: number }[] = [];
      for (const { at, ...size } of cases) {
        throwIfAborted(request.signal);
        const run = { engine, descriptor, parameters, ...size };
        points.push({ at, value: await measureMemory(run, request.signal) });
      }
      series.push({ engine, algorithm: null, variant, points });
    }
  }
  return { name: 'memory', title: 'Memory of a run', over: 'N', unit: 'MB', series };
}

async function describe(
  devices: DeviceRegistry,
  id: string,
): Promise<{ descriptor: Descriptor; parameters: Readonly<Record<string, number>> }> {
  const device = devices.get(id);
  const parameters = Object.fromEntries(
    (await device.readParameters()).map(({ name, value }) => [name, value ?? NaN]),
  );
  return { descriptor: await device.describe(), parameters };
}

/** What is measured at a size: the cost of time that passes in the program, or of the whole run. */
interface Measurement {
  readonly program: (size: number) => Document;
  /** Cost from the seconds that a unit of the program's time takes: what is done once drops out. */
  readonly cost?: (secondsATime: number, size: number) => number;
  readonly whole?: (seconds: number, size: number) => number;
}

/** A simulator in this thread, with a device's descriptor and parameters. */
class SweepBench {
  private constructor(
    private readonly simulate: Simulate,
    private readonly request: SweepRequest,
    private readonly resolve: (program: Program) => ReturnType<typeof resolveProgram>,
    private readonly parameters: Readonly<Record<string, number>>,
  ) {}

  static async on(device: string, simulator: URL, request: SweepRequest): Promise<SweepBench> {
    const { simulate } = (await import(simulator.href)) as SimulatorModule;
    const { descriptor, parameters } = await describe(request.devices, device);
    return new SweepBench(
      simulate,
      request,
      (program) => resolveProgram(program, descriptor, 1),
      parameters,
    );
  }

  /** A curve for every algorithm that the emulator has for such programs; a slow one ends where it gets too slow. */
  async curves(
    engine: EngineKind,
    variant: string | null,
    sizes: readonly number[],
    measurement: Measurement,
  ): Promise<Series[]> {
    const curves = new Map<string | null, { at: number; value: number }[]>();
    const tooSlow = new Set<string | null>();
    for (const size of sizes) {
      const document = measurement.program(size);
      for (const algorithm of this.algorithms(document, engine)) {
        if (tooSlow.has(algorithm)) continue;
        throwIfAborted(this.request.signal);
        await setImmediate();
        const { value, seconds } = this.measure(document, engine, algorithm, size, measurement);
        // Where the difference of two runs drowns in what others do on the machine, there is no point.
        if (value > 0)
          curves.set(algorithm, [...(curves.get(algorithm) ?? []), { at: size, value }]);
        if (seconds > MOST_S) tooSlow.add(algorithm);
      }
    }
    return [...curves].map(([algorithm, points]) => ({ engine, algorithm, variant, points }));
  }

  /** Names of the algorithms for a program: an emulator that has several refuses a name that it does not know. */
  private algorithms(document: Document, engine: EngineKind): (string | null)[] {
    try {
      this.run({ ...document, duration: document.duration / 100 }, engine, 'which are there?');
      return [null];
    } catch (error) {
      if (error instanceof RelaxdError && error.code === 'not-supported') {
        const { limit } = error.details;
        if (Array.isArray(limit)) return limit as string[];
      }
      throw error;
    }
  }

  private measure(
    document: Document,
    engine: EngineKind,
    algorithm: string | null,
    size: number,
    { cost, whole }: Measurement,
  ): { value: number; seconds: number } {
    let { duration } = document;
    let seconds = this.run(document, engine, algorithm);
    const repeats = seconds > MOST_S ? 1 : REPEATS;
    /** The fastest of several: others on the machine only ever make a run longer. */
    const best = (time: number): number =>
      Math.min(
        ...Array.from({ length: repeats }, () =>
          this.run({ ...document, duration: time }, engine, algorithm),
        ),
      );
    if (whole !== undefined) return { value: whole(best(duration), size), seconds };
    // Long enough that what passes of the program's time stands out from what is done once. The optimising compiler comes in
    // meanwhile.
    for (;;) {
      const longer = this.run({ ...document, duration: 3 * duration }, engine, algorithm);
      if (longer - seconds >= LEAST_S || longer > MOST_S) break;
      duration *= 3;
      seconds = longer;
    }
    const [short, long] = [best(duration), best(3 * duration)];
    return { value: cost!((long - short) / (2 * duration), size), seconds };
  }

  /** Seconds that the simulation takes, without reading and resolving the program. */
  private run(document: Document, engine: EngineKind, algorithm: string | null): number {
    const { clock } = this.request;
    const program = this.resolve(programOf(document));
    const block = {
      program,
      parameters: this.parameters,
      firstShot: 0,
      shots: document.shots,
      times: readoutTimes(program),
      algorithm,
    };
    const beganMs = clock.monotonicMs();
    simulateHere(
      this.simulate,
      block,
      { readout: () => undefined, shotEnd: () => undefined, progress: () => undefined },
      engine,
    );
    return (clock.monotonicMs() - beganMs) / 1000;
  }
}
