import { RelaxdError, type Timeline } from '../core/index.js';
import { FRAME_TYPE } from './frame.js';
import { RetransmissionTimer, type RoundTripHistogram } from './round-trips.js';

const { DATA, ACK, NAK } = FRAME_TYPE;

/** Most frames on their way, whatever the credit. */
export const MOST_ON_THEIR_WAY = 32;
/** Time-outs in a row after which the link is down. */
const MOST_TIME_OUTS = 6;
/** An acknowledgement waits at most so long for company, ms, or for so many frames. */
const ACK_DELAY_MS = 10;
const ACK_FRAMES = 2;
/** Numbers up to so far behind the expected one are repetitions. */
const BEHIND = 128;

/** What a channel counts; shared by the channels of one link, so that it survives a new session. */
export interface ReliableCounts {
  dataSent: number;
  dataReceived: number;
  /** Frames that were sent again. */
  retransmits: number;
  timeOuts: number;
  naksSent: number;
  naksReceived: number;
  /** Received, and dropped: a later number than the expected one, one that was delivered before, no room. */
  outOfOrder: number;
  duplicates: number;
  noRoom: number;
}

export const noReliableCounts = (): ReliableCounts => ({
  dataSent: 0,
  dataReceived: 0,
  retransmits: 0,
  timeOuts: 0,
  naksSent: 0,
  naksReceived: 0,
  outOfOrder: 0,
  duplicates: 0,
  noRoom: 0,
});

/** The way out of a channel, and who is told. */
export interface ReliableEnds {
  /** Puts a frame on the line; comes back with when it will have left, ms, monotonic. */
  transmit(
    type: typeof DATA | typeof ACK | typeof NAK,
    seq: number,
    ack: number,
    credit: number,
    payload: Uint8Array,
  ): number;
  /** Once for each payload, in order. */
  deliver(payload: Uint8Array): void;
  /** The channel is closed then. */
  down(reason: string): void;
  /** DATA frames that there is room for. */
  room(): number;
  /** A frame was acknowledged so long before it should have left, ms: the line is faster than it is thought to be. */
  leftEarly(ms: number): void;
}

/** A payload on its way. */
export interface Delivery {
  /** Rejects when the link goes down or the channel is closed before. */
  readonly acknowledged: Promise<void>;
  /** How often it has been sent so far. */
  readonly sends: number;
  /** When its latest copy was put on the line, ms, monotonic; NaN before the first one. */
  readonly writtenMs: number;
  /** When that has left, as far as the line rate is known. */
  readonly leftMs: number;
}

interface Outgoing {
  readonly payload: Uint8Array;
  acknowledged: Promise<void>;
  seq: number;
  sends: number;
  writtenMs: number;
  leftMs: number;
  resolve(): void;
  reject(error: RelaxdError): void;
}

const NOTHING = new Uint8Array(0);

/**
 * Reliable frames both ways, for one session: docs/link-protocol.md, section Reliable frames. The same for either side of
 * the link.
 */
export class GoBackN {
  // Sender.
  private readonly waiting: Outgoing[] = [];
  /** On their way, oldest first; those from `cursor` on have to be sent again. */
  private readonly flight: Outgoing[] = [];
  private cursor = 0;
  private flightBytes = 0;
  private next = 0;
  /** Until the other side has said something. */
  private credit = MOST_ON_THEIR_WAY;
  private readonly timer: RetransmissionTimer;
  private timeOutsInARow = 0;
  /** The other side has said, since the last time-out, that it has no room. */
  private refusedSince = false;
  private deadlineMs = Infinity;
  private alarmMs = Infinity;
  private callOffAlarm: (() => void) | null = null;
  private lastNak = -1;
  private lastNakMs = -Infinity;

  // Receiver.
  private expected = 0;
  private unacknowledged = 0;
  private nakSent = false;
  private callOffAck: (() => void) | null = null;

  private closed = false;

  constructor(
    private readonly ends: ReliableEnds,
    private readonly timeline: Timeline,
    minRtoMs: number,
    /** Bytes of payload that may be on their way; Infinity: no limit. */
    private readonly windowBytes: number,
    private readonly counts: ReliableCounts,
    private readonly roundTrips: RoundTripHistogram,
  ) {
    this.timer = new RetransmissionTimer(minRtoMs);
  }

