import type { Timeline } from '../src/core/index.js';
import { SampleBatch } from './messages.js';
import type { SampleBuffer } from './sample-buffer.js';

/** Parts of batches go out so often, 40 times a second; whole ones whenever the line is free. */
const BATCH_MS = 25;
/** Samples do not queue up for longer than this before what is reliable. */
const BACKLOG_MS = 5;

/** Sends samples as the line has room for them. */
export class SamplePump {
  private cancel: (() => void) | null = null;
  private lastMs = -Infinity;

  constructor(
    private readonly timeline: Timeline,
    private readonly samples: SampleBuffer,
    private readonly line: {
      readonly payloadBytes: number;
      backlogMs(): number;
      send(payload: Uint8Array): void;
    },
    /** Nothing waits any more. */
    private readonly onEmpty: () => void,
  ) {}

  /** There may be something to send. */
  wake(): void {
    const nowMs = this.timeline.monotonicMs();
    const partToo = nowMs - this.lastMs >= BATCH_MS;
    while (this.line.backlogMs() < BACKLOG_MS) {
      const batch = this.samples.takeBatch(this.line.payloadBytes, !partToo);
      if (batch === null) break;
      this.lastMs = nowMs;
      this.line.send(SampleBatch.encode(batch).finish());
    }
    if (this.samples.isEmpty) {
      this.stop();
      this.onEmpty();
      return;
    }
    if (this.cancel !== null) return;
    const backlogMs = this.line.backlogMs();
    const waitMs = backlogMs >= BACKLOG_MS ? backlogMs - BACKLOG_MS + 0.1 : BATCH_MS;
    this.cancel = this.timeline.after(waitMs, () => {
      this.cancel = null;
      this.wake();
    });
  }

  stop(): void {
    this.cancel?.();
    this.cancel = null;
  }
}
