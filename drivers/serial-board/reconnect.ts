import type { Timeline } from '../../src/core/index.js';
import type { ReconnectOptions } from './options.js';

export interface NextTry {
  /** From 1 on. */
  readonly number: number;
  readonly of: number;
  /** Wall clock, ms. */
  readonly atMs: number;
}

/** Tries again with growing delays, so often and not more. */
export class ReconnectLadder {
  private rung = 0;
  private callOff: (() => void) | null = null;
  /** Which climb it is: what a former one finds out is of no interest. */
  private climbing = 0;

  /** @param uniform draws from [0, 1): a rack of boards that lost its power at once does not come back at once */
  constructor(
    private readonly options: ReconnectOptions,
    private readonly timeline: Timeline,
    private readonly uniform: () => number,
    private readonly on: {
      /** When the next try is, or null: there will be none. */
      readonly planned: (next: NextTry | null) => void;
      /** Rejects where the board is still not there. */
      readonly attempt: () => Promise<void>;
    },
  ) {}

  /** Begins at the first rung. */
  start(): void {
    this.stop();
    this.rung = 0;
    this.plan();
  }

  stop(): void {
    this.climbing++;
    this.callOff?.();
    this.callOff = null;
  }

  private plan(): void {
    const { delaysMs, jitter } = this.options;
    const delayMs = delaysMs[this.rung];
    if (delayMs === undefined) {
      this.on.planned(null);
      return;
    }
    this.rung++;
    const waitMs = delayMs * (1 + jitter * (2 * this.uniform() - 1));
    this.callOff = this.timeline.after(waitMs, () => {
      this.callOff = null;
      const { climbing } = this;
      this.on.attempt().catch(() => {
        if (this.climbing === climbing) this.plan();
      });
    });
    const atMs = this.timeline.wallMs() + waitMs;
    this.on.planned({ number: this.rung, of: delaysMs.length, atMs });
  }
}
