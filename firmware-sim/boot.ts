import type { AnalogPart } from './analog-part.js';
import { BankStore } from './bank-store.js';
import { BaudSwitch } from './baud-switch.js';
import { BoardClock } from './board-clock.js';
import { BoardLink, type LinkCounts } from './board-link.js';
import type { BoardPort } from './board-port.js';
import type { BootTimeline } from './boot-timeline.js';
import { ANSWER_OVERHEAD_BYTES, carryOut, chunkBytes, type BoardParts } from './calls.js';
import { limitsOf } from './descriptor-limits.js';
import { DescriptorText } from './descriptor-text.js';
import { FAULT, FaultLatch } from './fault-latch.js';
import { Handshake, type Identity } from './handshake.js';
import type { BoardState } from './messages.js';
import {
  Log,
  LogLevel,
  Refused,
  Request,
  Status,
  ToHost,
  type EventBody,
  type HealthBody,
  type RequestMessage,
  type ResponseBody,
  type StatusCode,
} from './messages.js';
import { ResponseCache } from './response-cache.js';
import { SamplePump } from './sample-pump.js';
import { Sequencer } from './sequencer.js';

/** All that the board forgets when it starts again. */
export interface BootOptions {
  readonly identity: Identity;
  readonly clockPpm: number;
  readonly offsetTicks: number;
  readonly rxFrames: number;
  readonly window: number;
  readonly leastRtoMs: number;
  readonly sampleBytes: number;
  readonly resultBytes: number;
  readonly imageBytes: number;
  readonly sliceMs: number;
  /** Nonce of the reset that brought the board up; 0: none did. */
  readonly resetNonce: number;
  /** Why it starts in its safe state; null: it starts in standby. */
  readonly fault: { readonly bits: number; readonly cause: string } | null;
  /** An integer of 0 … below − 1. */
  readonly draw: (below: number) => number;
  readonly reset: (nonce: number) => void;
}

const HEALTH_MS = 500;
/** A reset that a call asked for leaves its answer so much time to be acknowledged. */
const ACKNOWLEDGED_MS = 250;
const LONGEST_TEXT = 200;
const LOG_LEVELS = {
  info: LogLevel.LOG_INFO,
  warn: LogLevel.LOG_WARN,
  error: LogLevel.LOG_ERROR,
} as const;

export class Boot {
  private readonly link: BoardLink;
  private readonly cache = new ResponseCache();
  private readonly latch = new FaultLatch();
  private readonly sequencer: Sequencer;
  private readonly pump: SamplePump;
  private readonly baud: BaudSwitch;
  private readonly parts: BoardParts;
  /** Inputs that hold: interlock, emergency stop, what faults put in. */
  private inputs = 0;
  private resetting = false;
  readonly clock: BoardClock;

