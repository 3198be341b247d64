import type { Timeline } from '../core/index.js';

export type LinkState = 'online' | 'suspect' | 'down';

/** Without a valid frame for so long, ms. */
const SUSPECT_MS = 1500;
const DOWN_MS = 3000;
const HEARTBEAT_MS = 250;
const HEARTBEAT_DEADLINE_MS = 1000;
/** The next heartbeat waits where so many have not been answered. */
const MOST_HEARTBEATS = 2;
/** A look that comes later than this says more of this process than of the board: it looks again. */
const LATE_MS = 250;

/**
 * Whether the board is there, from the valid frames that it sends (its health comes every 500 ms), whatever the operating
 * system says of the port. Down is the end.
 */
export class Liveness {
  private current: LinkState = 'online';
  private callOff: (() => void) | null = null;

  constructor(
    private readonly timeline: Timeline,
    private readonly lastHeardMs: () => number,
    private readonly changed: (state: LinkState, reason: string) => void,
  ) {
    this.lookIn(SUSPECT_MS);
  }

  get state(): LinkState {
    return this.current;
  }

  stop(): void {
    this.callOff?.();
    this.callOff = null;
  }

  private lookIn(ms: number): void {
    const dueMs = this.timeline.monotonicMs() + ms;
    this.callOff = this.timeline.after(ms, () => {
      // Bytes that came while this process stood still are read before the board is called silent.
      if (this.timeline.monotonicMs() - dueMs > LATE_MS) this.lookIn(LATE_MS / 2);
      else this.look();
    });
  }

  private look(): void {
    this.callOff = null;
    const silentMs = this.timeline.monotonicMs() - this.lastHeardMs();
    if (silentMs >= DOWN_MS) {
      this.become('down', `no valid frame for ${DOWN_MS / 1000} s`);
      return;
    }
    const suspect = silentMs >= SUSPECT_MS;
    if (suspect) this.lookIn(Math.min(HEARTBEAT_MS, DOWN_MS - silentMs));
    else this.lookIn(SUSPECT_MS - silentMs);
    if (suspect) this.become('suspect', `no valid frame for ${SUSPECT_MS / 1000} s`);
    else this.become('online', 'valid frames come again');
  }

  private become(state: LinkState, reason: string): void {
    if (state === this.current) return;
    this.current = state;
    this.changed(state, reason);
  }
}

/** Extends the host's lease every 250 ms until it is stopped. */
export class Heartbeat {
  private unanswered = 0;
  private stopped = false;
  private callOff: (() => void) | null = null;

  /** @param beat sends one; whether it was answered OK is the board's affair and in the statistics */
  constructor(
    private readonly timeline: Timeline,
    private readonly beat: (deadlineMs: number) => Promise<unknown>,
  ) {
    this.next();
  }

  stop(): void {
    this.stopped = true;
    this.callOff?.();
  }

  private next(): void {
    if (this.stopped) return;
    if (this.unanswered < MOST_HEARTBEATS) {
      this.unanswered++;
      const answered = (): void => {
        this.unanswered--;
      };
      this.beat(HEARTBEAT_DEADLINE_MS).then(answered, answered);
    }
    this.callOff = this.timeline.after(HEARTBEAT_MS, () => this.next());
  }
}
