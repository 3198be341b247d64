import type { StreamPurpose } from '../../core/index.js';
import { STRETCH, type FlipRecord } from '../../kernels/index.js';
import type { FlipLoop } from './flip-loop.js';
import type { Protocol } from './protocol.js';
import type { ProtocolStretches } from './protocol-stretches.js';
import type { SpinAccount } from './spin-account.js';
import type { SpinEvents } from './spin-events.js';

/** The algorithm of rejection-free events alone. */
export const EVENTS = 'events';

/** It is looked at times that are multiples of this, … */
const LEAST_WINDOW = 4;
/** … or in which so many attempts come. */
const ATTEMPTS_A_WINDOW = 4096;
/** What an event costs in units of an attempt: this, and one more for so many sites. */
const EVENT_COST = 8;
const SITES_AN_ATTEMPT = 12;
/** The other way is taken where it is expected to be better by this factor. */
const WORTH = 2;

/** Time after which acceptance is judged. */
export function windowOf(free: number): number {
  return Math.max(LEAST_WINDOW, ATTEMPTS_A_WINDOW / free);
}

/** Whether anything ever stands still in a protocol: then events can be used. */
export function hasStillStretch({ live }: ProtocolStretches, drives: number): boolean {
  return stillRows(live, drives).includes(true);
}

/** Whether all of it does. */
export function isStillThroughout({ live }: ProtocolStretches, drives: number): boolean {
  return !stillRows(live, drives).includes(false);
}

function stillRows(rows: Float64Array, drives: number): boolean[] {
  const width = STRETCH.amplitudes + 2 * drives;
  return Array.from({ length: rows.length / width }, (_, row) => {
    for (let c = STRETCH.temperature + 1; c < width; c += 2) {
      // Not a number: sites have temperatures of their own, which do not change.
      if (Math.abs(rows[row * width + c]!) > 0) return false;
    }
    return true;
  });
}

/**
 * Spins in continuous time by attempts or by rejection-free events, whichever is cheaper: the same process. At times that
 * do not depend on the readouts it is judged by what happened in the shot since the last one, flips and (at rate N)
 * attempts, so that a shot is the same however shots are dealt to threads, and on every engine. A process without memory
 * goes on as it would have: what is due is drawn anew or kept. While the protocol moves, attempts are made.
 */
export class EventsOrAttempts {
  private now = 0;
  private byEvents = false;
  /** When to judge next, and since when and since how many flips. */
  private judgement = 0;
  private judged = 0;
  private flipsThen = 0;
  private eventsAtStart = 0;
  private left = 0;
  private live = true;
  private stretch = 0;
  private atStart = true;
  private readonly still: readonly boolean[];
  private readonly ends: readonly number[];
  private readonly window: number;
  private readonly eventCost: number;

  /** @param always events wherever the protocol stands still */
  constructor(
    private readonly loop: FlipLoop,
    private readonly record: FlipRecord,
    stretches: ProtocolStretches,
    private readonly events: SpinEvents,
    private readonly protocol: Protocol,
    private readonly account: SpinAccount,
    private readonly always: boolean,
  ) {
    const drives = record.parts.patterns.length;
    const width = STRETCH.amplitudes + 2 * drives;
    this.still = stillRows(stretches.live, drives);
    this.ends = this.still.map((_, row) => stretches.live[row * width + STRETCH.end]!);
    this.window = windowOf(record.parts.free.length);
    this.eventCost = EVENT_COST + record.parts.state.length / SITES_AN_ATTEMPT;
  }

  get algorithm(): string {
    return this.always ? EVENTS : `${this.loop.algorithm}+${EVENTS}`;
  }

  /** Starts at t = 0; the record has been started. */
  begin(seed: number, purpose: StreamPurpose, shot: number): void {
    this.events.begin(seed, purpose, shot);
    this.live = purpose !== 'burnIn';
    this.now = 0;
    this.stretch = 0;
    this.byEvents = false;
    this.left = 0;
    this.judged = 0;
    this.flipsThen = 0;
    this.judgement = this.always ? Infinity : this.window;
    // What jumps at t = 0 has jumped before any event.
    this.atStart = true;
  }

  advance(until: number, onProgress: (t: number) => void): void {
    if (this.atStart) {
      this.atStart = false;
      this.enterStretch();
    }
    for (;;) {
      const end = Math.min(until, this.judgement, this.live ? this.ends[this.stretch]! : Infinity);
      if (this.byEvents) this.events.advance(end, onProgress);
      else this.attemptsTo(end, onProgress);
      this.now = end;
      if (this.live && end === this.ends[this.stretch]) {
        this.stretch++;
        this.enterStretch();
      }
      if (end >= this.judgement) this.judge();
      if (end >= until) break;
    }
    // What follows starts with the model's fields.
    if (!this.live && this.byEvents) this.toAttempts();
  }

  private attemptsTo(end: number, onProgress: (t: number) => void): void {
    const { record, loop } = this;
    record.set('limit', end);
    while (!record.done) {
      loop.run(record);
      onProgress(Math.min(record.get('next'), end));
    }
  }

  /** The protocol has come to a knot. */
  private enterStretch(): void {
    const resume = this.byEvents;
    if (resume) this.toAttempts();
    if (!this.isStill) return;
    if (this.always) this.toEvents();
    else if (resume) {
      this.toEvents();
      this.judgeLater(this.now);
    }
  }

  private get isStill(): boolean {
    return !this.live || this.still[this.stretch]!;
  }

  private settle(): void {
    if (this.live) this.protocol.advance(this.now);
    this.account.settle();
  }

  private toEvents(): void {
    this.settle();
    this.eventsAtStart = this.events.count;
    this.left = this.record.get('attempts') === 0 ? NaN : this.record.get('next') - this.now;
    this.events.start(this.now);
    this.byEvents = true;
  }

  private toAttempts(): void {
    const { record, events } = this;
    events.stop(events.count - this.eventsAtStart);
    this.byEvents = false;
    // The time to the next attempt has no memory: what was left of it is as good as any.
    record.set('next', Number.isNaN(this.left) ? this.now : this.now + this.left);
    record.set('sinceFlip', 0);
    record.set('flips', record.get('flips') + events.count - this.eventsAtStart);
  }

  private get flips(): number {
    const own = this.record.get('flips');
    return this.byEvents ? own + this.events.count - this.eventsAtStart : own;
  }

  private judge(): void {
    const { flips, now, byEvents, eventCost, record } = this;
    const attempts = record.parts.free.length * (now - this.judged);
    const cost = (flips - this.flipsThen) * eventCost;
    if (record.get('still') === 1) {
      this.judgement = Infinity;
      return;
    }
    if (byEvents && cost > WORTH * attempts) this.toAttempts();
    else if (!byEvents && this.isStill && WORTH * cost < attempts) this.toEvents();
    // There is nothing to judge before something has happened.
    this.judgeLater(this.byEvents ? Math.max(now, this.events.next) : now);
  }

  private judgeLater(due: number): void {
    this.judged = this.now;
    this.flipsThen = this.flips;
    if (due === Infinity) {
      this.judgement = Infinity;
      return;
    }
    // The multiple of a window after `due`: where rounding has `due` a little below one, the one after that.
    const windows = Math.floor(due / this.window) + 1;
    const next = windows * this.window;
    this.judgement = next > due ? next : (windows + 1) * this.window;
  }
}
