/**
 * Runs back to back for hours, through the driver, over a real line with faults: memory must not grow, nor the number of handles. Host and
 * board are processes of their own, so that it shows which of them grows.
 */
import { createDevice } from '../../drivers/serial-board/index.js';
import type { LineRates } from '../../firmware-sim/line-faults.js';
import { RandomStream, RelaxdError, systemClock } from '../../src/core/index.js';
import type { Device } from '../../src/device/index.js';
import { BoardChild } from './board-child.js';
import { DeviceRunChecker, drawnProgram, type RowSums } from './device-runs.js';
import { MEASURED_PROCESS, MemoryLog, processMemory, type Endurance } from './process-memory.js';

export interface SoakOptions {
  readonly minutes: number;
  readonly line: 'pty' | 'tcp';
  readonly seed: number;
  readonly say: (text: string) => void;
}

export interface SoakOutcome {
  readonly host: Endurance;
  readonly board: Endurance;
  readonly runs: number;
  readonly pauses: number;
  readonly loads: number;
  /** Closed and connected by hand; and pulled out in the middle of a run. */
  readonly reconnects: number;
  readonly unplugs: number;
  /** Runs that were given up because something was not answered in time: on a machine that has no time. */
  readonly stalls: number;
  readonly rows: RowSums;
  readonly faults: number;
}

/** Seconds of the circuit's unit of time, which a shot takes. */
const UNIT_S = 0.02;
const SITES = 12;
const SHOTS = 3;
/** Of a run that is to be cut off: twenty seconds. */
const LONG_SHOTS = 1000;
/** With this many faults about one frame in twenty is bad. */
const MODERATE: LineRates = { drop: 3e-5, flip: 3e-5, duplicate: 3e-5, insert: 1e-5, split: 0.2 };
const SAMPLES = 120;
const LEAST_EVERY_MS = 1000;
/** What happens in so many runs. */
const RUNS_A_LOAD = 10;
const RUNS_A_PAUSE = 7;
const RUNS_A_RECONNECT = 1000;
const RUNS_AN_UNPLUG = 1000;
/** The first of each, so that minutes have one too. */
const FIRST_RECONNECT = 100;
const FIRST_UNPLUG = 50;
const UNPLUGGED_MS = 300;
const ONLINE_MS = 60_000;
/** As long as a board takes: a process that the machine has no time for is no lost link. */
const WATCHDOG_MS = 10_000;
export async function soak(options: SoakOptions): Promise<SoakOutcome> {
  const { minutes, line, seed, say } = options;
  const board = await BoardChild.start(
    { line, seed, circuit: { unitS: UNIT_S } },
    MEASURED_PROCESS,
  );
  const host = new SoakHost(board, line, seed);
  try {
    await host.connect();
    await board.make({ fault: 'line', toBoard: MODERATE, toHost: MODERATE });
    const startMs = performance.now();
    const forMs = minutes * 60_000;
    const everyMs = Math.max(LEAST_EVERY_MS, forMs / SAMPLES);
    const logs = { host: new MemoryLog(2 * SAMPLES), board: new MemoryLog(2 * SAMPLES) };
    for (let ms = 0; ms < forMs; ms = performance.now() - startMs) {
      await host.step();
      if (ms < everyMs * (logs.host.samples + 1)) continue;
      const memory = { board: await board.memory(), host: await processMemory() };
      for (const who of ['host', 'board'] as const) logs[who].add(ms, memory[who]);
      if (logs.host.samples % (SAMPLES / 12) === 0) {
        const told = (['host', 'board'] as const).map((who) => {
          const { bytes, files, handles } = memory[who];
          const { perHour, within } = logs[who].endurance().slope;
          return (
            `${who} ${kibibytes(bytes)} KiB, so far ${kibibytes(perHour)} ± ${kibibytes(within)} an hour, ` +
            `${files} files, ${handles} handles`
          );
        });
        say(`${(ms / 60_000).toFixed(1)} min, ${host.runs} runs: ${told.join('; ')}`);
      }
    }
    const { runs, pauses, loads, reconnects, unplugs, stalls } = host;
    return {
      host: logs.host.endurance(),
      board: logs.board.endurance(),
      ...{ runs, pauses, loads, reconnects, unplugs, stalls },
      rows: host.checker.sums,
      faults: await board.faults(),
    };
  } finally {
    await host.close();
    await board.end();
  }
}

