import { asRelaxdError, throwIfAborted, type Clock } from '../core/index.js';
import type { LivePart } from './node-line.js';
import type { RecordSeal } from './run-recorder.js';
import type { Sealed, SharedStore } from './shared-store.js';
import type { Fence } from './store.js';

/** A block is stored after at most so long or so much: what a node takes with it when it dies. */
const MOST_UNSEALED_MS = 500;
const MOST_UNSEALED_BYTES = 1024 * 1024;
const TRY_AGAIN_MS = 1000;

export interface SealPorts {
  readonly store: Pick<SharedStore, 'seal'>;
  readonly fence: Fence;
  readonly clock: Clock;
  wait(delayMs: number): Promise<void>;
  /** For those who watch; what of it they miss they find in the store. */
  live(part: LivePart): void;
}

/** Brings the bytes of a record into the store, block by block, under the lease of the node that has the run. */
export class SealedRecord implements RecordSeal {
  private parts: Uint8Array[] = [];
  private bytes = 0;
  private offset = 0;
  private rows = 0;
  private sealedRows = 0;
  private shots = 0;
  private nextRow = 0;
  private blocks = 0;
  private sealedAtMs = 0;

  constructor(
    private readonly run: string,
    private readonly ports: SealPorts,
    private readonly signal: AbortSignal,
  ) {}

  async add(bytes: Uint8Array, rows: number, shots: number, nextRow: number): Promise<void> {
    // Time counts from the first byte that waits.
    if (this.bytes === 0 && this.blocks === 0) this.sealedAtMs = this.ports.clock.monotonicMs();
    this.parts.push(bytes);
    this.bytes += bytes.length;
    this.rows += rows;
    this.shots = shots;
    this.nextRow = nextRow;
    this.ports.live({ offset: this.offset, bytes, rows: this.rows, shots });
    this.offset += bytes.length;
    const waitedMs = this.ports.clock.monotonicMs() - this.sealedAtMs;
    if (this.bytes >= MOST_UNSEALED_BYTES || waitedMs >= MOST_UNSEALED_MS) await this.flush();
  }

  /** Stores what there is. While the store is away the device waits: what cannot be recorded is not measured. */
  async flush(): Promise<void> {
    if (this.bytes === 0) return;
    const { store, fence, clock } = this.ports;
    const block = { number: this.blocks, bytes: Buffer.concat(this.parts) };
    const after: Sealed = {
      rows: this.rows,
      shots: this.shots,
      nextRow: this.nextRow,
      blocks: this.blocks + 1,
    };
    for (;;) {
      try {
        await store.seal(this.run, block, this.rows - this.sealedRows, after, fence);
        break;
      } catch (error) {
        if (!['store-failed', 'disk-full'].includes(asRelaxdError(error).code)) throw error;
        throwIfAborted(this.signal);
        await this.ports.wait(TRY_AGAIN_MS);
      }
    }
    this.parts = [];
    this.bytes = 0;
    this.sealedRows = this.rows;
    this.blocks++;
    this.sealedAtMs = clock.monotonicMs();
  }
}
