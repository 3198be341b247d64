import type { Timeline } from '../src/core/index.js';
import type { AnalogPart, Readout } from './analog-part.js';
import type { ArmedRun } from './arm-check.js';
import type { BoardClock } from './board-clock.js';
import { FAULT } from './fault-latch.js';
import {
  BoardState,
  Channel,
  Refused,
  RunEnd,
  Status,
  type RunStateBody,
  type SampleStatusBody,
} from './messages.js';
import { ResultBlock } from './result-block.js';
import {
  isActive,
  nextMachine,
  SAFE,
  STANDBY,
  type Ending,
  type Machine,
  type MachineState,
  type RunCall,
} from './run-transition.js';
import { SampleBuffer } from './sample-buffer.js';

/** Runs: docs/link-protocol.md, section Runs. Shots are computed in slices, so that the link is never kept waiting. */
export interface SequencerPort {
  /** Event.run. */
  announce(run: RunStateBody): void;
  /** Event.samples. */
  sampleStatus(status: SampleStatusBody): void;
  /** The sequencer has found a reason for the safe state. */
  fault(bits: number, cause: string): void;
  /** There may be samples to send. */
  samplesWait(): void;
}

export interface SequencerOptions {
  /** Longest time of a slice, ms. */
  readonly sliceMs: number;
  readonly sampleBytes: number;
  /** Seconds of the board's unit of time; a shot takes at least its duration. */
  readonly unitS: number;
}

const STATES: Record<MachineState, BoardState> = {
  safe: BoardState.STATE_SAFE,
  standby: BoardState.STATE_STANDBY,
  armed: BoardState.STATE_ARMED,
  running: BoardState.STATE_RUNNING,
  paused: BoardState.STATE_PAUSED,
};
const ENDS: Record<Ending, RunEnd> = {
  finished: RunEnd.RUN_FINISHED,
  stopped: RunEnd.RUN_STOPPED,
  aborted: RunEnd.RUN_ABORTED,
  safe: RunEnd.RUN_SAFE,
};
/** Shots in one slice, however short they are. */
const SHOTS_A_SLICE = 64;
const STATUS_MS = 1000;
const ROOM_MS = 2;
/** A shot that is read once shows a moment of it: its converters' limits are data and no fault. */
const FEWEST_READOUTS = 2;
/** Samples that have not left so long after an abort or the safe state are thrown away. */
const LAST_SAMPLES_MS = 250;

interface Run {
  readonly armed: ArmedRun;
  readonly result: ResultBlock;
  /** Room that the samples of a shot need at most. */
  readonly shotBytes: number;
  rows: number;
  end: RunEnd;
  cause: string;
  leaseUntilMs: number;
  /** Infinity before the start. */
  activeUntilMs: number;
  shot: ShotUnderWay | null;
  whole: { bytes: Uint8Array; crc32: number } | null;
}

interface ShotUnderWay {
  readonly startMs: number;
  readonly startTicks: number;
  computed: boolean;
  /** Sites whose converters were at their limit in each readout so far; null before the first. */
  atLimit: readonly number[] | null;
  last: {
    codes: Int16Array;
    saturated: boolean;
    work: number;
    heat: number;
    supplyJ: number;
  } | null;
}

/** Of the sites whose converters have been at their limit so far, those that still are. */
function stillAtLimit(
  sites: readonly number[] | null,
  { saturated, codes, limitCode }: Readout,
): readonly number[] {
  if (!saturated || sites?.length === 0) return NO_SITES;
  const isAtLimit = (i: number): boolean => Math.abs(codes[i]!) >= limitCode;
  if (sites !== null) return sites.filter(isAtLimit);
  return Array.from(codes.keys()).filter(isAtLimit);
}
const NO_SITES: readonly number[] = [];

export class Sequencer {
  private machine: Machine;
  private run: Run | null = null;
  private stopSlice: (() => void) | null = null;
  private stopGuard: (() => void) | null = null;
  private stopStatus: (() => void) | null = null;
  readonly samples: SampleBuffer;

