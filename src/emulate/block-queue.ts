/** Cells of the shared memory. */
const CELL = { next: 0, allowed: 1, changes: 2 } as const;
const CELLS = 3;

/** Bits of {@link CELL.next} beside the number of the next block: they make a thread's claim on it fail. */
const HELD = 1 << 30;
const ENDED = 1 << 29;
const NUMBER = ENDED - 1;

/**
 * Blocks of a run, in memory that its threads share: each thread takes the next one as soon as it is free, without asking
 * the run's own thread, which says how far they may go.
 */
export class BlockQueue {
  private readonly cells: Int32Array;

  /** @param memory made by {@link BlockQueue.of}, in another thread perhaps */
  constructor(
    readonly memory: SharedArrayBuffer,
    private readonly blocks: number,
  ) {
    this.cells = new Int32Array(memory);
  }

  static of(blocks: number): BlockQueue {
    return new BlockQueue(new SharedArrayBuffer(4 * CELLS), blocks);
  }

  /** The next block's number, once it is allowed; null: there is none any more. Blocks the thread meanwhile. */
  take(): number | null {
    const { cells } = this;
    for (;;) {
      const changes = Atomics.load(cells, CELL.changes);
      const next = Atomics.load(cells, CELL.next);
      if ((next & ENDED) !== 0 || (next & NUMBER) >= this.blocks) return null;
      if ((next & HELD) !== 0 || next >= Atomics.load(cells, CELL.allowed)) {
        Atomics.wait(cells, CELL.changes, changes);
      } else if (Atomics.compareExchange(cells, CELL.next, next, next + 1) === next) {
        return next;
      }
    }
  }

  /** How many have been taken. */
  get taken(): number {
    return Atomics.load(this.cells, CELL.next) & NUMBER;
  }

  /** The first so many may be taken. */
  allow(blocks: number): void {
    if (Atomics.exchange(this.cells, CELL.allowed, blocks) !== blocks) this.changed();
  }

  /** None is taken until {@link release}: {@link taken} stays as it is. */
  hold(): void {
    Atomics.or(this.cells, CELL.next, HELD);
  }

  release(): void {
    Atomics.and(this.cells, CELL.next, ~HELD);
    this.changed();
  }

  /** None is taken any more: {@link taken} stays as it is. */
  end(): void {
    Atomics.or(this.cells, CELL.next, ENDED);
    this.changed();
  }

  private changed(): void {
    Atomics.add(this.cells, CELL.changes, 1);
    Atomics.notify(this.cells, CELL.changes);
  }
}
