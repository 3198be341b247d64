import type { SampleChunk } from '../device/index.js';
import type { RecordHeader } from './record-header.js';

/** Rows `from` (inclusive) to `to` (exclusive) of a chunk, counted within it. */
export function sliceChunk(
  chunk: SampleChunk,
  from: number,
  to: number,
  header: Pick<RecordHeader, 'sites' | 'references'>,
): SampleChunk {
  if (from === 0 && to === chunk.rows) return chunk;
  const first = chunk.stateRows.findIndex((row) => row >= from);
  const begin = first < 0 ? chunk.stateRows.length : first;
  const beyond = chunk.stateRows.findIndex((row) => row >= to);
  const stop = beyond < 0 ? chunk.stateRows.length : beyond;
  return {
    firstRow: chunk.firstRow + from,
    rows: to - from,
    shot: chunk.shot.subarray(from, to),
    step: chunk.step.subarray(from, to),
    t: chunk.t.subarray(from, to),
    energy: chunk.energy?.subarray(from, to) ?? null,
    work: chunk.work?.subarray(from, to) ?? null,
    heat: chunk.heat?.subarray(from, to) ?? null,
    overlaps: chunk.overlaps?.subarray(from * header.references, to * header.references) ?? null,
    stateRows: chunk.stateRows.subarray(begin, stop).map((row) => row - from),
    state: chunk.state.subarray(begin * header.sites, stop * header.sites),
  };
}
