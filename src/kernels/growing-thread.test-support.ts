import { parentPort, workerData } from 'node:worker_threads';
import { Arena } from './arena.js';
import type { WasmMemory } from './web-assembly.js';

/** Threads that make arrays in one arena in turns; each looks at the last one as soon as it is there. */
export interface GrowthTask {
  readonly memory: WasmMemory;
  /** Cells of {@link CELL}. */
  readonly cells: SharedArrayBuffer;
  readonly me: number;
  readonly threads: number;
  readonly turns: number;
}
/** Turns that are over, and the place of the last array. */
const CELL = { turns: 0, place: 1 } as const;

/** Entries of an array: more than a page of the memory, so that each array makes it grow. */
const LENGTH = 20_000;
/** Compiled code that runs while a thread waits for its turn. */
const WORK_BYTES = 1 << 16;

/**
 * V8 tells a thread that another one has grown the memory at its next call or round of a loop: not in the midst of compiled
 * code, nor as long as optimised code goes straight on from there.
 */
function takeTurns({ memory, cells: shared, me, threads, turns }: GrowthTask): void {
  const arena = new Arena(memory);
  const cells = new Int32Array(shared);
  const work = new Uint8Array(WORK_BYTES);
  for (let turn = me; turn < turns; turn += threads) {
    while (Atomics.load(cells, CELL.turns) < turn) work.fill(turn);
    if (turn > 0) {
      const last = new Int32Array(arena.buffer, cells[CELL.place], LENGTH);
      if (last[LENGTH - 1] !== turn) throw new Error(`turn ${turn} found ${last[LENGTH - 1]}`);
    }
    const mine = arena.int32(LENGTH);
    mine[LENGTH - 1] = turn + 1;
    cells[CELL.place] = mine.byteOffset;
    Atomics.store(cells, CELL.turns, turn + 1);
  }
}

if (parentPort !== null) {
  takeTurns(workerData as GrowthTask);
  parentPort.postMessage('done');
}