  constructor(
    private readonly timeline: Timeline,
    private readonly clock: BoardClock,
    private readonly analog: AnalogPart,
    private readonly port: SequencerPort,
    private readonly options: SequencerOptions,
    startsSafe: boolean,
  ) {
    this.machine = startsSafe ? SAFE : STANDBY;
    this.samples = new SampleBuffer(options.sampleBytes, analog.stateScale, (shot) =>
      this.run?.result.sampleDropped(shot),
    );
  }

  get state(): BoardState {
    return STATES[this.machine.state];
  }

  get machineState(): MachineState {
    return this.machine.state;
  }

  /** The run that is armed, running or paused; 0: none. */
  get activeRunId(): number {
    return isActive(this.machine) ? (this.run?.armed.runId ?? 0) : 0;
  }

  /** Is the board between shots that will be, or in one? */
  get isBusy(): boolean {
    return this.run !== null && this.run.end === RunEnd.RUN_NOT_ENDED;
  }

  arm(armed: ArmedRun): RunStateBody {
    const next = nextMachine(this.machine, 'arm');
    if (next === null) throw this.illegal('arm');
    const nowMs = this.timeline.monotonicMs();
    this.samples.begin(armed.runId, armed.channels);
    this.run = {
      armed,
      result: new ResultBlock(armed.shots, armed.n),
      shotBytes: this.samples.shotBytes(
        armed.times.length,
        armed.carriesState.filter(Boolean).length,
        armed.n,
      ),
      rows: 0,
      end: RunEnd.RUN_NOT_ENDED,
      cause: '',
      leaseUntilMs: nowMs + armed.watchdogMs,
      activeUntilMs: Infinity,
      shot: null,
      whole: null,
    };
    this.change(next);
    this.guard();
    return this.report(this.run);
  }

  call(call: Exclude<RunCall, 'arm'>, runId: number): RunStateBody {
    if (this.machine.state === 'standby') throw this.illegal(call);
    if (runId !== this.activeRunId) {
      throw new Refused(Status.NOT_FOUND, `the run that is armed is ${this.activeRunId}`);
    }
    const next = nextMachine(this.machine, call);
    if (next === null) throw this.illegal(call);
    const run = this.run!;
    const before = this.machine;
    // The answer stands for the state after the call; the event that tells of the run's end follows it.
    this.change(next);
    if (call === 'start') {
      run.activeUntilMs = this.timeline.monotonicMs() + run.armed.maxDurationMs;
      this.guard();
      this.statusLater();
    }
    if (call === 'start' || (call === 'resume' && before.state === 'paused')) this.slices(0);
    if (this.machine.ending !== null) this.finish(call === 'abort');
    return this.report(run);
  }

  heartbeat(leaseMs: number): void {
    const { run } = this;
    if (run === null || this.activeRunId === 0) return;
    run.leaseUntilMs = this.timeline.monotonicMs() + Math.min(leaseMs, run.armed.watchdogMs);
    this.guard();
  }

  /** Outputs off, now. The caller latches the fault. */
  toSafe(cause: string): void {
    const { run } = this;
    const wasActive = this.activeRunId !== 0;
    const next = nextMachine(this.machine, 'fault')!;
    this.analog.safe();
    if (run !== null && wasActive) run.cause = cause;
    this.change(next);
    if (next.ending !== null) this.finish(true);
  }

  /** The fault was cleared. */
  leaveSafe(): void {
    // What has not left by now does not: the next run needs the room.
    if (this.machine.ending !== null) this.drained();
    this.change(nextMachine(this.machine, 'cleared')!);
  }

  /** The samples have left. */
  samplesGone(): void {
    if (this.machine.ending !== null) this.drained();
  }

