import { RandomStream, type Timeline } from '../src/core/index.js';
import type { AnalogPart } from './analog-part.js';
import { Boot } from './boot.js';
import { BootTimeline } from './boot-timeline.js';
import type { LinkCounts } from './board-link.js';
import type { BoardPort } from './board-port.js';
import { limitsOf } from './descriptor-limits.js';
import { FAULT } from './fault-latch.js';
import type { BoardState } from './messages.js';
import { ResetReason } from './messages.js';
import { RESULT_BYTES } from './result-block.js';
import { payloadForRow } from './sample-buffer.js';

/** Why a board starts. */
export type PowerCycleReason = 'power-on' | 'brown-out' | 'watchdog' | 'host' | 'pin' | 'crash';

export interface FirmwareOptions {
  readonly serial: string;
  /** Starts what the board draws by itself: sessions, boot nonces. 0 … 2^53 − 1. */
  readonly seed: number;
  readonly timeline: Timeline;
  /** Error of the board's clock. */
  readonly clockPpm?: number;
  /** Nominal ticks a second. */
  readonly tickHz?: number;
  readonly maxBaud?: number;
  readonly protoMajor?: number;
  readonly protoMinor?: number;
  readonly buildId?: string;
  /** Longest payload, 128 to 2048; without it 512, or what a state needs. */
  readonly mtu?: number;
  readonly rxFrames?: number;
  /** Frames on their way to the host at a time. */
  readonly window?: number;
  /** 25, or 50 over a bridge or TCP. */
  readonly leastRtoMs?: number;
  readonly maxWatchdogMs?: number;
  readonly sampleBytes?: number;
  readonly resultBytes?: number;
  /** Longest program image. */
  readonly imageBytes?: number;
  /** Longest time for which the shots keep the link waiting, ms. */
  readonly sliceMs?: number;
  /** From power to the first word. */
  readonly bootMs?: number;
}

const LEAST_MTU = 128;
const USUAL_MTU = 512;
const MOST_MTU = 2048;
/** Sections, drives and curves beside the couplings. */
const IMAGE_EXTRA_BYTES = 1 << 16;

const REASONS: Record<
  PowerCycleReason,
  { reason: ResetReason; fault: { bits: number; cause: string } | null }
> = {
  'power-on': { reason: ResetReason.RESET_POWER_ON, fault: null },
  host: { reason: ResetReason.RESET_HOST, fault: null },
  'brown-out': {
    reason: ResetReason.RESET_BROWN_OUT,
    fault: { bits: FAULT.brownOut, cause: 'a supply fell' },
  },
  watchdog: {
    reason: ResetReason.RESET_WATCHDOG,
    fault: { bits: FAULT.internal, cause: 'the processor hung' },
  },
  pin: { reason: ResetReason.RESET_PIN, fault: { bits: 0, cause: 'reset by its pin' } },
  crash: {
    reason: ResetReason.RESET_CRASH,
    fault: { bits: FAULT.internal, cause: 'the firmware crashed' },
  },
};

/**
 * A board: protocol, sequencer and state machine on an analog part. It starts `bootMs` after it was made.
 * docs/link-protocol.md is what it does.
 */
export class Firmware {
  private boot: Boot | null = null;
  private bootTimeline: BootTimeline | null = null;
  private stopBoot: (() => void) | null = null;
  private stopHang: (() => void) | null = null;
  private port: BoardPort | null = null;
  private boots = 0;
  private serialNumber: string;
  private major: number;
  private ppm: number;
  private inputs = { bits: 0, cause: '' };

  constructor(
    private readonly analog: AnalogPart,
    private readonly options: FirmwareOptions,
  ) {
    this.serialNumber = options.serial;
    this.major = options.protoMajor ?? 1;
    this.ppm = options.clockPpm ?? 0;
    this.powerCycle('power-on');
  }

  get serial(): string {
    return this.serialNumber;
  }

  /** Null while the board starts. */
  get state(): BoardState | null {
    return this.boot?.state ?? null;
  }

  /** Null while the board starts. */
  get ticks(): number | null {
    return this.boot?.clock.ticks() ?? null;
  }

  counts(): LinkCounts | null {
    return this.boot?.counts() ?? null;
  }

  /** @returns unplugs it; the board itself does not notice */
  connect(port: BoardPort): () => void {
    this.port = port;
    const off = port.onBytes((bytes) => {
      if (this.port === port && this.bootTimeline?.isHung === false) this.boot?.receive(bytes);
    });
    this.boot?.lineChanged();
    return () => {
      off();
      if (this.port === port) this.port = null;
    };
  }

