import type { Timeline } from '../../src/core/index.js';

/** Start bit, eight, stop bit. */
const BITS_A_BYTE = 10;
/** Bytes are handed on so often at most, as a receiver's FIFO does it. */
const GRAIN_MS = 1;

/** One direction of a serial line: bytes arrive no faster than its rate lets them. */
export class PacedLine {
  private queue: Uint8Array[] = [];
  private queuedBytes = 0;
  /** When the line has sent what was written so far. */
  private freeAtMs = 0;
  private cancel: (() => void) | null = null;
  private sentUntilMs = 0;

  /** @param baud null: at once */
  constructor(
    private readonly timeline: Timeline,
    private baudRate: number | null,
    private readonly deliver: (bytes: Uint8Array, baud: number | null) => void,
  ) {}

  get baud(): number | null {
    return this.baudRate;
  }

  /** For what has not left yet. */
  setBaud(baud: number | null): void {
    // What has left did so at the rate before.
    if (this.queuedBytes > 0) this.flush();
    this.baudRate = baud;
    this.freeAtMs = this.timeline.monotonicMs() + this.queuedBytes * this.byteMs;
    this.cancel?.();
    this.cancel = null;
    this.later();
  }

  write(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const nowMs = this.timeline.monotonicMs();
    if (this.queuedBytes === 0) this.sentUntilMs = Math.max(nowMs, this.sentUntilMs);
    this.queue.push(bytes.slice());
    this.queuedBytes += bytes.length;
    this.freeAtMs = Math.max(nowMs, this.freeAtMs) + bytes.length * this.byteMs;
    this.later();
  }

  /** Until everything that was written has left, ms. */
  backlogMs(): number {
    return Math.max(0, this.freeAtMs - this.timeline.monotonicMs());
  }

  close(): void {
    this.cancel?.();
    this.cancel = null;
    this.queue = [];
    this.queuedBytes = 0;
  }

  private get byteMs(): number {
    return this.baudRate === null ? 0 : (BITS_A_BYTE * 1000) / this.baudRate;
  }

  private later(): void {
    if (this.cancel !== null || this.queuedBytes === 0) return;
    const { byteMs } = this;
    const waitMs = byteMs === 0 ? 0 : Math.min(this.backlogMs(), Math.max(GRAIN_MS, byteMs));
    this.cancel = this.timeline.after(waitMs, () => {
      this.cancel = null;
      this.flush();
      this.later();
    });
  }

  private flush(): void {
    const { byteMs } = this;
    const nowMs = this.timeline.monotonicMs();
    // A little more than was sent is as good as what rounding would leave.
    const due = byteMs === 0 ? Infinity : Math.floor((nowMs - this.sentUntilMs) / byteMs + 1e-6);
    let left = Math.min(this.queuedBytes, due);
    this.sentUntilMs = due === Infinity ? nowMs : this.sentUntilMs + left * byteMs;
    while (left > 0) {
      const first = this.queue[0]!;
      const part = first.subarray(0, left);
      if (part.length === first.length) this.queue.shift();
      else this.queue[0] = first.subarray(part.length);
      left -= part.length;
      this.queuedBytes -= part.length;
      this.deliver(part, this.baudRate);
    }
  }
}
