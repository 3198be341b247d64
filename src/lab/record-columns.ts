import type { SampleChunk } from '../device/index.js';
import { hasOverlaps, SCALAR_CHANNELS, type RecordHeader } from './record-header.js';
import type { RecordReader } from './record-reader.js';

export type ColumnArray = Int8Array | Int32Array | Float64Array | BigInt64Array;

/** One array of an export: its first axis is the row, or the shot for `final_states`. */
export interface RecordColumn {
  readonly name: string;
  readonly type: 'int8' | 'int32' | 'int64' | 'float64';
  /** Entries per row, for arrays of two axes; null: one axis. */
  readonly width: number | null;
  /** Length of the first axis. */
  readonly rows: number;
  /** The part that a chunk contributes. */
  take(chunk: SampleChunk): ColumnArray;
}

/**
 * The arrays that an NPZ or HDF5 export has: `row, shot, step, t`, the recorded channels, `overlaps`
 * [rows × references], `state` [rows × sites] where each row was to have one, and `final_states`
 * [shots × sites] of the shots that came to their end.
 */
export async function recordColumns(record: RecordReader): Promise<RecordColumn[]> {
  const { header, rows } = record;
  const columns: RecordColumn[] = [
    {
      name: 'row',
      type: 'int64',
      width: null,
      rows,
      take: (chunk) =>
        BigInt64Array.from({ length: chunk.rows }, (_, k) => BigInt(chunk.firstRow + k)),
    },
    { name: 'shot', type: 'int32', width: null, rows, take: (chunk) => chunk.shot },
    { name: 'step', type: 'int32', width: null, rows, take: (chunk) => chunk.step },
    { name: 't', type: 'float64', width: null, rows, take: (chunk) => chunk.t },
  ];
  for (const name of SCALAR_CHANNELS) {
    if (!header.channels.includes(name)) continue;
    const take = (chunk: SampleChunk): Float64Array => chunk[name] ?? missing(chunk.rows);
    columns.push({ name, type: 'float64', width: null, rows, take });
  }
  if (hasOverlaps(header)) {
    columns.push({
      name: 'overlaps',
      type: 'float64',
      width: header.references,
      rows,
      take: (chunk) => chunk.overlaps ?? missing(chunk.rows * header.references),
    });
  }
  const type = header.siteKind === 'ising' ? 'int8' : 'float64';
  if (header.channels.includes('state')) {
    const take = (chunk: SampleChunk): ColumnArray => everyState(chunk, header);
    columns.push({ name: 'state', type, width: header.sites, rows, take });
  }
  let finals = 0;
  for await (const chunk of record.chunks()) {
    for (const row of chunk.stateRows) if (isFinal(chunk, row, header)) finals++;
  }
  columns.push({
    name: 'final_states',
    type,
    width: header.sites,
    rows: finals,
    take: (chunk) => finalStates(chunk, header),
  });
  return columns;
}

const missing = (length: number): Float64Array => new Float64Array(length).fill(NaN);

const isFinal = (chunk: SampleChunk, row: number, header: RecordHeader): boolean =>
  chunk.step[row] === header.readouts - 1;

/** A state for each row: 0, or NaN for sites that are no spins, where there was none. */
function everyState(chunk: SampleChunk, { sites, siteKind }: RecordHeader): ColumnArray {
  if (chunk.stateRows.length === chunk.rows) return chunk.state;
  const all =
    siteKind === 'ising' ? new Int8Array(chunk.rows * sites) : missing(chunk.rows * sites);
  chunk.stateRows.forEach((row, k) => {
    all.set(chunk.state.subarray(k * sites, (k + 1) * sites), row * sites);
  });
  return all;
}

function finalStates(chunk: SampleChunk, header: RecordHeader): ColumnArray {
  const { sites } = header;
  const finals = [...chunk.stateRows.keys()].filter((k) =>
    isFinal(chunk, chunk.stateRows[k]!, header),
  );
  const length = finals.length * sites;
  const states = header.siteKind === 'ising' ? new Int8Array(length) : new Float64Array(length);
  finals.forEach((k, at) => {
    states.set(chunk.state.subarray(k * sites, (k + 1) * sites), at * sites);
  });
  return states;
}