  /** All that is volatile is lost. */
  powerCycle(reason: PowerCycleReason): void {
    this.restart(reason, 0);
  }

  /** Another board in its place. */
  swap(serial: string): void {
    this.serialNumber = serial;
    this.powerCycle('power-on');
  }

  /** Firmware of another version, after a power cycle. */
  flash(protoMajor: number): void {
    this.major = protoMajor;
    this.powerCycle('power-on');
  }

  setClockPpm(ppm: number): void {
    this.ppm = ppm;
    this.boot?.clock.setPpm(ppm);
  }

  /** @param ms null: until the next power cycle */
  hang(ms: number | null): void {
    const { bootTimeline } = this;
    if (bootTimeline === null) return;
    bootTimeline.hang();
    this.stopHang?.();
    this.stopHang =
      ms === null ? null : this.options.timeline.after(ms, () => bootTimeline.resume());
  }

  /** Interlock, emergency stop, a rail: what holds until it is let go. */
  setInput(bits: number, holds: boolean, cause: string): void {
    const held = holds ? this.inputs.bits | bits : this.inputs.bits & ~bits;
    this.inputs = { bits: held, cause };
    this.boot?.setInput(bits, holds, cause);
  }

  /** The next `rows` samples find no room. */
  overflowSamples(rows: number): void {
    this.boot?.overflow(rows);
  }

  close(): void {
    this.stopBoot?.();
    this.stopHang?.();
    this.bootTimeline?.close();
    this.boot?.close();
    this.boot = null;
    this.bootTimeline = null;
  }

  private restart(reason: PowerCycleReason, resetNonce: number): void {
    this.close();
    this.analog.safe();
    this.stopBoot = this.options.timeline.after(this.options.bootMs ?? 20, () => {
      this.start(reason, resetNonce);
    });
  }

  private start(reason: PowerCycleReason, resetNonce: number): void {
    const { options } = this;
    this.boots++;
    const random = RandomStream.of(options.seed, 'disorder', this.boots);
    const bootNonce = 1 + random.integer(0xffff_ffff);
    const offsetTicks = random.integer(1_000_000);
    const { sites } = limitsOf(this.analog.descriptor);
    const mtu = options.mtu ?? Math.max(USUAL_MTU, payloadForRow(sites));
    const rxFrames = options.rxFrames ?? 16;
    const boundedMtu = Math.min(MOST_MTU, Math.max(LEAST_MTU, mtu));
    const timeline = new BootTimeline(options.timeline);
    this.bootTimeline = timeline;
    const boot = new Boot(timeline, this.analog, this.portOf(), {
      identity: {
        protoMajor: this.major,
        protoMinor: options.protoMinor ?? 0,
        minMajor: this.major,
        bootCount: this.boots,
        bootNonce,
        resetReason: REASONS[reason].reason,
        firmwareBuildId: options.buildId ?? 'relaxd-board-sim',
        boardSerial: this.serialNumber,
        tickHz: options.tickHz ?? 1_000_000,
        mtu: boundedMtu,
        rxWindowBytes: rxFrames * boundedMtu,
        maxBaud: options.maxBaud ?? 3_000_000,
        maxWatchdogMs: options.maxWatchdogMs ?? 10_000,
        features: [],
      },
      clockPpm: this.ppm,
      offsetTicks,
      rxFrames,
      window: options.window ?? 8,
      leastRtoMs: options.leastRtoMs ?? 25,
      sampleBytes: options.sampleBytes ?? 1 << 16,
      resultBytes: options.resultBytes ?? RESULT_BYTES,
      imageBytes: options.imageBytes ?? sites * (sites - 1) + IMAGE_EXTRA_BYTES,
      sliceMs: options.sliceMs ?? 4,
      resetNonce,
      fault: REASONS[reason].fault,
      draw: (below) => random.integer(below),
      reset: (nonce) => this.restart('host', nonce),
    });
    this.boot = boot;
    if (this.inputs.bits !== 0) boot.setInput(this.inputs.bits, true, this.inputs.cause);
  }

  /** Whatever port is there, at each moment. */
  private portOf(): ConstructorParameters<typeof Boot>[2] {
    const board = {
      write: (bytes: Uint8Array) => this.port?.write(bytes),
      onBytes: () => () => undefined,
      backlogMs: () => this.port?.backlogMs?.() ?? 0,
    };
    if (this.port !== null && this.port.setBaud === undefined) return board;
    return { ...board, setBaud: (baud: number) => this.port?.setBaud?.(baud) };
  }
}