  /** @throws Refused where there is no such run, or it has not ended */
  result(runId: number): { bytes: Uint8Array; crc32: number; shots: number; end: RunEnd } {
    const { run } = this;
    if (run === null || run.armed.runId !== runId || runId === 0) {
      throw new Refused(Status.NOT_FOUND, `there is no result of run ${runId}`);
    }
    if (run.end === RunEnd.RUN_NOT_ENDED) {
      throw new Refused(Status.ILLEGAL_STATE, 'the run has not ended');
    }
    run.whole ??= run.result.whole();
    return { ...run.whole, shots: run.result.shots, end: run.end };
  }

  close(): void {
    this.stopSlice?.();
    this.stopGuard?.();
    this.stopStatus?.();
  }

  private illegal(call: RunCall): Refused {
    return new Refused(Status.ILLEGAL_STATE, `${call} while ${this.machine.state}`);
  }

  /** @param run null where the board has none to speak of */
  private report(run: Run | null): RunStateBody {
    return {
      runId: run?.armed.runId ?? 0,
      state: this.state,
      shotsDone: run?.result.shots ?? 0,
      end: run?.end ?? RunEnd.RUN_NOT_ENDED,
      cause: run?.cause ?? '',
      ticks: this.clock.ticks(),
      rows: run?.rows ?? 0,
    };
  }

  private change(next: Machine): void {
    const before = this.machine.state;
    this.machine = next;
    if (next.state !== before) this.port.announce(this.report(this.isBusy ? this.run : null));
  }

  // --- Shots -------------------------------------------------------------------------------------------------------

  private slices(delayMs: number): void {
    this.stopSlice?.();
    this.stopSlice = this.timeline.after(delayMs, () => {
      this.stopSlice = null;
      this.slice();
    });
  }

  private slice(): void {
    const startMs = this.timeline.monotonicMs();
    for (let shots = 0; shots < SHOTS_A_SLICE; shots++) {
      const { run, machine } = this;
      if (run === null || machine.state !== 'running' || machine.ending !== null) return;
      const leftMs = this.options.sliceMs - (this.timeline.monotonicMs() - startMs);
      if (leftMs <= 0) break;
      const waitMs = this.workOnShot(run, leftMs);
      if (waitMs !== null) {
        this.slices(waitMs);
        return;
      }
    }
    this.slices(0);
  }

  /** @returns null: a shot has ended; else after how long to go on */
  private workOnShot(run: Run, workMs: number): number | null {
    const { armed } = run;
    if (run.shot === null) {
      const { shotBytes } = run;
      // Between shots the board can stand still; in one it cannot.
      const waits = shotBytes <= this.samples.capacityBytes && shotBytes > this.samples.freeBytes;
      if (waits) return ROOM_MS;
      this.beginShot(run);
    }
    const shot = run.shot!;
    if (!shot.computed) {
      shot.computed = this.analog.advance(workMs, (k, readout) => this.row(run, k, readout));
      this.port.samplesWait();
      // A fault may have come from within.
      if (run.shot !== shot) return 0;
      if (!shot.computed) return 0;
    }
    const endMs = shot.startMs + armed.duration * this.options.unitS * 1000;
    const earlyMs = endMs - this.timeline.monotonicMs();
    if (earlyMs > 0) return earlyMs;
    this.endShot(run, shot);
    return null;
  }

  private beginShot(run: Run): void {
    const { armed } = run;
    run.shot = {
      startMs: this.timeline.monotonicMs(),
      startTicks: this.clock.ticks(),
      computed: false,
      atLimit: null,
      last: null,
    };
    this.analog.beginShot({
      seed: armed.seed,
      shot: run.result.shots,
      duration: armed.duration,
      times: armed.times,
      temperature: armed.temperature,
      initial: armed.initial,
      flips: armed.flips,
      run: armed.runId,
    });
  }

