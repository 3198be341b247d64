import { RelaxdError, type RandomStream } from '../../../core/index.js';
import type { CourseSegments } from './course-segments.js';

/** While something ramps, rates are bounded over windows of this many expected events, … */
const EVENTS_A_WINDOW = 4;
/** … of at least and at most these parts of the ramp. */
const LEAST_WINDOW = 1 / 256;
const MOST_WINDOW = 1 / 16;
const EVENTS_A_REPORT = 4096;

/** Things that happen one at a time at rates that depend on the state and on the protocol. */
export interface Jumps {
  /** Takes the protocol's values at time t, not earlier than any before. */
  moveTo(t: number): void;
  /** The total rate at the present state and protocol. */
  readRates(): number;
  /** A number that no total rate exceeds between now and a later time of the segment, at the present state. */
  boundUntil(segment: number, t: number): number;
  /** Makes happen what a number, uniform below the total rate of the last `readRates`, falls to. */
  jump(draw: number): void;
}

/**
 * Gillespie's direct method (1977): no attempt is rejected while nothing is ramped. While couplings, drives or the
 * temperature change, candidates come at a bound of the total rate over a short window and are kept with the
 * probability of the true rate (thinning, Lewis & Shedler 1979). Both are exact. Windows do not depend on when the state
 * is looked at.
 */
export class EventClock {
  private stream: RandomStream | null = null;
  private total = 0;
  /** Rate of candidates up to `windowEnd`; the true total where nothing changes. */
  private bound = 0;
  private windowEnd = 0;
  private steady = false;
  /** Time of the next candidate, or of the window's end. */
  private next = 0;
  private isCandidate = false;
  private events = 0;

  constructor(
    private readonly jumps: Jumps,
    private readonly segments: CourseSegments,
    private readonly duration: number,
  ) {}

  /** Starts at time t, where the protocol stands. */
  start(t: number, stream: RandomStream): void {
    this.stream = stream;
    this.events = 0;
    this.segments.rewind();
    this.plan(t);
  }

  /** Lets everything up to time `until`, included, happen; the protocol stands at the last event afterwards. */
  advanceTo(until: number, onProgress: (t: number) => void): void {
    while (this.next <= until) {
      const t = this.next;
      this.jumps.moveTo(t);
      if (this.isCandidate) this.consider(t);
      else this.plan(t);
      if (++this.events % EVENTS_A_REPORT === 0) onProgress(t);
    }
  }

  /** A candidate at time t: drawn at the bound, kept at the rates. */
  private consider(t: number): void {
    if (!this.steady) this.total = this.jumps.readRates();
    const draw = this.stream!.uniform() * this.bound;
    if (draw >= this.total) return this.schedule(t);
    this.jumps.jump(draw);
    this.plan(t);
  }

  /** Opens a window at time t and draws the first candidate in it. */
  private plan(t: number): void {
    const { segments, jumps } = this;
    const segment = segments.at(t);
    const end = segments.end(segment);
    this.total = jumps.readRates();
    this.steady = segments.isStill(segment) || t >= end;
    this.windowEnd = end;
    this.bound = this.total;
    if (!this.steady) {
      const length = end - segments.start(segment);
      const wanted = this.total > 0 ? EVENTS_A_WINDOW / this.total : Infinity;
      const width = Math.max(LEAST_WINDOW * length, Math.min(MOST_WINDOW * length, wanted));
      if (t + width < end - 1e-12 * length) this.windowEnd = t + width;
      this.bound = jumps.boundUntil(segment, this.windowEnd);
    }
    // Infinite rates would happen for ever at one time, and rates that are no numbers never.
    if (!Number.isFinite(this.bound)) {
      throw new RelaxdError('diverged', `rates left the range of numbers by t = ${t}`, {
        t,
        hint: 'a larger unit of energy',
      });
    }
    this.schedule(t);
  }

  private schedule(t: number): void {
    this.next = this.bound > 0 ? t + this.stream!.exponential() / this.bound : Infinity;
    this.isCandidate = this.next < this.windowEnd;
    if (this.isCandidate) return;
    this.next = this.windowEnd < this.duration ? this.windowEnd : Infinity;
  }
}
