import { rename, rm, writeFile } from 'node:fs/promises';
import type { Dataset } from 'h5wasm/node';
import { RelaxdError } from '../core/index.js';
import { columnUnits, headerText } from './record-header.js';
import type { RecordReader } from './record-reader.js';
import { recordColumns, type ColumnArray, type RecordColumn } from './record-columns.js';

const DTYPES = { int8: '<b', int32: '<i', int64: '<q', float64: '<d' } as const;
const CHUNK_BYTES = 256 * 1024;
const BYTES = { int8: 1, int32: 4, int64: 8, float64: 8 } as const;

/** Characters of a longest attribute. */
const MOST_ATTRIBUTE = 15_000;

/**
 * What h5py reads: one dataset for each array of `recordColumns`, with the attribute `unit` where it is known, the record's header as
 * attributes of the root, and, whole, as JSON text in `metadata`.
 */
export async function writeHdf5(record: RecordReader, out: string): Promise<void> {
  const { File, ready } = await import('h5wasm/node');
  (await ready).activate_throwing_error_handler(); // it would print, and go on
  const columns = await recordColumns(record);
  // The library has only numbers for failures of the file system: the file is made first, so that what is wrong
  // with its place is said, and a half-written one must not look whole.
  const part = `${out}.part`;
  await writeFile(part, '');
  const file = new File(part, 'w');
  try {
    for (const [name, value] of Object.entries(record.header)) {
      // An attribute has room for 64 kB.
      if (typeof value === 'string' && value.length > MOST_ATTRIBUTE) continue;
      // Seeds are longer than the 32 bits that the library would take for an integer.
      if (typeof value === 'number')
        file.create_attribute(name, BigInt64Array.of(BigInt(value)), []);
      else file.create_attribute(name, headerText(value));
    }
    file.create_dataset({ name: 'metadata', data: JSON.stringify(record.header), dtype: 'S' });
    const unitOf = columnUnits(record.header);
    for (const column of columns) {
      const shape = column.width === null ? [column.rows] : [column.rows, column.width];
      file.create_dataset({
        name: column.name,
        data: empty(column),
        shape: shape.map((length, axis) => (axis === 0 ? 0 : length)),
        maxshape: shape.map((length, axis) => (axis === 0 ? null : length)),
        chunks: [chunkRows(column), ...shape.slice(1)],
        dtype: DTYPES[column.type],
      });
      const dataset = file.get(column.name) as Dataset;
      dataset.resize(shape);
      const unit = unitOf(column.name);
      if (unit !== null) dataset.create_attribute('unit', unit);
      let at = 0;
      for await (const chunk of record.chunks()) {
        const values = column.take(chunk);
        const rows = values.length / (column.width ?? 1);
        if (rows === 0) continue;
        const ranges: [number, number][] = [[at, at + rows]];
        if (column.width !== null) ranges.push([0, column.width]);
        dataset.write_slice(ranges, values);
        at += rows;
      }
    }
  } catch (error) {
    file.close();
    await rm(part, { force: true });
    throw error;
  }
  if (file.close() < 0) {
    await rm(part, { force: true });
    throw new RelaxdError('file-unwritable', `${out} could not be written to its end`, {
      path: out,
      hint: 'is the disk full?',
    });
  }
  await rename(part, out);
}

/** Rows of one chunk of a dataset: about 256 KiB, no more than there are, at least one: a chunk takes its room whether it is full or not. */
const chunkRows = ({ type, width, rows }: RecordColumn): number =>
  Math.max(1, Math.min(rows, Math.floor(CHUNK_BYTES / (BYTES[type] * (width ?? 1)))));

function empty({ type }: RecordColumn): ColumnArray {
  switch (type) {
    case 'int8':
      return new Int8Array(0);
    case 'int32':
      return new Int32Array(0);
    case 'int64':
      return new BigInt64Array(0);
    case 'float64':
      return new Float64Array(0);
  }
}