  constructor(
    private readonly timeline: BootTimeline,
    private readonly analog: AnalogPart,
    private readonly port: Required<BoardPort> | Omit<Required<BoardPort>, 'setBaud'>,
    private readonly options: BootOptions,
  ) {
    const { identity } = options;
    const mtu = identity.mtu!;
    const limits = limitsOf(analog.descriptor);
    this.clock = new BoardClock(timeline, identity.tickHz!, options.clockPpm, options.offsetTicks);
    this.link = new BoardLink(
      timeline,
      port,
      new Handshake(identity, () => this.clock.ticks(), options.draw),
      () => this.clock.ticks(),
      {
        message: (payload) => this.message(payload),
        opened: () => this.cache.clear(),
        reset: (nonce) => this.resetLater(nonce, 0),
        heard: () => this.baud.heard(),
      },
      { ...options, major: identity.protoMajor!, mtu },
    );
    this.baud = new BaudSwitch(timeline, identity.maxBaud!, {
      setBaud: 'setBaud' in port ? (baud) => port.setBaud(baud) : null,
      leftInMs: () => this.leftInMs(),
    });
    this.sequencer = new Sequencer(
      timeline,
      this.clock,
      analog,
      {
        announce: (run) => this.event({ run }),
        sampleStatus: (samples) => this.event({ samples }),
        fault: (bits, cause) => this.enterSafe(bits, cause),
        samplesWait: () => this.pump.wake(),
      },
      { ...options, unitS: limits.unitS },
      options.fault !== null,
    );
    this.pump = new SamplePump(
      timeline,
      this.sequencer.samples,
      {
        payloadBytes: mtu,
        backlogMs: () => port.backlogMs(),
        send: (payload) => this.link.sample(payload),
      },
      () => this.sequencer.samplesGone(),
    );
    this.parts = {
      analog,
      clock: this.clock,
      latch: this.latch,
      sequencer: this.sequencer,
      baud: this.baud,
      limits,
      descriptor: new DescriptorText(analog.descriptor, identity.boardSerial!),
      banks: new BankStore(analog, {
        sites: limits.sites,
        imageBytes: options.imageBytes,
        chunkBytes: chunkBytes(mtu),
        perSiteTemperature: limits.perSiteTemperature,
      }),
      room: { maxWatchdogMs: identity.maxWatchdogMs!, resultBytes: options.resultBytes, mtu },
      health: () => this.health(),
      conditions: () => this.conditions(),
      enterSafe: (bits, cause) => this.enterSafe(bits, cause),
      resetLater: (nonce) => this.resetLater(nonce, ACKNOWLEDGED_MS),
    };
    analog.parameters.reset();
    analog.safe();
    this.link.announce();
    if (options.fault !== null) this.enterSafe(options.fault.bits, options.fault.cause);
    this.log('info', `${identity.firmwareBuildId} started`);
    this.healthLater();
  }

  receive(bytes: Uint8Array): void {
    this.link.receive(bytes);
  }

  lineChanged(): void {
    this.baud.lineChanged();
  }

  get state(): BoardState {
    return this.sequencer.state;
  }

  counts(): LinkCounts {
    return this.link.counts();
  }

  /** An input of the board holds, or no longer. */
  setInput(bits: number, holds: boolean, cause: string): void {
    this.inputs = holds ? this.inputs | bits : this.inputs & ~bits;
    if (holds) this.enterSafe(bits, cause);
  }

  overflow(rows: number): void {
    this.sequencer.samples.overflow(rows);
  }

  enterSafe(bits: number, cause: string): void {
    this.latch.latch(bits, cause, this.clock.ticks(), this.sequencer.activeRunId);
    this.sequencer.toSafe(cause.slice(0, LONGEST_TEXT));
    this.event({ fault: this.latch.fault });
    this.log('error', `safe state: ${cause}`);
  }

  close(): void {
    this.pump.stop();
    this.sequencer.close();
    this.link.close();
  }

  log(level: keyof typeof LOG_LEVELS, text: string): void {
    this.link.log(
      Log.encode({
        level: LOG_LEVELS[level],
        text: text.slice(0, LONGEST_TEXT),
        ticks: this.clock.ticks(),
      }).finish(),
    );
  }

  private message(payload: Uint8Array): void {
    if (this.resetting) return;
    let request: RequestMessage;
    try {
      request = Request.decode(payload);
    } catch {
      this.link.badMessage();
      return;
    }
    const id = request.requestId;
    const kept = this.cache.find(id);
    if (kept instanceof Uint8Array) {
      this.link.send(kept);
      return;
    }
    if (kept === 'old') {
      const text = `request ${id} is lower than those that are kept`;
      this.link.send(this.response(id, Status.INVALID, text, {}));
      return;
    }
    const response = this.answer(request);
    this.cache.keep(id, response);
    this.link.send(response);
  }

