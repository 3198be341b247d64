import type { Clock } from '../core/index.js';

/** Whoever read a record page by page is taken to go on for so long. */
const GOES_ON_MS = 60_000;

/** Keeps records that are read from being deleted, and readers from records that are being deleted. */
export class ReadingGuard {
  private readonly readers = new Map<string, number>();
  private readonly readAtMs = new Map<string, number>();
  private readonly removals = new Map<string, Promise<unknown>>();

  constructor(private readonly clock: Clock) {}

  async reading<T>(run: string, work: () => Promise<T>): Promise<T> {
    // A deletion that is under way comes first: what it leaves is read.
    for (let removal; (removal = this.removals.get(run)) !== undefined;) await removal;
    this.readers.set(run, (this.readers.get(run) ?? 0) + 1);
    try {
      return await work();
    } finally {
      const left = this.readers.get(run)! - 1;
      if (left > 0) this.readers.set(run, left);
      else this.readers.delete(run);
      this.remember(run);
    }
  }

  isRead(run: string): boolean {
    if (this.readers.has(run)) return true;
    const atMs = this.readAtMs.get(run);
    if (atMs === undefined) return false;
    if (this.clock.monotonicMs() - atMs < GOES_ON_MS) return true;
    this.readAtMs.delete(run);
    return false;
  }

  private remember(run: string): void {
    const nowMs = this.clock.monotonicMs();
    // The last one comes last: those before it are the ones to forget.
    this.readAtMs.delete(run);
    this.readAtMs.set(run, nowMs);
    for (const [other, atMs] of this.readAtMs) {
      if (nowMs - atMs < GOES_ON_MS) break;
      this.readAtMs.delete(other);
    }
  }

  /**
   * Does the work while nobody reads; null: somebody does.
   *
   * @param goesOn whoever has read a page lately counts too
   */
  async removing<T>(run: string, work: () => Promise<T>, goesOn = true): Promise<T | null> {
    const isRead = goesOn ? this.isRead(run) : this.readers.has(run);
    if (isRead || this.removals.has(run)) return null;
    const removal = work();
    this.removals.set(
      run,
      removal.catch(() => undefined),
    );
    try {
      return await removal;
    } finally {
      this.removals.delete(run);
    }
  }
}
