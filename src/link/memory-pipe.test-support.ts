import { RandomStream, type Timeline } from '../core/index.js';
import type { ByteLine } from './byte-line.js';

/** Probabilities for each frame that is written; times in ms. */
export interface PipeFaults {
  loss?: number;
  flip?: number;
  duplicate?: number;
  /** Held up by up to `reorderMs`, so that later ones overtake it. */
  reorder?: number;
  reorderMs?: number;
  /** Cut into two pieces. */
  split?: number;
  latencyMs?: number;
}

/** One end of a pipe in memory. */
export class PipeEnd implements ByteLine {
  readonly minRtoMs = 25;
  readonly setBaud: ((baud: number) => Promise<void>) | null;
  baud = 115_200;
  other!: PipeEnd;
  /** Frames that were written and that got lost. */
  written = 0;
  lost = 0;
  private readonly listeners = new Set<(bytes: Uint8Array) => void>();

  constructor(
    private readonly timeline: Timeline,
    private readonly random: RandomStream,
    readonly faults: PipeFaults,
    hasRate: boolean,
  ) {
    this.setBaud = hasRate
      ? async (baud) => {
          this.baud = baud;
        }
      : null;
  }

  write(bytes: Uint8Array): void {
    this.written++;
    const { loss = 0, flip = 0, duplicate = 0, reorder = 0, reorderMs = 30 } = this.faults;
    if (this.random.uniform() < loss) {
      this.lost++;
      return;
    }
    const copies = this.random.uniform() < duplicate ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const sent = bytes.slice();
      if (this.random.uniform() < flip) {
        sent[this.random.integer(sent.length)]! ^= 1 << this.random.integer(8);
      }
      const late = this.random.uniform() < reorder ? this.random.uniform() * reorderMs : 0;
      const { latencyMs = 1, split = 0 } = this.faults;
      const baud = this.baud;
      this.timeline.after(latencyMs + late, () => {
        // At another rate there is nothing but noise.
        if (this.other.baud !== baud) sent.fill(0xa5);
        const cut = this.random.uniform() < split ? this.random.integer(sent.length) : sent.length;
        this.other.hear(sent.subarray(0, cut));
        if (cut < sent.length) this.other.hear(sent.subarray(cut));
      });
    }
  }

  onBytes(listener: (bytes: Uint8Array) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  hear(bytes: Uint8Array): void {
    for (const listener of [...this.listeners]) listener(bytes);
  }
}

export function memoryPipe(
  timeline: Timeline,
  seed: number,
  faults: PipeFaults = {},
  hasRate = false,
): { host: PipeEnd; board: PipeEnd } {
  const end = (index: number): PipeEnd =>
    new PipeEnd(timeline, RandomStream.of(seed, 'dynamics', index), { ...faults }, hasRate);
  const host = end(1);
  const board = end(2);
  host.other = board;
  board.other = host;
  return { host, board };
}
