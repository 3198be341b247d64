import type { Clock } from '../src/core/index.js';

/** The board's free-running counter: a nominal rate, an error in parts per million and an offset from the start. */
export class BoardClock {
  private fromMs: number;
  private fromTicks: number;

  /** @param offsetTicks what it says at the start */
  constructor(
    private readonly clock: Pick<Clock, 'monotonicMs'>,
    readonly tickHz: number,
    private ppm: number,
    offsetTicks: number,
  ) {
    this.fromMs = clock.monotonicMs();
    this.fromTicks = offsetTicks;
  }

  /** Whole ticks since the start, offset included. */
  ticks(): number {
    return Math.floor(this.exactTicks());
  }

  /** Another error of the rate from now on; the counter goes on from where it is. */
  setPpm(ppm: number): void {
    this.fromTicks = this.exactTicks();
    this.fromMs = this.clock.monotonicMs();
    this.ppm = ppm;
  }

  private exactTicks(): number {
    const elapsedMs = this.clock.monotonicMs() - this.fromMs;
    return this.fromTicks + (elapsedMs / 1000) * this.tickHz * (1 + this.ppm * 1e-6);
  }
}
