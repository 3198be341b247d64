import { Encoding } from './messages.js';

export type SampleCodes = Int8Array | Int16Array | Float32Array;

const BITS_PER_VALUE: Record<Encoding, number> = {
  [Encoding.BITS]: 1,
  [Encoding.I8]: 8,
  [Encoding.I16]: 16,
  [Encoding.I12P]: 12,
  [Encoding.F32]: 32,
};

/** Bytes of so many values; null where the encoding is not known. */
export function packedBytes(encoding: Encoding, values: number): number | null {
  const bits = BITS_PER_VALUE[encoding] as number | undefined;
  return bits === undefined ? null : Math.ceil((bits * values) / 8);
}

/**
 * Values of a batch, one after the other without padding between rows; little endian, codes in two's complement.
 *
 * @param data {@link packedBytes} of them
 */
export function unpackCodes(encoding: Encoding, data: Uint8Array, values: number): SampleCodes {
  switch (encoding) {
    case Encoding.BITS: {
      const codes = new Int8Array(values);
      for (let i = 0; i < values; i++) codes[i] = ((data[i >>> 3]! >>> (i & 7)) & 1) * 2 - 1;
      return codes;
    }
    case Encoding.I8:
      return Int8Array.from(new Int8Array(data.buffer, data.byteOffset, values));
    case Encoding.I16: {
      const codes = new Int16Array(values);
      for (let i = 0; i < values; i++) codes[i] = data[2 * i]! | (data[2 * i + 1]! << 8);
      return codes;
    }
    case Encoding.I12P: {
      const codes = new Int16Array(values);
      for (let i = 0, at = 0; i < values; i += 2, at += 3) {
        const middle = data[at + 1]!;
        // Sign of the 12 bits, by way of the top of 32.
        codes[i] = ((data[at]! | (middle << 8)) << 20) >> 20;
        if (i + 1 < values) codes[i + 1] = (((middle >>> 4) | (data[at + 2]! << 4)) << 20) >> 20;
      }
      return codes;
    }
    case Encoding.F32: {
      const codes = new Float32Array(values);
      const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
      for (let i = 0; i < values; i++) codes[i] = view.getFloat32(4 * i, true);
      return codes;
    }
  }
}
