import type { Timeline } from '../src/core/index.js';
import { FRAME, type Frame } from './frame.js';
import { RoundTrip } from './round-trip.js';

/** Go-Back-N, the board's side: docs/link-protocol.md, section Reliable frames. */
export interface GoBackNPort {
  /** Puts a frame on the line; the port adds major and session. */
  put(type: number, seq: number, ack: number, credit: number, payload: Uint8Array): void;
  deliver(payload: Uint8Array): void;
  /** Six time-outs in a row. Only the oldest frame is sent again, each RTO, until a frame of the session comes. */
  down(): void;
}

export interface GoBackNLimits {
  /** Frames on their way to the host at a time, at most 32. */
  readonly window: number;
  /** DATA frames that the board has room for. */
  readonly room: () => number;
  readonly leastRtoMs: number;
}

interface Sent {
  readonly payload: Uint8Array;
  sentMs: number;
  times: number;
}

const ACK_DELAY_MS = 10;
const UNACKNOWLEDGED = 2;
const TIME_OUTS = 6;
const MOST_ON_THE_WAY = 32;
const NOTHING = new Uint8Array(0);

export class GoBackN {
  /** Number of the oldest frame on its way. */
  private base = 0;
  private onTheWay: Sent[] = [];
  private readonly waiting: { payload: Uint8Array; key: string | null }[] = [];
  /** Until a frame of the session says otherwise. */
  private credit = MOST_ON_THE_WAY;
  private timeOuts = 0;
  private isDown = false;
  private stopTimer: (() => void) | null = null;
  private askedFor = -1;
  private askedMs = 0;
  private readonly roundTrip: RoundTrip;

  private expected = 0;
  private unacknowledged = 0;
  private nakSent = false;
  private creditSaid: number;
  private stopAckTimer: (() => void) | null = null;

  retransmitted = 0;
  outOfOrder = 0;

  constructor(
    private readonly timeline: Timeline,
    private readonly port: GoBackNPort,
    private readonly limits: GoBackNLimits,
  ) {
    this.roundTrip = new RoundTrip(limits.leastRtoMs);
    this.creditSaid = limits.room();
  }

  /** Messages that have not been acknowledged. */
  get queued(): number {
    return this.onTheWay.length + this.waiting.length;
  }

  /** Messages that have not been sent. */
  get unsent(): number {
    return this.waiting.length;
  }

  /**
   * @param key a message that is not on its way yet takes the place of the one before it with the same key: of two
   * reports the newer one is enough
   */
  send(payload: Uint8Array, key: string | null = null): void {
    const old = key === null ? undefined : this.waiting.find((one) => one.key === key);
    if (old !== undefined) old.payload = payload;
    else this.waiting.push({ payload, key });
    this.fill();
  }

  /** What the header of a frame that leaves now says. */
  header(): { ack: number; credit: number } {
    this.acknowledged();
    this.creditSaid = this.limits.room();
    return { ack: this.expected, credit: this.creditSaid };
  }

  /** @param frame DATA, ACK or NAK of the session */
  receive(frame: Frame): void {
    this.acknowledge(frame);
    if (frame.type === FRAME.data) this.take(frame);
    if (this.isDown) {
      this.isDown = false;
      this.timeOuts = 0;
      this.sendAgain();
    }
    this.fill();
    // What the host has acknowledged has made room: it is told where it had been told otherwise.
    if (this.creditSaid === 0 && this.limits.room() > 0) this.say(FRAME.ack);
  }

  /** A frame was bad: what it was is not known, so the host is asked for what comes next. */
  bad(): void {
    this.ask();
  }

  close(): void {
    this.stopTimer?.();
    this.stopTimer = null;
    this.acknowledged();
  }

