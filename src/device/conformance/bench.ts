import type { Timeline } from '../../core/index.js';
import { descriptorAt, type Descriptor } from '../descriptor.js';
import type { Device } from '../device.js';
import type { EquipmentState } from '../equipment.js';
import type { Program } from '../program.js';
import type { DeviceResult } from '../result.js';
import type { SampleChunk, SampleGap } from '../samples.js';
import { CheckFailed, withPatience } from './checks.js';

/** Makes a fault happen on the device under test; for simulators that can, and for benches that have a person or a relay. */
export interface FaultInjector {
  /** Names of faults that it can make, for the report. */
  readonly faults: readonly string[];
  inject(fault: string, device: Device): Promise<void>;
  /** Takes its cause away, so that it can be cleared. */
  remove(fault: string, device: Device): Promise<void>;
}

export interface GatheredRun {
  readonly chunks: readonly SampleChunk[];
  readonly gaps: readonly SampleGap[];
  /** Counts that the `shot` events gave. */
  readonly shotsSeen: readonly number[];
  readonly fractions: readonly number[];
  /** Equipment states in the order of their events, from arming on. */
  readonly states: readonly EquipmentState[];
  readonly result: DeviceResult;
}

export interface RunHooks {
  /** Called once the run is under way; the run is read out meanwhile. */
  during?(device: Device): Promise<void>;
  /** Called with every chunk; the device waits for it. */
  onChunk?(chunk: SampleChunk): void | Promise<void>;
}

/** The device under test: opened, run, closed, always one at a time. */
export class Bench {
  private device: Device | null = null;
  private runs = 0;
  /** The fault that the device told last. */
  private latched: string | null = null;

  constructor(
    private readonly open: () => Promise<Device>,
    readonly timeline: Timeline,
    readonly seed: number,
    private readonly patienceMs: number,
    readonly faults: FaultInjector | null,
  ) {}

  /** A device that is not connected yet; the one before is closed. */
  async unconnected(): Promise<Device> {
    await this.close();
    this.device = await this.open();
    this.latched = null;
    this.device.on('fault', ({ id }) => void (this.latched = id));
    return this.device;
  }

  /** A device in standby without a program; the one before is closed. */
  async fresh(): Promise<Device> {
    const device = await this.unconnected();
    await this.patiently(device.connect(), 'connect did not end');
    return device;
  }

  /** The device as it stands, connected. */
  async current(): Promise<Device> {
    return this.device === null || this.device.link !== 'online' ? this.fresh() : this.device;
  }

  async close(): Promise<void> {
    const { device } = this;
    this.device = null;
    if (device !== null)
      await this.patiently(Promise.resolve(device[Symbol.asyncDispose]()), 'close did not end');
  }

  patiently<T>(promise: Promise<T>, what: string): Promise<T> {
    return withPatience(this.timeline, this.patienceMs, promise, what);
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.timeline.after(ms, resolve));
  }

  /** Clears what the device is in the safe state for. */
  async clear(device: Device): Promise<void> {
    await this.patiently(
      device.clearFault({
        fault: this.latched ?? 'safe-state',
        operator: 'conform',
        note: 'conformance test',
      }),
      'clearFault did not end',
    );
  }

  nextRun(): string {
    return `conform-${++this.runs}`;
  }

  async descriptorFor(device: Device, fidelity: string | null): Promise<Descriptor> {
    return descriptorAt(await device.describe(), fidelity);
  }

  /** A fresh device that is armed with the program. */
  async armed(program: Program): Promise<Device> {
    const device = await this.fresh();
    await device.load(program);
    await device.arm({ run: this.nextRun(), seed: 1 });
    return device;
  }

  /** Loads, arms and starts; the run is under way afterwards. */
  async begin(device: Device, program: Program, seed = this.seed): Promise<void> {
    await this.patiently(device.load(program), 'load did not end');
    await this.patiently(device.arm({ run: this.nextRun(), seed }), 'arm did not end');
    await this.patiently(device.start(), 'start did not end');
  }

  /** One whole run and everything that the device told of it. */
  async gather(
    device: Device,
    program: Program,
    { seed = this.seed, ...hooks }: RunHooks & { seed?: number } = {},
  ): Promise<GatheredRun> {
    const chunks: SampleChunk[] = [];
    const gaps: SampleGap[] = [];
    const shotsSeen: number[] = [];
    const fractions: number[] = [];
    const states: EquipmentState[] = [];
    await this.patiently(device.load(program), 'load did not end');
    const listening = [
      device.on('samples', async (chunk) => {
        chunks.push(copied(chunk));
        await hooks.onChunk?.(chunk);
      }),
      device.on('gap', (gap) => void gaps.push(gap)),
      device.on('shot', ({ shots }) => void shotsSeen.push(shots)),
      device.on('progress', ({ fraction }) => void fractions.push(fraction)),
      device.on('equipment', ({ equipment }) => void states.push(equipment)),
    ];
    try {
      await this.patiently(device.arm({ run: this.nextRun(), seed }), 'arm did not end');
      await this.patiently(device.start(), 'start did not end');
      const reading = resultLater(device);
      await hooks.during?.(device);
      const result = await this.patiently(reading, 'the run did not end');
      return { chunks, gaps, shotsSeen, fractions, states, result };
    } finally {
      for (const stop of listening) stop();
    }
  }
}

/** A device may use a chunk's memory again once its listeners are done. */
function copied(chunk: SampleChunk): SampleChunk {
  return {
    ...chunk,
    shot: chunk.shot.slice(),
    step: chunk.step.slice(),
    t: chunk.t.slice(),
    energy: chunk.energy?.slice() ?? null,
    work: chunk.work?.slice() ?? null,
    heat: chunk.heat?.slice() ?? null,
    overlaps: chunk.overlaps?.slice() ?? null,
    stateRows: chunk.stateRows.slice(),
    state: chunk.state.slice(),
  };
}

/** The run's result, to be waited for later: it may have failed before that. */
export function resultLater(device: Device, signal?: AbortSignal): Promise<DeviceResult> {
  const reading = device.readResult(signal);
  reading.catch(() => undefined);
  return reading;
}

export interface SampledState {
  readonly shot: number;
  readonly step: number;
  readonly t: number;
  readonly state: readonly number[];
  /** Its row in its chunk, and all overlaps of that. */
  readonly row: number;
  readonly overlaps: SampleChunk['overlaps'];
}

/** States that were sampled, with their shot and time. */
export function statesOf(run: GatheredRun, sites: number): SampledState[] {
  const states = [];
  for (const chunk of run.chunks) {
    const { overlaps } = chunk;
    for (const [k, row] of chunk.stateRows.entries()) {
      const state = Array.from(chunk.state.subarray(k * sites, (k + 1) * sites));
      if (state.length !== sites) {
        throw new CheckFailed(
          `a chunk says that ${chunk.stateRows.length} rows carry a state, and has ${chunk.state.length} values of ${sites} sites`,
        );
      }
      const [shot, step, t] = [chunk.shot[row]!, chunk.step[row]!, chunk.t[row]!];
      states.push({ shot, step, t, state, row, overlaps });
    }
  }
  return states;
}

/** The state at the last readout, of each shot that has sent one. */
export function lastStatesOf(run: GatheredRun, sites: number): (readonly number[])[] {
  const states = statesOf(run, sites);
  const last = Math.max(...states.map(({ step }) => step));
  return states.filter(({ step }) => step === last).map(({ state }) => state);
}

export const meanOf = <T>(items: readonly T[], of: (item: T) => number): number =>
  items.reduce((sum, item) => sum + of(item), 0) / items.length;