  get rtoMs(): number {
    return this.timer.rtoMs;
  }
  get smoothedRoundTripMs(): number | null {
    return this.timer.smoothedMs;
  }
  /** Payloads that are not acknowledged yet, sent or not. */
  get backlog(): number {
    return this.flight.length + this.waiting.length;
  }
  /** What every frame with an `ack` field says. */
  get ackNumber(): number {
    return this.expected;
  }
  get creditNumber(): number {
    return Math.min(255, Math.max(0, this.ends.room()));
  }

  send(payload: Uint8Array): Delivery {
    const out: Outgoing = {
      payload,
      acknowledged: Promise.resolve(),
      seq: 0,
      sends: 0,
      writtenMs: NaN,
      leftMs: NaN,
      resolve: () => undefined,
      reject: () => undefined,
    };
    out.acknowledged = new Promise((resolve, reject) => {
      out.resolve = resolve;
      out.reject = reject;
    });
    // Whoever sends without waiting learns from `down`.
    out.acknowledged.catch(() => undefined);
    if (this.closed) {
      out.reject(closedError('the channel is closed'));
      return out;
    }
    this.waiting.push(out);
    this.pump();
    return out;
  }

  /** Of every frame of the session with an `ack` field. */
  takeAck(ack: number, credit: number): void {
    if (this.closed) return;
    if (this.acknowledge(ack, credit)) this.pump();
  }

  takeNak(ack: number, credit: number): void {
    if (this.closed) return;
    this.counts.naksReceived++;
    if (!this.acknowledge(ack, credit)) return;
    const now = this.timeline.monotonicMs();
    const patience = this.timer.smoothedMs ?? this.timer.minRtoMs;
    const again = this.lastNak === ack && now - this.lastNakMs < patience;
    if (this.cursor > 0 && !again) {
      this.lastNak = ack;
      this.lastNakMs = now;
      this.goBack();
    }
    this.pump();
  }

  takeData(seq: number, payload: Uint8Array): void {
    if (this.closed) return;
    const ahead = (seq - this.expected) & 255;
    if (ahead === 0) {
      if (this.ends.room() <= 0) {
        this.counts.noRoom++;
        this.sendAck();
        return;
      }
      this.expected = (this.expected + 1) & 255;
      this.nakSent = false;
      this.unacknowledged++;
      this.counts.dataReceived++;
      this.ends.deliver(payload);
      // What was sent meanwhile has carried the acknowledgement.
      if (this.unacknowledged >= ACK_FRAMES) this.sendAck();
      else if (this.unacknowledged > 0 && this.callOffAck === null && !this.closed) {
        this.callOffAck = this.timeline.after(ACK_DELAY_MS, () => this.sendAck());
      }
    } else if (ahead >= 256 - BEHIND) {
      this.counts.duplicates++;
      this.sendAck();
    } else {
      this.counts.outOfOrder++;
      this.sendNak();
    }
  }

  /** A frame came that nothing is known of. */
  takeBadFrame(): void {
    if (!this.closed) this.sendNak();
  }

  /** A frame with an `ack` field has left. */
  acknowledgementLeft(): void {
    this.unacknowledged = 0;
    this.callOffAck?.();
    this.callOffAck = null;
  }

  /** Rejects what is not acknowledged; nothing is sent or delivered from here on. */
  close(reason: string): void {
    if (this.closed) return;
    this.closed = true;
    this.callOffAlarm?.();
    this.callOffAck?.();
    const error = closedError(reason);
    for (const out of [...this.flight, ...this.waiting]) out.reject(error);
    this.flight.length = 0;
    this.waiting.length = 0;
  }

  private get allowed(): number {
    return Math.min(MOST_ON_THEIR_WAY, this.credit);
  }

  /** Sends what may be sent. */
  private pump(): void {
    while (this.cursor < this.flight.length && this.cursor < this.allowed) this.sendAtCursor();
    if (this.cursor < this.flight.length) return;
    while (this.waiting.length > 0 && this.flight.length < this.allowed && this.fits()) {
      this.sendWaiting();
    }
    // No credit: a probe in a while.
    if (this.flight.length === 0 && this.waiting.length > 0 && this.deadlineMs === Infinity) {
      this.ringAt(this.timeline.monotonicMs() + this.timer.rtoMs);
    }
  }

  private fits(): boolean {
    const bytes = this.flightBytes + this.waiting[0]!.payload.length;
    return this.flight.length === 0 || bytes <= this.windowBytes;
  }

  private sendWaiting(): void {
    const out = this.waiting.shift()!;
    out.seq = this.next;
    this.next = (this.next + 1) & 255;
    this.flight.push(out);
    this.flightBytes += out.payload.length;
    this.sendAtCursor();
    if (this.flight.length === 1) this.restartTimer();
  }

