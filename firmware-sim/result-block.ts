import { crc32 } from 'node:zlib';

const HEADER_BYTES = 32;
const SATURATED = 1;
const SAMPLES_DROPPED = 2;

/** What a board's memory for results holds, where nothing else is said. */
export const RESULT_BYTES = 1 << 24;

/** Bytes of a shot's record of n sites. */
export const recordBytes = (n: number): number => Math.ceil((HEADER_BYTES + 2 * n) / 8) * 8;

/** A run's final states: docs/link-protocol.md, section Result. */
export class ResultBlock {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly dropped: Uint8Array;
  private done = 0;

  constructor(
    shots: number,
    private readonly n: number,
  ) {
    this.bytes = new Uint8Array(shots * recordBytes(n));
    this.view = new DataView(this.bytes.buffer);
    this.dropped = new Uint8Array(shots);
  }

  get shots(): number {
    return this.done;
  }

  /** The next shot was done. Work and heat in program units, supply in joules. */
  add(
    codes: Int16Array,
    saturated: boolean,
    { work, heat, supplyJ }: { work: number; heat: number; supplyJ: number },
  ): void {
    const shot = this.done++;
    const at = shot * recordBytes(this.n);
    const flags = (saturated ? SATURATED : 0) | (this.dropped[shot] === 1 ? SAMPLES_DROPPED : 0);
    this.view.setUint32(at, shot, true);
    this.view.setUint32(at + 4, flags, true);
    this.view.setFloat64(at + 8, work, true);
    this.view.setFloat64(at + 16, heat, true);
    this.view.setFloat64(at + 24, supplyJ, true);
    for (let i = 0; i < this.n; i++) {
      this.view.setInt16(at + HEADER_BYTES + 2 * i, codes[i]!, true);
    }
  }

  /** Samples of this shot are lost. */
  sampleDropped(shot: number): void {
    this.dropped[shot] = 1;
    if (shot >= this.done) return;
    const at = shot * recordBytes(this.n) + 4;
    this.view.setUint32(at, this.view.getUint32(at, true) | SAMPLES_DROPPED, true);
  }

  /** The records of the shots that were done, and their CRC-32. */
  whole(): { bytes: Uint8Array; crc32: number } {
    const bytes = this.bytes.subarray(0, this.done * recordBytes(this.n));
    return { bytes, crc32: crc32(bytes) };
  }
}
