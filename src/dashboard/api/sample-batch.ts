/** A batch of samples as it comes over the stream (proto/stream.proto), its 64-bit counts as numbers. */
export interface SampleBatch {
  readonly subscription: string;
  readonly firstRow: number;
  readonly rows: number;
  /** [rows] */
  readonly shot: readonly number[];
  readonly step: readonly number[];
  readonly t: Float64Array;
  /** [rows] or empty */
  readonly energy: Float64Array;
  readonly work: Float64Array;
  readonly heat: Float64Array;
  readonly references: number;
  /** [rows × references] or empty */
  readonly overlaps: Float64Array;
  /** Rows of this batch that carry a state. */
  readonly stateRows: readonly number[];
  readonly sites: number;
  /** [stateRows × sites]; one of the two is empty. */
  readonly stateSpins: Int8Array;
  readonly stateValues: Float64Array;
}

const NO_DOUBLES: Float64Array = new Float64Array(0);

/**
 * Reads one binary message. A reader of this one message type in place of the generated one: columns become typed
 * arrays at once, and the page stays small.
 *
 * @throws RangeError where the bytes end too early
 */
export function readSampleBatch(bytes: Uint8Array): SampleBatch {
  const reader = new WireReader(bytes);
  const batch = {
    subscription: '',
    firstRow: 0,
    rows: 0,
    shot: [] as number[],
    step: [] as number[],
    t: NO_DOUBLES,
    energy: NO_DOUBLES,
    work: NO_DOUBLES,
    heat: NO_DOUBLES,
    references: 0,
    overlaps: NO_DOUBLES,
    stateRows: [] as number[],
    sites: 0,
    stateSpins: new Int8Array(0),
    stateValues: NO_DOUBLES,
  };
  while (reader.more) {
    const key = reader.varint();
    const field = key >>> 3;
    switch (field) {
      case 1:
        batch.subscription = new TextDecoder().decode(reader.block());
        break;
      case 5:
        batch.firstRow = reader.varint();
        break;
      case 6:
        batch.rows = reader.varint();
        break;
      case 7:
        batch.shot = packedIntegers(reader.block());
        break;
      case 8:
        batch.step = packedIntegers(reader.block());
        break;
      case 9:
        batch.t = packedDoubles(reader.block());
        break;
      case 10:
        batch.energy = packedDoubles(reader.block());
        break;
      case 11:
        batch.work = packedDoubles(reader.block());
        break;
      case 12:
        batch.heat = packedDoubles(reader.block());
        break;
      case 13:
        batch.references = reader.varint();
        break;
      case 14:
        batch.overlaps = packedDoubles(reader.block());
        break;
      case 15:
        batch.stateRows = packedIntegers(reader.block());
        break;
      case 16:
        batch.sites = reader.varint();
        break;
      case 17:
        batch.stateSpins = new Int8Array(copied(reader.block()));
        break;
      case 18:
        batch.stateValues = packedDoubles(reader.block());
        break;
      default:
        reader.skip(key & 7);
    }
  }
  return batch;
}

/** The wire format of protocol buffers: https://protobuf.dev/programming-guides/encoding/ */
class WireReader {
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  get more(): boolean {
    return this.at < this.bytes.length;
  }

  /** A base-128 number of up to 53 bits. */
  varint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw new RangeError('the batch ends within a number');
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
  }

  block(): Uint8Array {
    const length = this.varint();
    const start = this.at;
    this.at += length;
    if (this.at > this.bytes.length) throw new RangeError('the batch ends within a column');
    return this.bytes.subarray(start, this.at);
  }

  skip(wireType: number): void {
    if (wireType === 0) this.varint();
    else if (wireType === 1) this.at += 8;
    else if (wireType === 2) this.block();
    else if (wireType === 5) this.at += 4;
    else throw new RangeError(`the batch has a field of wire type ${wireType}`);
  }
}

function packedIntegers(block: Uint8Array): number[] {
  const reader = new WireReader(block);
  const values: number[] = [];
  while (reader.more) values.push(reader.varint());
  return values;
}

/** Blocks need not be aligned, and a batch need not stay in memory for one column. */
const copied = (block: Uint8Array): ArrayBuffer => new Uint8Array(block).buffer;

/** Little-endian, as every machine with a browser is. */
const packedDoubles = (block: Uint8Array): Float64Array => new Float64Array(copied(block));