  private acknowledge(frame: Frame): void {
    const moved = (frame.ack - this.base) & 0xff;
    if (moved > this.onTheWay.length) return;
    this.credit = frame.credit;
    if (moved > 0) {
      const nowMs = this.timeline.monotonicMs();
      const last = this.onTheWay[moved - 1]!;
      if (last.times === 1) this.roundTrip.measured(nowMs - last.sentMs);
      this.onTheWay = this.onTheWay.slice(moved);
      this.base = frame.ack;
      this.timeOuts = 0;
      this.roundTrip.movedOn();
      this.restartTimer();
    }
    if (frame.type !== FRAME.nak || this.onTheWay.length === 0) return;
    const nowMs = this.timeline.monotonicMs();
    if (frame.ack === this.askedFor && nowMs - this.askedMs < this.roundTrip.srttMs) return;
    this.askedFor = frame.ack;
    this.askedMs = nowMs;
    this.sendAgain();
  }

  private take(frame: Frame): void {
    const ahead = (frame.seq - this.expected) & 0xff;
    if (ahead === 0) {
      if (this.limits.room() === 0) {
        this.say(FRAME.ack);
        return;
      }
      this.expected = (this.expected + 1) & 0xff;
      this.nakSent = false;
      this.unacknowledged++;
      this.port.deliver(frame.payload);
      // The answer may have said it.
      if (this.unacknowledged >= UNACKNOWLEDGED) this.say(FRAME.ack);
      else if (this.unacknowledged > 0) {
        this.stopAckTimer ??= this.timeline.after(ACK_DELAY_MS, () => this.say(FRAME.ack));
      }
      return;
    }
    this.outOfOrder++;
    if (ahead >= 128) this.say(FRAME.ack);
    else this.ask();
  }

  private ask(): void {
    if (this.nakSent) return;
    this.nakSent = true;
    this.say(FRAME.nak);
  }

  private say(type: number): void {
    const { ack, credit } = this.header();
    this.port.put(type, 0, ack, credit, NOTHING);
  }

  private acknowledged(): void {
    this.unacknowledged = 0;
    this.stopAckTimer?.();
    this.stopAckTimer = null;
  }

  private fill(): void {
    if (this.isDown) return;
    const most = Math.min(MOST_ON_THE_WAY, this.limits.window, this.credit);
    while (this.waiting.length > 0 && this.onTheWay.length < most) this.sendNext();
    // Without credit the timer is that of a probe.
    if (this.waiting.length > 0 && this.stopTimer === null) this.restartTimer();
  }

  private sendNext(): void {
    const { payload } = this.waiting.shift()!;
    const sent: Sent = { payload, sentMs: this.timeline.monotonicMs(), times: 1 };
    this.onTheWay.push(sent);
    this.putData(this.onTheWay.length - 1);
    if (this.onTheWay.length === 1) this.restartTimer();
  }

  private putData(k: number): void {
    const { ack, credit } = this.header();
    this.port.put(FRAME.data, (this.base + k) & 0xff, ack, credit, this.onTheWay[k]!.payload);
  }

  private sendAgain(most = Infinity): void {
    const nowMs = this.timeline.monotonicMs();
    for (let k = 0; k < Math.min(most, this.onTheWay.length); k++) {
      const sent = this.onTheWay[k]!;
      sent.times++;
      sent.sentMs = nowMs;
      this.retransmitted++;
      this.putData(k);
    }
    this.restartTimer();
  }

  private restartTimer(): void {
    this.stopTimer?.();
    this.stopTimer = null;
    if (this.onTheWay.length === 0 && this.waiting.length === 0) return;
    this.stopTimer = this.timeline.after(this.roundTrip.rtoMs, () => {
      this.stopTimer = null;
      this.ranOut();
    });
  }

  private ranOut(): void {
    if (this.onTheWay.length === 0) {
      // A probe: no room for it is no sign of a broken link.
      if (this.waiting.length > 0) this.sendNext();
      return;
    }
    this.timeOuts++;
    this.roundTrip.ranOut();
    if (this.timeOuts === TIME_OUTS) {
      this.isDown = true;
      this.port.down();
    }
    // Were both sides silent now, a host that waits for an answer only would never hear of it.
    this.sendAgain(this.isDown ? 1 : Infinity);
  }
}
