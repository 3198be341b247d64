import { RelaxdError } from '../core/index.js';

/**
 * NumPy's array file, format versions 1.0, 2.0 and 3.0 (numpy.lib.format), for plain numbers: bool, signed and
 * unsigned integers of 8 to 64 bits, float32 and float64, either byte order, C or Fortran order.
 */
export interface NpyArray {
  /** The element type as NumPy writes it, e.g. `|i1`, `<f8`, `|b1`. */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** The elements in C order (last index fastest). 64-bit integers beyond 2^53 are rounded. */
  readonly values: Float64Array;
}

type Reader = (view: DataView, at: number, littleEndian: boolean) => number;
type Writer = (view: DataView, at: number, value: number, littleEndian: boolean) => void;
interface Element {
  readonly bytes: number;
  readonly read: Reader;
  readonly write: Writer;
}

const ELEMENTS: Readonly<Record<string, Element>> = {
  b1: {
    bytes: 1,
    read: (view, at) => (view.getUint8(at) === 0 ? 0 : 1),
    write: (view, at, value) => view.setUint8(at, value === 0 ? 0 : 1),
  },
  i1: { bytes: 1, read: (v, at) => v.getInt8(at), write: (v, at, x) => v.setInt8(at, x) },
  u1: { bytes: 1, read: (v, at) => v.getUint8(at), write: (v, at, x) => v.setUint8(at, x) },
  i2: {
    bytes: 2,
    read: (v, at, le) => v.getInt16(at, le),
    write: (v, at, x, le) => v.setInt16(at, x, le),
  },
  u2: {
    bytes: 2,
    read: (v, at, le) => v.getUint16(at, le),
    write: (v, at, x, le) => v.setUint16(at, x, le),
  },
  i4: {
    bytes: 4,
    read: (v, at, le) => v.getInt32(at, le),
    write: (v, at, x, le) => v.setInt32(at, x, le),
  },
  u4: {
    bytes: 4,
    read: (v, at, le) => v.getUint32(at, le),
    write: (v, at, x, le) => v.setUint32(at, x, le),
  },
  i8: {
    bytes: 8,
    read: (v, at, le) => Number(v.getBigInt64(at, le)),
    write: (v, at, x, le) => v.setBigInt64(at, BigInt(x), le),
  },
  u8: {
    bytes: 8,
    read: (v, at, le) => Number(v.getBigUint64(at, le)),
    write: (v, at, x, le) => v.setBigUint64(at, BigInt(x), le),
  },
  f4: {
    bytes: 4,
    read: (v, at, le) => v.getFloat32(at, le),
    write: (v, at, x, le) => v.setFloat32(at, x, le),
  },
  f8: {
    bytes: 8,
    read: (v, at, le) => v.getFloat64(at, le),
    write: (v, at, x, le) => v.setFloat64(at, x, le),
  },
};

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]; // \x93NUMPY
const ALIGNMENT = 64; // of the elements' start, as numpy.lib.format does

/**
 * Reads a `.npy` file.
 *
 * @throws RelaxdError `invalid-input` (not a .npy, a damaged header, an element type that is not listed
 *   above), `unsupported-version`, `wrong-size` (more or fewer bytes than the shape asks for)
 */
