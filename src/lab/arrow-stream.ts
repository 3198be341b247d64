import {
  AsyncByteQueue,
  Field,
  FixedSizeList,
  Float64,
  Int32,
  Int64,
  Int8,
  List,
  makeData,
  RecordBatch,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  type Data,
  type DataType,
} from 'apache-arrow';
import type { SampleChunk } from '../device/index.js';
import { CHECKSUM_METADATA, withChecksum } from './batch-checksum.js';
import {
  hasOverlaps,
  headerMetadata,
  SCALAR_CHANNELS,
  type RecordHeader,
} from './record-header.js';

/** Columns of a record; `row` comes first, so that a reader finds a batch's first row without decoding it. */
function recordSchema(header: RecordHeader): Schema {
  const column = (name: string, type: DataType, nullable = false): Field =>
    new Field(name, type, nullable);
  const value = (type: DataType): Field => new Field('item', type, false);
  const fields = [
    column('row', new Int64()),
    column('shot', new Int32()),
    column('step', new Int32()),
    column('t', new Float64()),
    ...SCALAR_CHANNELS.filter((name) => header.channels.includes(name)).map((name) =>
      column(name, new Float64(), true),
    ),
    ...(hasOverlaps(header)
      ? [column('overlaps', new FixedSizeList(header.references, value(new Float64())), true)]
      : []),
    // A list and not a list of fixed size: rows without a state (null) then take no room.
    column(
      'state',
      new List(value(header.siteKind === 'ising' ? new Int8() : new Float64())),
      true,
    ),
  ];
  return new Schema(fields, headerMetadata(header).set(...CHECKSUM_METADATA));
}

class TakenBytes extends AsyncByteQueue {
  private parts: Uint8Array[] = [];

  override write(part: Uint8Array): void {
    this.parts.push(part);
  }

  /** Everything written since the last call, as one piece. */
  take(): Uint8Array {
    const bytes = Buffer.concat(this.parts);
    this.parts = [];
    return bytes;
  }
}

/** Writes a record's messages, those of an Arrow IPC stream, one at a time. */
export class RecordMessages {
  private readonly sink = new TakenBytes();
  private readonly writer = new RecordBatchStreamWriter({ autoDestroy: false });
  private readonly schema: Schema;

  constructor(private readonly header: RecordHeader) {
    this.schema = recordSchema(header);
  }

  /** The schema message, which comes first. */
  start(): Uint8Array {
    this.writer.reset(this.sink, this.schema);
    return this.sink.take();
  }

  /** A chunk's batch, with its checksum. */
  chunk(chunk: SampleChunk): Uint8Array {
    this.writer.write(chunkBatch(chunk, this.header, this.schema));
    return withChecksum(this.sink.take());
  }
}

const bitmapOf = (length: number, set: ArrayLike<number>): Uint8Array => {
  const bits = new Uint8Array(Math.ceil(length / 64) * 8);
  for (let k = 0; k < set.length; k++) bits[set[k]! >> 3]! |= 1 << (set[k]! & 7);
  return bits;
};

/** A chunk as a record batch: one batch a chunk, so that the same run makes the same bytes. */
function chunkBatch(chunk: SampleChunk, header: RecordHeader, schema: Schema): RecordBatch {
  const { rows } = chunk;
  const children = schema.fields.map((field) => columnData(field, chunk, header));
  return new RecordBatch(
    schema,
    makeData({ type: new Struct(schema.fields), length: rows, nullCount: 0, children }),
  );
}

function columnData(field: Field, chunk: SampleChunk, header: RecordHeader): Data {
  const { rows } = chunk;
  const plain = (data: Int32Array | Float64Array | BigInt64Array): Data =>
    makeData({ type: field.type as never, length: rows, nullCount: 0, data } as never) as Data;
  const absent = { nullCount: rows, nullBitmap: new Uint8Array(Math.ceil(rows / 64) * 8) };
  switch (field.name) {
    case 'row':
      return plain(BigInt64Array.from({ length: rows }, (_, k) => BigInt(chunk.firstRow + k)));
    case 'shot':
      return plain(chunk.shot);
    case 'step':
      return plain(chunk.step);
    case 't':
      return plain(chunk.t);
    case 'overlaps': {
      const type = field.type as FixedSizeList;
      const length = rows * header.references;
      const child = makeData({
        type: itemType(type) as never,
        length,
        nullCount: 0,
        data: chunk.overlaps ?? new Float64Array(length),
      } as never);
      const nulls = chunk.overlaps === null ? absent : { nullCount: 0 };
      return makeData({ type, length: rows, ...nulls, child });
    }
    case 'state': {
      const type = field.type as List;
      const { sites } = header;
      const valueOffsets = new Int32Array(rows + 1);
      for (let k = 0, next = 0; k < rows; k++) {
        if (chunk.stateRows[next] === k) next++;
        valueOffsets[k + 1] = next * sites;
      }
      const child = makeData({
        type: itemType(type) as never,
        length: chunk.state.length,
        nullCount: 0,
        data: chunk.state,
      } as never);
      return makeData({
        type,
        length: rows,
        nullCount: rows - chunk.stateRows.length,
        nullBitmap: bitmapOf(rows, chunk.stateRows),
        valueOffsets,
        child,
      });
    }
    default: {
      const data = chunk[field.name as 'energy' | 'work' | 'heat'];
      if (data !== null) return plain(data);
      return makeData({
        type: field.type as never,
        length: rows,
        ...absent,
        data: new Float64Array(rows),
      } as never) as Data;
    }
  }
}

const itemType = (list: List | FixedSizeList): DataType => list.children[0]!.type as DataType;

/** A record batch as a chunk; the arrays are views of the batch. Nulls come back as NaN, absent columns as null. */
export function batchChunk(batch: RecordBatch, header: RecordHeader): SampleChunk {
  const rows = batch.numRows;
  const data = (name: string): Data | undefined => batch.getChild(name)?.data[0];
  const floats = (name: string): Float64Array | null => {
    const column = data(name);
    if (column === undefined || column.nullCount === rows) return null;
    return column.values as Float64Array;
  };
  const overlaps = data('overlaps');
  const state = data('state')!;
  const stateRows: number[] = [];
  for (let k = 0; k < rows; k++) if (state.getValid(k)) stateRows.push(k);
  const values = state.children[0]!.values as Int8Array | Float64Array;
  const row = data('row')!.values as BigInt64Array;
  return {
    firstRow: Number(row[0] ?? 0n),
    rows,
    shot: (data('shot')!.values as Int32Array).subarray(0, rows),
    step: (data('step')!.values as Int32Array).subarray(0, rows),
    t: (data('t')!.values as Float64Array).subarray(0, rows),
    energy: floats('energy')?.subarray(0, rows) ?? null,
    work: floats('work')?.subarray(0, rows) ?? null,
    heat: floats('heat')?.subarray(0, rows) ?? null,
    overlaps:
      overlaps === undefined || overlaps.nullCount === rows
        ? null
        : (overlaps.children[0]!.values as Float64Array).subarray(0, rows * header.references),
    stateRows: Int32Array.from(stateRows),
    state: values.subarray(0, stateRows.length * header.sites),
  };
}
