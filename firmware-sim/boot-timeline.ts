import type { Timeline } from '../src/core/index.js';

/**
 * The time of one boot of the board: nothing of it rings after the boot has ended, and while the processor hangs what
 * should ring waits.
 */
export class BootTimeline implements Timeline {
  private hung = false;
  private closed = false;
  private late: (() => void)[] = [];

  constructor(private readonly timeline: Timeline) {}

  wallMs(): number {
    return this.timeline.wallMs();
  }
  monotonicMs(): number {
    return this.timeline.monotonicMs();
  }

  get isHung(): boolean {
    return this.hung;
  }

  after(delayMs: number, ring: () => void): () => void {
    let off = false;
    const once = (): void => {
      if (off || this.closed) return;
      if (this.hung) this.late.push(once);
      else ring();
    };
    const cancel = this.timeline.after(delayMs, once);
    return () => {
      off = true;
      cancel();
    };
  }

  hang(): void {
    this.hung = true;
  }

  resume(): void {
    this.hung = false;
    const late = this.late;
    this.late = [];
    for (const ring of late) ring();
  }

  close(): void {
    this.closed = true;
    this.late = [];
  }
}
