import { Zip, ZipPassThrough } from 'fflate';
import { RelaxdError } from '../core/index.js';
import { FileSink } from './file-sink.js';
import { npyHeader, npyText } from './npy-header.js';
import { recordColumns } from './record-columns.js';
import type { RecordReader } from './record-reader.js';

/** A ZIP file without the 64-bit extension ends here. */
const MOST_BYTES = 0xffff_0000;
const BYTES = { int8: 1, int32: 4, int64: 8, float64: 8 } as const;
/** The same record gives the same bytes: no time of day in them. ZIP begins with 1980. */
const NO_TIME = new Date(1980, 0, 1);

/**
 * What `numpy.load` reads: the arrays of `recordColumns`, not compressed, and `metadata`, the record's header as
 * JSON text.
 */
export async function writeNpz(record: RecordReader, out: string): Promise<void> {
  const columns = await recordColumns(record);
  const bytes = columns.reduce((sum, c) => sum + c.rows * (c.width ?? 1) * BYTES[c.type], 0);
  if (bytes > MOST_BYTES) {
    throw new RelaxdError('too-large', `${bytes} bytes do not fit into an NPZ file`, {
      value: bytes,
      limit: MOST_BYTES,
      hint: 'choose hdf5, parquet or arrow',
    });
  }
  await FileSink.write(out, async (sink) => {
    const zip = new Zip((error, part) => {
      if (error !== null) throw error;
      sink.add(part.slice()); // the part may be a view of what changes
    });
    const file = (name: string): ZipPassThrough => {
      const entry = new ZipPassThrough(`${name}.npy`);
      entry.mtime = NO_TIME;
      zip.add(entry);
      return entry;
    };
    file('metadata').push(npyText(JSON.stringify(record.header)), true);
    for (const column of columns) {
      const shape = column.width === null ? [column.rows] : [column.rows, column.width];
      const entry = file(column.name);
      entry.push(npyHeader(column.type, shape));
      for await (const chunk of record.chunks()) {
        const values = column.take(chunk);
        entry.push(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
        await sink.settle();
      }
      entry.push(new Uint8Array(0), true);
    }
    zip.end();
  });
}