export function readNpy(bytes: Uint8Array): NpyArray {
  if (bytes.length < 10 || MAGIC.some((byte, i) => bytes[i] !== byte)) {
    throw new RelaxdError(
      'invalid-input',
      'the file is not a .npy array: it does not begin with \\x93NUMPY',
      {
        path: 'magic',
        limit: '\\x93NUMPY',
        hint: 'numpy.save writes such a file; an .npz is a zip archive of them',
      },
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const major = bytes[6]!;
  if (major < 1 || major > 3) {
    throw new RelaxdError(
      'unsupported-version',
      `.npy format ${major}.${bytes[7]!} is not read here`,
      {
        path: 'version',
        value: major,
        limit: [1, 3],
      },
    );
  }
  const start = major === 1 ? 10 : 12;
  const headerLength =
    major === 1 ? view.getUint16(8, true) : bytes.length < 12 ? Infinity : view.getUint32(8, true);
  if (start + headerLength > bytes.length) {
    throw new RelaxdError('wrong-size', 'the .npy file ends within its header', {
      path: 'header',
      value: bytes.length,
      limit: Number.isFinite(headerLength) ? start + headerLength : 12,
    });
  }
  const header = new TextDecoder(major === 3 ? 'utf-8' : 'latin1').decode(
    bytes.subarray(start, start + headerLength),
  );
  const { dtype, fortranOrder, shape } = readHeader(header);
  const element = elementOf(dtype);
  const count = shape.reduce((product, length) => product * length, 1);
  const given = bytes.length - start - headerLength;
  if (given !== count * element.bytes) {
    throw new RelaxdError(
      'wrong-size',
      `the .npy file holds ${given} bytes of elements, ${dtype} of shape (${shape.join(', ')}) asks for ${count * element.bytes}`,
      { path: 'elements', value: given, limit: count * element.bytes },
    );
  }
  const littleEndian = dtype[0] !== '>';
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    values[i] = element.read(view, start + headerLength + i * element.bytes, littleEndian);
  }
  return { dtype, shape, values: fortranOrder ? rowMajor(values, shape) : values };
}

/**
 * Writes a `.npy` file of format 1.0 in C order (2.0 where the header does not fit).
 *
 * @throws RelaxdError `invalid-input` for an element type that is not listed above or an integer type given
 *   a fraction, `wrong-size` where shape and values disagree
 */
export function writeNpy(array: {
  readonly dtype?: string;
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}): Uint8Array {
  const dtype = array.dtype ?? '<f8';
  const element = elementOf(dtype);
  const count = array.shape.reduce((product, length) => product * length, 1);
  if (array.values.length !== count) {
    throw new RelaxdError(
      'wrong-size',
      `${array.values.length} values do not fill the shape (${array.shape.join(', ')})`,
      { path: 'values', value: array.values.length, limit: count },
    );
  }
  const shape = array.shape.length === 1 ? `${array.shape[0]!},` : array.shape.join(', ');
  const text = `{'descr': '${dtype}', 'fortran_order': False, 'shape': (${shape}), }`;
  const start = text.length + 1 > 0xffff - ALIGNMENT ? 12 : 10;
  const unpadded = start + text.length + 1;
  const total = Math.ceil(unpadded / ALIGNMENT) * ALIGNMENT;
  const bytes = new Uint8Array(total + count * element.bytes);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  bytes[6] = start === 10 ? 1 : 2;
  if (start === 10) view.setUint16(8, total - start, true);
  else view.setUint32(8, total - start, true);
  bytes.set(new TextEncoder().encode(`${text}${' '.repeat(total - unpadded)}\n`), start);
  const littleEndian = dtype[0] !== '>';
  const whole = /[iu]\d$/.test(dtype);
  for (let i = 0; i < count; i++) {
    const value = array.values[i]!;
    if (whole && !Number.isInteger(value)) {
      throw new RelaxdError('invalid-input', `${dtype} cannot hold ${value}`, {
        path: `values[${i}]`,
        value: Number.isFinite(value) ? value : String(value),
        limit: 'integer',
      });
    }
    element.write(view, total + i * element.bytes, value, littleEndian);
  }
  return bytes;
}

function readHeader(header: string): { dtype: string; fortranOrder: boolean; shape: number[] } {
  const damaged = (field: string, limit: string): RelaxdError =>
    new RelaxdError('invalid-input', `the .npy header gives no ${field} that can be read`, {
      path: `header.${field}`,
      value: header.trim().slice(0, 120),
      limit,
    });
  if (/['"]descr['"]\s*:\s*\[/.test(header)) {
    throw new RelaxdError('invalid-input', 'the .npy holds records, not plain numbers', {
      path: 'header.descr',
      limit: Object.keys(ELEMENTS),
    });
  }
  const descr = /['"]descr['"]\s*:\s*['"]([^'"]*)['"]/.exec(header)?.[1];
  if (descr === undefined) throw damaged('descr', 'an element type such as |i1');
  const fortran = /['"]fortran_order['"]\s*:\s*(True|False)/.exec(header)?.[1];
  if (fortran === undefined) throw damaged('fortran_order', 'True or False');
  const shape = /['"]shape['"]\s*:\s*\(([\d\sL,]*)\)/.exec(header)?.[1];
  if (shape === undefined) throw damaged('shape', 'a tuple of integers');
  return {
    dtype: descr,
    fortranOrder: fortran === 'True',
    shape: shape
      .split(',')
      .map((part) => part.replace('L', '').trim())
      .filter((part) => part !== '')
      .map(Number),
  };
}

function elementOf(dtype: string): Element {
  const match = /^[<>|=]([biuf]\d)$/.exec(dtype);
  const element = match === null ? undefined : ELEMENTS[match[1]!];
  if (element === undefined) {
    throw new RelaxdError('invalid-input', `element type ${dtype} is not read here`, {
      path: 'header.descr',
      value: dtype,
      limit: Object.keys(ELEMENTS),
      hint: 'convert it first, e.g. array.astype(numpy.int8)',
    });
  }
  return element;
}

/** Elements in Fortran order (first index fastest), put into C order. */
function rowMajor(values: Float64Array, shape: readonly number[]): Float64Array {
  const ordered = new Float64Array(values.length);
  const index = shape.map(() => 0);
  for (const value of values) {
    let at = 0;
    for (let d = 0; d < shape.length; d++) at = at * shape[d]! + index[d]!;
    ordered[at] = value;
    for (let d = 0; d < shape.length; d++) {
      index[d]!++;
      if (index[d]! < shape[d]!) break;
      index[d] = 0;
    }
  }
  return ordered;
}