  private answer(request: RequestMessage): Uint8Array {
    const id = request.requestId;
    try {
      const body = carryOut(request, this.parts);
      const response = this.response(id, Status.OK, '', body);
      if (response.length <= this.parts.room.mtu) return response;
      const most = this.parts.room.mtu - ANSWER_OVERHEAD_BYTES;
      const text = `the answer does not fit a frame: at most ${most} bytes`;
      return this.response(id, Status.INVALID, text, {});
    } catch (error) {
      if (error instanceof Refused) {
        return this.response(id, error.status, error.message.slice(0, LONGEST_TEXT), {});
      }
      // A state that cannot be: outputs off first.
      const cause = error instanceof Error ? error.message : String(error);
      this.enterSafe(FAULT.internal, `${request.call}: ${cause}`);
      return this.response(id, Status.INTERNAL, cause.slice(0, LONGEST_TEXT), {});
    }
  }

  private response(requestId: number, status: StatusCode, text: string, body: ResponseBody) {
    const { state } = this.sequencer;
    return ToHost.encode({ response: { requestId, status, text, state, ...body } }).finish();
  }

  private event(event: EventBody): void {
    const { samples, health } = event;
    // Of reports that have not left yet the last one is enough.
    const key = health ? 'health' : samples ? `samples ${samples.runId}` : null;
    this.link.send(ToHost.encode({ event }).finish(), key);
  }

  // --- Health ------------------------------------------------------------------------------------------------------

  private healthLater(): void {
    this.timeline.after(HEALTH_MS, () => {
      this.watchMeasures();
      if (this.link.isOpen) this.event({ health: this.health() });
      this.healthLater();
    });
  }

  private health(): HealthBody {
    const counts = this.link.counts();
    let free = this.parts.room.mtu - 2 * ANSWER_OVERHEAD_BYTES;
    return {
      state: this.sequencer.state,
      faultWord: this.latch.fault.faultWord,
      ticks: this.clock.ticks(),
      measures: this.analog
        .measures()
        .filter(({ name }) => (free -= Buffer.byteLength(name) + 32) >= 0),
      sampleBytesFree: this.sequencer.samples.freeBytes,
      badFrames: counts.bad,
      staleFrames: counts.stale,
      outOfOrderFrames: counts.outOfOrder,
    };
  }

  private conditions(): number {
    let bits = this.inputs;
    for (const measure of this.analog.measures()) {
      if (isOut(measure)) bits |= bitOf(measure.name);
    }
    return bits;
  }

  private watchMeasures(): void {
    for (const measure of this.analog.measures()) {
      const bit = bitOf(measure.name);
      if (!isOut(measure) || (this.latch.fault.faultWord & bit) !== 0) continue;
      const { name, value, low, high } = measure;
      this.enterSafe(bit, `${name} is ${value.toPrecision(4)}, from ${low} to ${high}`);
    }
  }

  /** Has everything left that was written? Else in how many ms to look again. */
  private leftInMs(): number {
    return this.link.unsent > 0 ? 1 : this.port.backlogMs();
  }

  // --- Reset -------------------------------------------------------------------------------------------------------

  /** When the answer has left, and was acknowledged or waited for so long. */
  private resetLater(nonce: number, patienceMs: number): void {
    if (this.resetting) return;
    if (nonce !== 0 && nonce === this.options.resetNonce) return;
    this.resetting = true;
    this.analog.safe();
    const untilMs = this.timeline.monotonicMs() + patienceMs;
    const look = (): void => {
      const awaited = this.link.unacknowledged > 0 && this.timeline.monotonicMs() < untilMs;
      const leftMs = Math.max(this.leftInMs(), awaited ? 1 : 0);
      if (leftMs > 0) this.timeline.after(leftMs, look);
      else this.options.reset(nonce);
    };
    this.timeline.after(1, look);
  }
}

const isOut = ({ value, low, high }: { value: number; low: number; high: number }): boolean =>
  !(value >= low && value <= high);

/** A name ends in its unit: a temperature ends in `_c`, all else is of a supply. */
const bitOf = (name: string): number => (name.endsWith('_c') ? FAULT.overTemperature : FAULT.rail);
