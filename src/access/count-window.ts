import type { Clock } from '../core/index.js';

interface Window {
  readonly endsAtMs: number;
  count: number;
}

/** Counts events by name in windows of a fixed length, for at most so many names at once. */
export class CountWindow {
  private readonly windows = new Map<string, Window>();

  constructor(
    private readonly clock: Clock,
    private readonly lengthMs: number,
    private readonly mostNames = 10_000,
  ) {}

  /** Counts one. @returns how many there are in this window now, and how long it lasts yet */
  add(name: string): { readonly count: number; readonly leftMs: number } {
    const nowMs = this.clock.monotonicMs();
    let window = this.windows.get(name);
    if (window === undefined || window.endsAtMs <= nowMs) {
      this.windows.delete(name);
      if (this.windows.size >= this.mostNames) this.forget(nowMs);
      window = { endsAtMs: nowMs + this.lengthMs, count: 0 };
      this.windows.set(name, window);
    }
    window.count++;
    return { count: window.count, leftMs: window.endsAtMs - nowMs };
  }

  /** Those that are over, and where that makes no room the oldest. */
  private forget(nowMs: number): void {
    for (const [name, { endsAtMs }] of this.windows) {
      if (endsAtMs <= nowMs) this.windows.delete(name);
    }
    const [oldest] = this.windows.keys();
    if (this.windows.size >= this.mostNames && oldest !== undefined) this.windows.delete(oldest);
  }
}