  private row(run: Run, k: number, readout: Readout): void {
    const { armed, shot } = run;
    if (shot === null) return;
    const { codes, saturated, work, heat, supplyJ } = readout;
    const number = run.result.shots;
    const elapsedS = armed.times[k]! * this.options.unitS;
    const ticks = shot.startTicks + Math.round(elapsedS * this.clock.tickHz);
    run.rows++;
    shot.atLimit = stillAtLimit(shot.atLimit, readout);
    if (armed.carriesState[k] === true) this.samples.pushState(codes, number, ticks, saturated);
    this.samples.pushValue(Channel.CHANNEL_WORK, work, number, ticks, false);
    this.samples.pushValue(Channel.CHANNEL_HEAT, heat, number, ticks, false);
    this.samples.pushValue(Channel.CHANNEL_SUPPLY, supplyJ, number, ticks, false);
    if (k === armed.times.length - 1) {
      shot.last = { codes: codes.slice(), saturated, work, heat, supplyJ };
    }
  }

  private endShot(run: Run, shot: ShotUnderWay): void {
    const { armed } = run;
    run.shot = null;
    if (shot.last === null) {
      this.port.fault(FAULT.internal, 'a shot ended without its last readout');
      return;
    }
    run.result.add(shot.last.codes, shot.last.saturated, shot.last);
    const [site] = shot.atLimit ?? [];
    if (site !== undefined && armed.times.length >= FEWEST_READOUTS) {
      const where = `shot ${run.result.shots - 1}`;
      this.port.fault(
        FAULT.adcSaturation,
        `the converter of site ${site} was at its limit in every readout of ${where}`,
      );
      return;
    }
    const isLast = run.result.shots === armed.shots;
    this.change(nextMachine(this.machine, isLast ? 'shots-done' : 'shot-ended')!);
    if (this.machine.ending !== null) this.finish(false);
  }

  // --- Ends --------------------------------------------------------------------------------------------------------

  /** No shot begins any more: the run ends once its samples have left. */
  private finish(atOnce: boolean): void {
    if (this.run !== null) this.run.shot = null;
    this.stopSlice?.();
    this.stopSlice = null;
    if (!this.samples.isEmpty) {
      if (atOnce) this.timeline.after(LAST_SAMPLES_MS, this.drainedOf(this.run));
      this.port.samplesWait();
      return;
    }
    // After the answer to the call that has brought it.
    this.timeline.after(0, this.drainedOf(this.run));
  }

  private drainedOf(run: Run | null): () => void {
    return () => {
      if (this.run === run && this.machine.ending !== null) this.drained();
    };
  }

  private drained(): void {
    const run = this.run!;
    const { ending } = this.machine;
    this.samples.dropAll();
    this.stopGuard?.();
    this.stopGuard = null;
    this.stopStatus?.();
    this.stopStatus = null;
    run.end = ENDS[ending!];
    this.machine = nextMachine(this.machine, 'drained')!;
    this.sendStatus(run);
    this.port.announce(this.report(run));
  }

  // --- Guards ------------------------------------------------------------------------------------------------------

  private guard(): void {
    this.stopGuard?.();
    this.stopGuard = null;
    const { run } = this;
    if (run === null || this.activeRunId === 0) return;
    const untilMs = Math.min(run.leaseUntilMs, run.activeUntilMs);
    this.stopGuard = this.timeline.after(untilMs - this.timeline.monotonicMs(), () => {
      this.stopGuard = null;
      if (this.activeRunId === 0) return;
      const nowMs = this.timeline.monotonicMs();
      if (nowMs >= run.leaseUntilMs) {
        this.port.fault(FAULT.linkWatchdog, `no heartbeat within ${run.armed.watchdogMs} ms`);
      } else if (nowMs >= run.activeUntilMs) {
        this.port.fault(FAULT.runTooLong, `active for longer than ${run.armed.maxDurationMs} ms`);
      } else this.guard();
    });
  }

  private statusLater(): void {
    this.stopStatus = this.timeline.after(STATUS_MS, () => {
      if (this.run === null) return;
      this.sendStatus(this.run);
      this.statusLater();
    });
  }

  private sendStatus(run: Run): void {
    this.port.sampleStatus({
      runId: run.armed.runId,
      channels: this.samples.counts(),
      ticks: this.clock.ticks(),
    });
  }
}
