import { relaxd } from '../../../proto/gen/stream.js';
import type { SampleChunk } from '../../device/index.js';

/** Most rows of one batch, and about how many bytes. */
export const MOST_BATCH_ROWS = 1024;
export const BATCH_BYTES = 1_048_576;

/** How many rows of a run go into one batch. */
export function batchRows(references: number, sites: number, bytesPerSite: 1 | 8): number {
  const row = 8 * (6 + references) + sites * bytesPerSite;
  return Math.max(1, Math.min(MOST_BATCH_ROWS, Math.floor(BATCH_BYTES / row)));
}

export interface BatchHead {
  readonly subscription: string;
  readonly run: string;
  readonly origin: string;
  readonly sequence: number;
}

/** Rows of the record as a binary message: proto/stream.proto. */
export function encodeBatch(head: BatchHead, chunk: SampleChunk): Uint8Array {
  const { rows, stateRows, state } = chunk;
  const spins = state instanceof Int8Array;
  const list = (column: ArrayLike<number> | null): number[] =>
    // The writer only reads by index, so the typed array itself will do.
    (column ?? []) as number[];
  return relaxd.stream.v1.SampleBatch.encode({
    ...head,
    firstRow: chunk.firstRow,
    rows,
    shot: list(chunk.shot),
    step: list(chunk.step),
    t: list(chunk.t),
    energy: list(chunk.energy),
    work: list(chunk.work),
    heat: list(chunk.heat),
    references: chunk.overlaps === null || rows === 0 ? 0 : chunk.overlaps.length / rows,
    overlaps: list(chunk.overlaps),
    stateRows: list(stateRows),
    sites: stateRows.length === 0 ? 0 : state.length / stateRows.length,
    stateSpins: spins
      ? new Uint8Array(state.buffer, state.byteOffset, state.length)
      : new Uint8Array(),
    stateValues: spins ? [] : list(state),
  }).finish();
}
