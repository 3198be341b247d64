const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0];

const DESCRIPTIONS = { int8: '|i1', int32: '<i4', int64: '<i8', float64: '<f8' } as const;
export type NpyType = keyof typeof DESCRIPTIONS;

/**
 * Header of a `.npy` file, format version 1.0 (numpy.lib.format): C order, little-endian; the data follow at a
 * multiple of 64 bytes.
 */
export function npyHeader(type: NpyType, shape: readonly number[]): Uint8Array {
  return header(DESCRIPTIONS[type], shape);
}

/** A whole `.npy` file with one text: what `str(numpy.load(file))` gives back. */
export function npyText(text: string): Uint8Array {
  const points = Array.from(text, (letter) => letter.codePointAt(0)!);
  const data = Uint32Array.from(points.length === 0 ? [0] : points);
  return Buffer.concat([header(`<U${data.length}`, []), new Uint8Array(data.buffer)]);
}

function header(description: string, shape: readonly number[]): Uint8Array {
  const axes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${description}', 'fortran_order': False, 'shape': (${axes}), }`;
  const used = MAGIC.length + 2 + text.length + 1;
  const padded = `${text}${' '.repeat((64 - (used % 64)) % 64)}\n`;
  const bytes = new Uint8Array(MAGIC.length + 2 + padded.length);
  bytes.set(MAGIC);
  new DataView(bytes.buffer).setUint16(MAGIC.length, padded.length, true);
  bytes.set(Buffer.from(padded, 'latin1'), MAGIC.length + 2);
  return bytes;
}
