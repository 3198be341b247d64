import { relaxd } from '../../../proto/gen/stream.js';
import type { SampleChunk } from '../../device/index.js';

/** Most rows of one batch, and about how many bytes. */
export const MOST_BATCH_ROWS = 1024;
export const BATCH_BYTES = 262_144;

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

/** What of a message is one viewer's. Messages of Protobuf are put together by putting their bytes one after the other. */
export const encodeHead = (head: BatchHead): Uint8Array =>
  relaxd.stream.v1.SampleBatch.encode(head).finish();

/** What of a message is the same for all viewers: proto/stream.proto. @param every row k is the record's `firstRow + k · every` */
export function encodeRows(chunk: SampleChunk, every: number): Uint8Array {
  const { firstRow, rows, stateRows, state } = chunk;
  const spins = state instanceof Int8Array;
  const list = (column: ArrayLike<number> | null): number[] =>
    // The writer only reads by index, so the typed array itself will do.
    (column ?? []) as number[];
  return relaxd.stream.v1.SampleBatch.encode({
    firstRow,
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
    ...(every === 1 ? {} : { every }),
  }).finish();
}
