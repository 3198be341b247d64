import { systemClock, type Clock } from './clock.js';

/** Time that one can wait on. Injected, so that what takes hours on a wire takes milliseconds in a test. */
export interface Timeline extends Clock {
  /** Calls `ring` once, `delayMs` from now; the function that comes back calls it off. */
  after(delayMs: number, ring: () => void): () => void;
}

/** Node fires at once where a delay does not fit 31 bits. */
const LONGEST_MS = 2 ** 31 - 1;

/** The machine's own time. Its timers do not keep the process alive by themselves. */
export const systemTimeline: Timeline = {
  ...systemClock,
  after(delayMs, ring) {
    const timer = setTimeout(ring, Math.min(Math.max(0, delayMs), LONGEST_MS));
    timer.unref();
    return () => clearTimeout(timer);
  },
};

interface Alarm {
  readonly atMs: number;
  readonly order: number;
  /** Null: called off. */
  ring: (() => void) | null;
}

/**
 * Time that jumps from alarm to alarm. Alarms at one moment ring in the order in which they were set; between two of them
 * every promise that can go on does.
 */
export class VirtualTimeline implements Timeline {
  private nowMs = 0;
  private set = 0;
  /** A binary heap: the earliest alarm is the first. */
  private readonly heap: Alarm[] = [];

  /** @param startWallMs what the wall clock says at the beginning, ms since 1970 */
  constructor(private readonly startWallMs = Date.parse('2026-01-01T00:00:00.000Z')) {}

  wallMs(): number {
    return this.startWallMs + this.nowMs;
  }
  monotonicMs(): number {
    return this.nowMs;
  }

  after(delayMs: number, ring: () => void): () => void {
    const alarm: Alarm = { atMs: this.nowMs + Math.max(0, delayMs), order: this.set++, ring };
    this.push(alarm);
    return () => {
      alarm.ring = null;
    };
  }

  /** Lets `ms` go by. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms;
    for (;;) {
      await settle();
      const next = this.next();
      if (next === undefined || next.atMs > untilMs) break;
      this.nowMs = next.atMs;
      this.pop().ring?.();
    }
    this.nowMs = untilMs;
    await settle();
  }

  /**
   * Lets time go by until the promise is settled.
   *
   * @param limitMs of virtual time
   * @throws Error where the limit has passed, or nothing is left that could happen
   */
  async until<T>(promise: Promise<T>, limitMs = 3_600_000): Promise<T> {
    let settled = false;
    const done = (): void => {
      settled = true;
    };
    promise.then(done, done);
    const untilMs = this.nowMs + limitMs;
    for (;;) {
      await settle();
      if (settled) return promise;
      const next = this.next();
      if (next === undefined) throw new Error('nothing is left that could happen');
      if (next.atMs > untilMs) throw new Error(`it did not happen within ${limitMs} ms`);
      this.nowMs = next.atMs;
      this.pop().ring?.();
    }
  }

  private next(): Alarm | undefined {
    for (;;) {
      const first = this.heap[0];
      if (first === undefined || first.ring !== null) return first;
      this.pop();
    }
  }

  private push(alarm: Alarm): void {
    const { heap } = this;
    let k = heap.push(alarm) - 1;
    while (k > 0) {
      const parent = (k - 1) >> 1;
      if (!earlier(alarm, heap[parent]!)) break;
      heap[k] = heap[parent]!;
      k = parent;
    }
    heap[k] = alarm;
  }

  private pop(): Alarm {
    const { heap } = this;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    let k = 0;
    for (;;) {
      let child = 2 * k + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && earlier(heap[child + 1]!, heap[child]!)) child++;
      if (!earlier(heap[child]!, last)) break;
      heap[k] = heap[child]!;
      k = child;
    }
    heap[k] = last;
    return first;
  }
}

const earlier = (a: Alarm, b: Alarm): boolean =>
  a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

/** Every promise that can go on now does: each turn runs all microtasks. */
async function settle(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}