  private sendAtCursor(): void {
    const out = this.flight[this.cursor++]!;
    if (out.sends++ > 0) this.counts.retransmits++;
    else this.counts.dataSent++;
    // On a line in memory the acknowledgement may be there before this comes back.
    out.writtenMs = out.leftMs = this.timeline.monotonicMs();
    out.leftMs = this.transmit(DATA, out.seq, out.payload);
  }

  /**
   * @returns false where the number cannot be: the frame was too long on its way
   */
  private acknowledge(ack: number, credit: number): boolean {
    const oldest = this.flight[0]?.seq ?? this.next;
    const count = (ack - oldest) & 255;
    if (count > this.flight.length) return false;
    this.credit = credit;
    if (credit === 0) this.refusedSince = true;
    if (count === 0) return true;
    const now = this.timeline.monotonicMs();
    const acknowledged = this.flight.splice(0, count);
    const last = acknowledged[count - 1]!;
    // Of one that was sent again the first copy may be what came.
    if (last.sends === 1) this.takeLead(last.leftMs - now);
    for (const out of acknowledged) {
      this.flightBytes -= out.payload.length;
      if (out.sends === 1) {
        const ms = Math.max(0, now - out.leftMs);
        this.timer.measured(ms);
        this.roundTrips.add(ms);
      }
      out.resolve();
    }
    this.cursor = Math.max(0, this.cursor - count);
    this.timeOutsInARow = 0;
    this.restartTimer();
    return true;
  }

  /**
   * On a line that is faster than its rate says (a USB bridge that knows no rate) the lead would grow for as long as something is
   * sent, and a time-out that counts from when the frame has left would never come.
   */
  private takeLead(ms: number): void {
    if (ms <= 0) return;
    for (const out of this.flight) out.leftMs -= ms;
    this.ends.leftEarly(ms);
  }

  /** The oldest frame is sent again at once, those after it as there is room. */
  private goBack(): void {
    this.cursor = 0;
    this.sendAtCursor();
    this.restartTimer();
  }

  private restartTimer(): void {
    const oldest = this.flight[0];
    if (oldest === undefined) {
      this.deadlineMs = Infinity;
      return;
    }
    this.ringAt(Math.max(this.timeline.monotonicMs(), oldest.leftMs) + this.timer.rtoMs);
  }

  /** One alarm serves all deadlines: it is set anew only where the deadline comes before it. */
  private ringAt(deadlineMs: number): void {
    this.deadlineMs = deadlineMs;
    if (this.callOffAlarm !== null && this.alarmMs <= deadlineMs) return;
    this.callOffAlarm?.();
    this.alarmMs = deadlineMs;
    this.callOffAlarm = this.timeline.after(deadlineMs - this.timeline.monotonicMs(), () =>
      this.ring(),
    );
  }

  private ring(): void {
    this.callOffAlarm = null;
    if (this.closed || this.deadlineMs === Infinity) return;
    // Timers may ring a little early.
    if (this.timeline.monotonicMs() < this.deadlineMs - 0.5) {
      this.ringAt(this.deadlineMs);
      return;
    }
    this.deadlineMs = Infinity;
    if (this.flight.length > 0) this.timeOut();
    else if (this.waiting.length > 0) this.sendWaiting();
  }

  private timeOut(): void {
    this.counts.timeOuts++;
    // The other side is there and has no room: that is no reason to give it up.
    const refused = this.credit === 0 && this.refusedSince;
    this.refusedSince = false;
    this.timeOutsInARow = refused ? 0 : this.timeOutsInARow + 1;
    if (this.timeOutsInARow >= MOST_TIME_OUTS) {
      const reason = `${MOST_TIME_OUTS} time-outs in a row without an acknowledgement`;
      this.close(reason);
      this.ends.down(reason);
      return;
    }
    this.timer.double();
    this.goBack();
    this.pump();
  }

  private sendAck(): void {
    if (!this.closed) this.transmit(ACK, 0, NOTHING);
  }

  private sendNak(): void {
    if (this.nakSent) return;
    this.nakSent = true;
    this.counts.naksSent++;
    this.transmit(NAK, 0, NOTHING);
  }

  private transmit(
    type: typeof DATA | typeof ACK | typeof NAK,
    seq: number,
    payload: Uint8Array,
  ): number {
    this.acknowledgementLeft();
    return this.ends.transmit(type, seq, this.expected, this.creditNumber, payload);
  }
}

const closedError = (reason: string): RelaxdError =>
  new RelaxdError('device-offline', `not delivered to the board: ${reason}`, { reason });
