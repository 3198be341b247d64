import type { SampleChunk } from '../device/index.js';
import type { RecordHeader } from './record-header.js';

type Shape = Pick<RecordHeader, 'sites' | 'references'>;
const CHANNELS = ['energy', 'work', 'heat'] as const;

/** Rows `first`, `first + every`, … of a chunk, counted within it: row k of the answer is the record's `firstRow + k · every`. */
export function thinChunk(
  chunk: SampleChunk,
  first: number,
  every: number,
  { sites, references }: Shape,
): SampleChunk {
  const rows = Math.max(0, Math.ceil((chunk.rows - first) / every));
  const pick = (column: Float64Array | null): Float64Array | null =>
    column && Float64Array.from({ length: rows }, (_, k) => column[first + k * every]!);
  const whole = (column: Int32Array): Int32Array =>
    Int32Array.from({ length: rows }, (_, k) => column[first + k * every]!);
  const { overlaps, state } = chunk;
  let thinned: Float64Array | null = null;
  if (overlaps !== null) {
    thinned = new Float64Array(rows * references);
    for (let k = 0; k < rows; k++) {
      const at = (first + k * every) * references;
      thinned.set(overlaps.subarray(at, at + references), k * references);
    }
  }
  const kept: number[] = [];
  chunk.stateRows.forEach((row, index) => {
    if (row >= first && (row - first) % every === 0) kept.push(index);
  });
  const states = emptyState(state, kept.length * sites);
  kept.forEach((index, k) =>
    states.set(state.subarray(index * sites, (index + 1) * sites), k * sites),
  );
  return {
    firstRow: chunk.firstRow + first,
    rows,
    shot: whole(chunk.shot),
    step: whole(chunk.step),
    t: pick(chunk.t)!,
    energy: pick(chunk.energy),
    work: pick(chunk.work),
    heat: pick(chunk.heat),
    overlaps: thinned,
    stateRows: Int32Array.from(kept, (index) => (chunk.stateRows[index]! - first) / every),
    state: states,
  };
}

/** Chunks one after the other as one, which begins where the first does. */
export function joinChunks(chunks: readonly SampleChunk[], { references }: Shape): SampleChunk {
  if (chunks.length === 1) return chunks[0]!;
  const rows = chunks.reduce((sum, chunk) => sum + chunk.rows, 0);
  const floats = (
    of: (chunk: SampleChunk) => Float64Array | null,
    perRow: number,
  ): Float64Array | null => {
    if (chunks.every((chunk) => of(chunk) === null)) return null;
    const joined = new Float64Array(rows * perRow).fill(NaN);
    let at = 0;
    for (const chunk of chunks) {
      const column = of(chunk);
      if (column !== null) joined.set(column, at * perRow);
      at += chunk.rows;
    }
    return joined;
  };
  const [energy, work, heat] = CHANNELS.map((name) => floats((chunk) => chunk[name], 1));
  const stateRows: number[] = [];
  const state = emptyState(
    chunks[0]!.state,
    chunks.reduce((sum, chunk) => sum + chunk.state.length, 0),
  );
  let row = 0;
  let site = 0;
  for (const chunk of chunks) {
    for (const one of chunk.stateRows) stateRows.push(row + one);
    state.set(chunk.state, site);
    row += chunk.rows;
    site += chunk.state.length;
  }
  const whole = (of: (chunk: SampleChunk) => Int32Array): Int32Array =>
    Int32Array.from(chunks.flatMap((chunk) => Array.from(of(chunk))));
  return {
    firstRow: chunks[0]!.firstRow,
    rows,
    shot: whole((chunk) => chunk.shot),
    step: whole((chunk) => chunk.step),
    t: floats((chunk) => chunk.t, 1)!,
    energy: energy!,
    work: work!,
    heat: heat!,
    overlaps: floats((chunk) => chunk.overlaps, references),
    stateRows: Int32Array.from(stateRows),
    state,
  };
}

const emptyState = (like: Int8Array | Float64Array, length: number): Int8Array | Float64Array =>
  like instanceof Int8Array ? new Int8Array(length) : new Float64Array(length);
