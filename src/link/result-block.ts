import { crc32 } from 'node:zlib';
import { RelaxdError } from '../core/index.js';
import type { RunEnd } from './messages.js';

/** Bits of a shot's flags. */
export const RESULT_FLAG = { saturated: 1, samplesDropped: 2 } as const;

const HEAD = 32;

/** Bytes of a shot's record with n sites. */
export const resultRecordBytes = (n: number): number => 8 * Math.ceil((HEAD + 2 * n) / 8);

/** The final states of a run as the board gives them: docs/link-protocol.md, section Result. */
export class ResultBlock {
  /** [shots] numbers of the shots that were done */
  readonly shot: Uint32Array;
  /** [shots] bits of {@link RESULT_FLAG} */
  readonly flags: Uint32Array;
  /** [shots] work done and heat given, program units; NaN where the board does not measure it */
  readonly work: Float64Array;
  readonly heat: Float64Array;
  /** [shots] energy of the analog supply, J; NaN where it is not measured */
  readonly supplyJ: Float64Array;
  private readonly recordBytes: number;

  /** @throws RelaxdError `wrong-size` where the bytes are not of so many records */
  constructor(
    readonly runId: number,
    readonly end: RunEnd,
    readonly shots: number,
    readonly bytes: Uint8Array,
  ) {
    this.recordBytes = shots === 0 ? 0 : bytes.length / shots;
    const whole = Number.isInteger(this.recordBytes) && this.recordBytes % 8 === 0;
    if (shots === 0 ? bytes.length > 0 : !whole || this.recordBytes <= HEAD) {
      throw new RelaxdError(
        'wrong-size',
        `a result of ${bytes.length} bytes is not one of ${shots} shots`,
        { value: bytes.length },
      );
    }
    this.shot = new Uint32Array(shots);
    this.flags = new Uint32Array(shots);
    this.work = new Float64Array(shots);
    this.heat = new Float64Array(shots);
    this.supplyJ = new Float64Array(shots);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let k = 0; k < shots; k++) {
      const at = k * this.recordBytes;
      this.shot[k] = view.getUint32(at, true);
      this.flags[k] = view.getUint32(at + 4, true);
      this.work[k] = view.getFloat64(at + 8, true);
      this.heat[k] = view.getFloat64(at + 16, true);
      this.supplyJ[k] = view.getFloat64(at + 24, true);
    }
  }

  /**
   * Final states as codes; x_i = scale × code.
   *
   * @returns [shots × n], row-major
   * @throws RelaxdError `wrong-size` where a record is not one of n sites
   */
  codes(n: number): Int16Array {
    if (this.shots > 0 && this.recordBytes !== resultRecordBytes(n)) {
      throw new RelaxdError(
        'wrong-size',
        `records of ${this.recordBytes} bytes are not of ${n} sites`,
        { value: this.recordBytes, limit: resultRecordBytes(n) },
      );
    }
    const codes = new Int16Array(this.shots * n);
    const view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length);
    for (let k = 0; k < this.shots; k++) {
      const at = k * this.recordBytes + HEAD;
      for (let i = 0; i < n; i++) codes[k * n + i] = view.getInt16(at + 2 * i, true);
    }
    return codes;
  }
}

/** @throws RelaxdError `driver-failed` where the bytes are not those that the board meant */
export function requireResultSum(bytes: Uint8Array, sum: number): void {
  if (crc32(bytes) !== sum) {
    throw new RelaxdError('driver-failed', 'the result that was fetched has another CRC-32', {
      value: crc32(bytes),
      limit: sum,
    });
  }
}
