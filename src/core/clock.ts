/** Time is injected. `wallMs` is for what people read, `monotonicMs` for intervals. */
export interface Clock {
  /** Milliseconds since 1970-01-01 UTC. */
  wallMs(): number;
  /** Milliseconds on a clock that never goes back; its zero means nothing. */
  monotonicMs(): number;
}

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};

/** A clock that stands still until it is told to move; for tests. */
export class ManualClock implements Clock {
  constructor(private ms = 0) {}
  wallMs(): number {
    return this.ms;
  }
  monotonicMs(): number {
    return this.ms;
  }
  advance(ms: number): void {
    this.ms += ms;
  }
}

export const isoTime = (wallMs: number): string => new Date(wallMs).toISOString();
