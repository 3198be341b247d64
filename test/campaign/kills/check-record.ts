import type { RunRow } from '../../../src/lab/index.js';
import { RecordReader } from '../../../src/lab/record-reader.js';
import type { SampleChunk } from '../../../src/device/index.js';
import { coldRecord } from './cold-records.js';
import type { StoredRun } from './store-snapshot.js';
import { witnessRow } from './witness-samples.js';

/**
 * Reads a record as anybody would, and holds every sample against what the device must have given. Answers with what is wrong.
 *
 * @param path null: the run has no record
 * @param sealed the record is blocks of whole messages in a store, which need no end mark
 */
export async function checkRecord(
  path: string | null,
  { row, gaps, stops }: StoredRun,
  sealed: boolean,
): Promise<string[]> {
  const wrong: string[] = [];
  const breaks = (what: string): void =>
    void wrong.push(`record of run ${row.id} (${row.state}, ${row.record}): ${what}`);
  const told = stops[0]?.['rows'];
  if (told !== row.rows) breaks(`its stop document says ${String(told)} rows, its row ${row.rows}`);
  if (path === null || row.record === 'missing') {
    if (row.rows !== 0) breaks(`it is not there, and should have ${row.rows} rows`);
    // A file in which not even the schema is whole is none.
    if ((path === null ? 0 : (coldRecord(path)?.whole ?? 0)) > 0) {
      breaks('it is there and said to be missing');
    }
    if (row.state === 'completed') breaks('its run has completed, and it is not there');
    return wrong;
  }
  let reader: RecordReader;
  try {
    reader = await RecordReader.open(path);
  } catch (error) {
    breaks(`it cannot be read: ${(error as Error).message}`);
    return wrong;
  }
  try {
    if (reader.damage !== null) breaks(`its end is torn: ${reader.damage.reason}`);
    if (!reader.ended && !sealed) breaks('it has no end');
    if (reader.rows !== row.rows) breaks(`it has ${reader.rows} rows, and should have ${row.rows}`);
    const { header } = reader;
    if (header.run !== row.id || header.job !== row.job) breaks('it is of another run');
    let next = 0;
    let shots = 0;
    for await (const chunk of reader.chunks()) {
      if (chunk.firstRow !== next && !isGap(gaps, next, chunk.firstRow)) {
        breaks(`row ${chunk.firstRow} follows row ${next - 1}, and no gap is told`);
      }
      next = chunk.firstRow + chunk.rows;
      if (row.device.startsWith('witness')) wrong.push(...checkRows(chunk, row, header.sites));
      const last = chunk.rows - 1;
      shots = chunk.step[last] === header.readouts - 1 ? chunk.shot[last]! + 1 : chunk.shot[last]!;
    }
    if (row.state === 'completed' && shots !== row.shots) {
      breaks(`it has ${shots} whole shots, and the run has ${row.shots}`);
    }
    if (row.state === 'completed' && next !== row.shots * header.readouts) {
      breaks(`it ends with row ${next - 1}, and ${row.shots} shots were measured`);
    }
  } catch (error) {
    breaks(`it cannot be read: ${(error as Error).message}`);
  } finally {
    await reader[Symbol.asyncDispose]();
  }
  return wrong;
}

const isGap = (gaps: StoredRun['gaps'], from: number, to: number): boolean =>
  gaps.some((gap) => gap['firstRow'] === from && gap['rows'] === to - from);

/** The first row that is not what the device has given, in the channels that were recorded. */
export function checkRows(
  chunk: SampleChunk,
  run: Pick<RunRow, 'id' | 'seed'>,
  sites: number,
): string[] {
  const state = new Int8Array(sites);
  for (let k = 0; k < chunk.rows; k++) {
    const due = witnessRow(run.seed, chunk.shot[k]!, chunk.step[k]!, state);
    const at = chunk.stateRows.indexOf(k);
    const got = chunk.state.subarray(at * sites, (at + 1) * sites);
    if (
      at < 0 ||
      differs(chunk.energy, k, due.energy) ||
      differs(chunk.work, k, due.work) ||
      differs(chunk.heat, k, due.heat) ||
      got.some((value, i) => value !== state[i])
    ) {
      return [`record of run ${run.id}: row ${chunk.firstRow + k} is not what was measured`];
    }
  }
  return [];
}

const differs = (column: Float64Array | null, k: number, due: number): boolean =>
  column !== null && column[k] !== due;
