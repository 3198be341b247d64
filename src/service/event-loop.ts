import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How late the event loop was lately, ms: what every answer waits for at least. */
export interface LoopLag {
  readonly meanMs: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

const RESOLUTION_MS = 10;
const LATELY_MS = 10_000;

/** Watches the event loop of this process. */
export class EventLoop implements Disposable {
  private readonly histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  private before: LoopLag | null = null;
  private readonly timer: NodeJS.Timeout;

  constructor() {
    this.histogram.enable();
    this.timer = setInterval(() => {
      this.before = this.now();
      this.histogram.reset();
    }, LATELY_MS);
    this.timer.unref();
  }

  /** Of the last ten to twenty seconds. */
  get lag(): LoopLag {
    const now = this.now();
    if (this.before === null) return now;
    const worse = (member: keyof LoopLag): number => Math.max(now[member], this.before![member]);
    return { meanMs: now.meanMs, p99Ms: worse('p99Ms'), maxMs: worse('maxMs') };
  }

  private now(): LoopLag {
    const { histogram } = this;
    if (histogram.count === 0) return { meanMs: 0, p99Ms: 0, maxMs: 0 };
    const late = (ns: number): number =>
      Math.round(10 * Math.max(0, ns / 1e6 - RESOLUTION_MS)) / 10;
    return {
      meanMs: late(histogram.mean),
      p99Ms: late(histogram.percentile(99)),
      maxMs: late(histogram.max),
    };
  }

  [Symbol.dispose](): void {
    clearInterval(this.timer);
    this.histogram.disable();
  }
}
