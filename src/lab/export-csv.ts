import type { SampleChunk } from '../device/index.js';
import { FileSink } from './file-sink.js';
import { hasOverlaps, SCALAR_CHANNELS, type RecordHeader } from './record-header.js';
import type { RecordReader } from './record-reader.js';

/**
 * One line a row: `row,shot,step,t`, the recorded channels, `overlap_0` …, and `state`: for ±1 sites one letter
 * a site, `u` for +1 and `d` for −1, for others their values with blanks between; empty where there is none.
 * Numbers are written so that they read back the same; those that are not finite as nan, inf, -inf.
 */
export async function writeCsv(record: RecordReader, out: string): Promise<void> {
  const { header } = record;
  const scalars = SCALAR_CHANNELS.filter((name) => header.channels.includes(name));
  const overlaps = hasOverlaps(header) ? header.references : 0;
  const names = [
    'row',
    'shot',
    'step',
    't',
    ...scalars,
    ...Array.from({ length: overlaps }, (_, k) => `overlap_${k}`),
    'state',
  ];
  await FileSink.write(out, async (sink) => {
    sink.add(Buffer.from(`${names.join(',')}\n`));
    for await (const chunk of record.chunks()) {
      sink.add(Buffer.from(lines(chunk, scalars, overlaps, header)));
      await sink.settle();
    }
  });
}

function lines(
  chunk: SampleChunk,
  scalars: readonly (typeof SCALAR_CHANNELS)[number][],
  overlaps: number,
  header: RecordHeader,
): string {
  let text = '';
  let nextState = 0;
  for (let k = 0; k < chunk.rows; k++) {
    const cells: (string | number)[] = [
      chunk.firstRow + k,
      chunk.shot[k]!,
      chunk.step[k]!,
      number(chunk.t[k]!),
    ];
    for (const name of scalars) {
      const column = chunk[name];
      cells.push(column === null ? '' : number(column[k]!));
    }
    for (let m = 0; m < overlaps; m++) {
      cells.push(chunk.overlaps === null ? '' : number(chunk.overlaps[k * overlaps + m]!));
    }
    if (chunk.stateRows[nextState] === k) {
      const at = nextState++ * header.sites;
      cells.push(stateText(chunk.state.subarray(at, at + header.sites), header));
    } else cells.push('');
    text += `${cells.join(',')}\n`;
  }
  return text;
}

function number(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? '-0.0' : String(value);
  return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
}

function stateText(state: Int8Array | Float64Array, header: RecordHeader): string {
  if (header.siteKind === 'ising') return Array.from(state, (s) => (s > 0 ? 'u' : 'd')).join('');
  return Array.from(state, number).join(' ');
}