/** Whether this is what comes of a machine that has no time for one of the two: no answer within its deadline, no heartbeat. */
const isStall = (error: unknown): boolean =>
  error instanceof RelaxdError &&
  (error.code === 'device-offline' ||
    (error.code === 'device-fault' && error.message.includes('no heartbeat')));

const kibibytes = (bytes: number): string => (bytes / 1024).toFixed(0);

/** The device under test, and what is done with it. */
class SoakHost {
  runs = 0;
  pauses = 0;
  loads = 0;
  reconnects = 0;
  unplugs = 0;
  stalls = 0;
  readonly checker: DeviceRunChecker;
  private readonly device: Device;
  private readonly random: RandomStream;
  private program: ReturnType<typeof drawnProgram> | null = null;
  private fault: string | null = null;

  constructor(
    private readonly board: BoardChild,
    line: 'pty' | 'tcp',
    seed: number,
  ) {
    this.random = RandomStream.of(seed, 'disorder', 4);
    this.device = createDevice(
      'soak',
      {
        ...(line === 'pty' ? { path: board.address } : { tcp: board.address }),
        watchdogMs: WATCHDOG_MS,
        reconnect: { delaysMs: new Array<number>(50).fill(250), jitter: 0.2 },
      },
      { clock: systemClock, log: () => undefined, threads: 1 },
    );
    this.device.on('fault', ({ id }) => void (this.fault = id));
    this.checker = new DeviceRunChecker(this.device, UNIT_S);
  }

  async connect(): Promise<void> {
    await this.device.connect().catch(() => undefined);
    await this.online();
  }

  /** One run, and what is due around it. @throws Error where anything is wrong with it */
  async step(): Promise<void> {
    try {
      await this.oneRun();
    } catch (error) {
      if (!isStall(error)) throw error;
      this.stalls++;
      await this.reconnect();
    }
    this.runs++;
  }

  private async oneRun(): Promise<void> {
    const { runs, random, checker, device } = this;
    if (runs % RUNS_A_RECONNECT === FIRST_RECONNECT) await this.reconnect();
    if (runs % RUNS_AN_UNPLUG === FIRST_UNPLUG) await this.unplug();
    if (this.program === null || runs % RUNS_A_LOAD === 0) await this.load(SHOTS);
    const pauses = runs % RUNS_A_PAUSE === 0;
    await checker.run(
      this.program!,
      random.integer(2 ** 32),
      pauses
        ? async () => {
            await device.pauseAtShot();
            // On a machine without time for it the run may have ended before it could be paused.
            if (device.equipment === 'acquiring') await device.resume();
          }
        : undefined,
    );
    if (pauses) this.pauses++;
  }

  async close(): Promise<void> {
    await this.device.close();
  }

  private async load(shots: number): Promise<void> {
    this.program = drawnProgram(this.random, SITES, shots);
    await this.device.load(this.program);
    this.loads++;
  }

  private async reconnect(): Promise<void> {
    await this.device.close();
    // A board behind TCP has one host at a time, and hears that it has gone a little later.
    await new Promise((resolve) => setTimeout(resolve, 50));
    await this.connect();
    await this.clear();
    this.program = null;
    this.reconnects++;
  }

  /** The cable is pulled out in the middle of a run, and put back. */
  private async unplug(): Promise<void> {
    const { checker, random, board } = this;
    await this.load(LONG_SHOTS);
    await checker.lostRun(this.program!, random.integer(2 ** 32), () =>
      board.make({ fault: 'unplug', ms: UNPLUGGED_MS }),
    );
    this.program = null;
    await this.online();
    await this.clear();
    this.unplugs++;
  }

  /** What a link that was lost in a run has latched. */
  private async clear(): Promise<void> {
    const { device, fault } = this;
    if (device.equipment === 'standby') return;
    await device.clearFault({ fault: fault!, operator: 'soak', note: 'the link was lost' });
  }

  private async online(): Promise<void> {
    const untilMs = performance.now() + ONLINE_MS;
    while (this.device.link !== 'online') {
      if (performance.now() > untilMs) throw new Error(`not online: ${this.device.reason}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
