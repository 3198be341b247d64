import type { SchemaElement } from 'hyparquet';
import type { SampleChunk } from '../device/index.js';
import { hasOverlaps, headerText, SCALAR_CHANNELS, type RecordHeader } from './record-header.js';
import type { RecordReader } from './record-reader.js';

/** Values in a row group, about: bounds what is in memory and how long the service stands still for it. */
const MOST_VALUES = 200_000;

/** A table with the record's own columns; overlaps and state as lists, null where a row has no state. */
export async function writeParquet(record: RecordReader, out: string): Promise<void> {
  const { fileWriter, ParquetWriter } = await import('hyparquet-writer');
  const { header } = record;
  const writer = new ParquetWriter({
    writer: fileWriter(out),
    schema: parquetSchema(header),
    kvMetadata: Object.entries(header).map(([key, value]) => ({
      key: `relaxd.${key}`,
      value: headerText(value),
    })),
    createdBy: 'relaxd',
  });
  const width = header.sites + header.references + 8;
  const most = Math.max(1, Math.floor(MOST_VALUES / width));
  let group: SampleChunk[] = [];
  let rows = 0;
  const flush = async (): Promise<void> => {
    if (rows === 0) return;
    await writer.write({ columnData: parquetColumns(group, header), rowGroupSize: rows });
    group = [];
    rows = 0;
  };
  for await (const chunk of record.chunks()) {
    group.push(chunk);
    rows += chunk.rows;
    if (rows >= most) await flush();
  }
  await flush();
  await writer.finish();
}

const listOf = (name: string, item: Partial<SchemaElement>): SchemaElement[] => [
  { name, repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
  { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
  { name: 'element', repetition_type: 'REQUIRED', ...item },
];

function parquetSchema(header: RecordHeader): SchemaElement[] {
  const scalars = SCALAR_CHANNELS.filter((name) => header.channels.includes(name));
  const required = (name: string, type: 'INT32' | 'INT64' | 'DOUBLE'): SchemaElement => ({
    name,
    type,
    repetition_type: 'REQUIRED',
  });
  const columns: SchemaElement[][] = [
    [required('row', 'INT64')],
    [required('shot', 'INT32')],
    [required('step', 'INT32')],
    [required('t', 'DOUBLE')],
    ...scalars.map((name): SchemaElement[] => [
      { name, type: 'DOUBLE', repetition_type: 'OPTIONAL' },
    ]),
    ...(hasOverlaps(header) ? [listOf('overlaps', { type: 'DOUBLE' })] : []),
    listOf(
      'state',
      header.siteKind === 'ising' ? { type: 'INT32', converted_type: 'INT_8' } : { type: 'DOUBLE' },
    ),
  ];
  return [{ name: 'root', num_children: columns.length }, ...columns.flat()];
}

function parquetColumns(
  chunks: readonly SampleChunk[],
  header: RecordHeader,
): { name: string; data: unknown[] }[] {
  const each = (name: string, cells: (chunk: SampleChunk) => unknown[]) => ({
    name,
    data: chunks.flatMap(cells),
  });
  const nulls = (chunk: SampleChunk): unknown[] => new Array<unknown>(chunk.rows).fill(null);
  const columns = [
    each('row', (chunk) =>
      Array.from({ length: chunk.rows }, (_, k) => BigInt(chunk.firstRow + k)),
    ),
    each('shot', (chunk) => Array.from(chunk.shot)),
    each('step', (chunk) => Array.from(chunk.step)),
    each('t', (chunk) => Array.from(chunk.t)),
  ];
  for (const name of SCALAR_CHANNELS) {
    if (!header.channels.includes(name)) continue;
    columns.push(each(name, (chunk) => (chunk[name] ? Array.from(chunk[name]) : nulls(chunk))));
  }
  if (hasOverlaps(header)) {
    const P = header.references;
    columns.push(
      each('overlaps', ({ overlaps, rows, ...chunk }) =>
        overlaps === null
          ? nulls({ overlaps, rows, ...chunk })
          : Array.from({ length: rows }, (_, k) =>
              Array.from(overlaps.subarray(k * P, (k + 1) * P)),
            ),
      ),
    );
  }
  columns.push(
    each('state', (chunk) => {
      const cells = nulls(chunk);
      chunk.stateRows.forEach((row, k) => {
        cells[row] = Array.from(chunk.state.subarray(k * header.sites, (k + 1) * header.sites));
      });
      return cells;
    }),
  );
  return columns;
}
