import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RelaxdError } from '../core/index.js';
import { readNpy, writeNpy } from './npy.js';

const RANGES: Record<string, [number, number]> = {
  b1: [0, 1],
  i1: [-128, 127],
  u1: [0, 255],
  i2: [-32768, 32767],
  u2: [0, 65535],
  i4: [-(2 ** 31), 2 ** 31 - 1],
  u4: [0, 2 ** 32 - 1],
  i8: [-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  u8: [0, Number.MAX_SAFE_INTEGER],
};

const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 0, maxLength: 3 });
const orders = fc.constantFrom('<', '>');
const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** A file with a header of our own, to be read. */
function file(header: string, elements: Uint8Array, version = [1, 0]): Uint8Array {
  const text = new TextEncoder().encode(header);
  const long = version[0]! > 1;
  const bytes = new Uint8Array((long ? 12 : 10) + text.length + elements.length);
  bytes.set([0x93, ...new TextEncoder().encode('NUMPY'), ...version]);
  const view = new DataView(bytes.buffer);
  if (long) view.setUint32(8, text.length, true);
  else view.setUint16(8, text.length, true);
  bytes.set(text, long ? 12 : 10);
  bytes.set(elements, (long ? 12 : 10) + text.length);
  return bytes;
}

const HEADER = "{'descr': '|i1', 'fortran_order': False, 'shape': (2, 3), }\n";
const ELEMENTS = Uint8Array.of(1, 255, 1, 255, 255, 1);

function refusal(bytes: Uint8Array): RelaxdError {
  try {
    readNpy(bytes);
  } catch (error) {
    if (error instanceof RelaxdError) return error;
    throw error;
  }
  throw new Error('the file was not refused');
}

describe('a .npy array', () => {
  it('of any integer type, shape and byte order comes back as it was written', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(RANGES)).chain((type) =>
          shapes.chain((shape) =>
            fc.record({
              dtype: orders.map((order) => order + type),
              shape: fc.constant(shape),
              values: fc.array(
                fc.maxSafeInteger().map((n) => {
                  const [low, high] = RANGES[type]!;
                  return Math.min(high, Math.max(low, n % (high - low + 1)));
                }),
                { minLength: size(shape), maxLength: size(shape) },
              ),
            }),
          ),
        ),
        (array) => {
          const read = readNpy(writeNpy(array));
          expect(read.dtype).toBe(array.dtype);
          expect(read.shape).toEqual(array.shape);
          expect(Array.from(read.values, (n) => n + 0)).toEqual(array.values.map((n) => n + 0));
        },
      ),
    );
  });

  it('of floats comes back bit by bit, NaN and infinities included', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('<f8', '>f8'),
        fc.array(fc.double(), { minLength: 1, maxLength: 20 }),
        (dtype, values) => {
          const read = readNpy(writeNpy({ dtype, shape: [values.length], values }));
          values.forEach((value, i) => expect(Object.is(read.values[i], value)).toBe(true));
        },
      ),
    );
    const single = readNpy(writeNpy({ dtype: '>f4', shape: [2], values: [0.5, NaN] }));
    expect([...single.values]).toEqual([0.5, NaN]);
  });

  it('in Fortran order is put into C order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
        (shape) => {
          // Element (i, j, k, …) holds its own place in C order; the file runs with the first index fastest.
          const n = size(shape);
          const elements = new Uint8Array(n);
          for (let at = 0; at < n; at++) {
            let rest = at;
            let place = 0;
            for (const length of shape) {
              place = place * length + (rest % length);
              rest = Math.floor(rest / length);
            }
            elements[at] = place;
          }
          const header = `{'descr': '|u1', 'fortran_order': True, 'shape': (${shape.join(', ')},), }`;
          expect([...readNpy(file(header, elements)).values]).toEqual(
            Array.from({ length: n }, (_, i) => i),
          );
        },
      ),
    );
  });

  it('is read in format versions 1.0, 2.0 and 3.0', () => {
    for (const version of [1, 2, 3]) {
      const array = readNpy(file(HEADER, ELEMENTS, [version, 0]));
      expect(array).toEqual({
        dtype: '|i1',
        shape: [2, 3],
        values: Float64Array.of(1, -1, 1, -1, -1, 1),
      });
    }
  });

  it('is written with elements that begin at a multiple of 64 bytes', () => {
    const bytes = writeNpy({ dtype: '|i1', shape: [5], values: [1, 1, 1, 1, 1] });
    expect((bytes.length - 5) % 64).toBe(0);
    expect(new TextDecoder('latin1').decode(bytes.subarray(0, 70))).toContain("'shape': (5,)");
  });

  it('is read where it lies within a larger buffer', () => {
    const bytes = writeNpy({ dtype: '<i4', shape: [2], values: [7, -7] });
    const larger = new Uint8Array(bytes.length + 3);
    larger.set(bytes, 3);
    expect([...readNpy(larger.subarray(3)).values]).toEqual([7, -7]);
  });
});

describe('a bad .npy is refused:', () => {
  const header = (descr: string, rest = "'fortran_order': False, 'shape': (2, 3)"): Uint8Array =>
    file(`{'descr': ${descr}, ${rest}}`, ELEMENTS);
  const cases: [what: string, bytes: Uint8Array, code: string, path: string][] = [
    ['an empty file', new Uint8Array(0), 'invalid-input', 'magic'],
    [
      'another kind of file',
      new TextEncoder().encode('PK\x03\x04 not an array'),
      'invalid-input',
      'magic',
    ],
    ['format 4.0', file(HEADER, ELEMENTS, [4, 0]), 'unsupported-version', 'version'],
    [
      'a file cut within its header',
      file(HEADER, ELEMENTS).subarray(0, 40),
      'wrong-size',
      'header',
    ],
    [
      'a file cut within its elements',
      file(HEADER, ELEMENTS).subarray(0, -1),
      'wrong-size',
      'elements',
    ],
    [
      'a file with more than its elements',
      file(HEADER, new Uint8Array(7)),
      'wrong-size',
      'elements',
    ],
    [
      'a shape that no memory holds',
      header("'|i1'", "'fortran_order': False, 'shape': (999999999, 999999999)"),
      'wrong-size',
      'elements',
    ],
    ['complex numbers', header("'<c8'"), 'invalid-input', 'header.descr'],
    ['half floats', header("'<f2'"), 'invalid-input', 'header.descr'],
    ['objects', header("'|O'"), 'invalid-input', 'header.descr'],
    ['records', header("[('x', '<f4')]"), 'invalid-input', 'header.descr'],
    [
      'a header without a shape',
      header("'|i1'", "'fortran_order': False"),
      'invalid-input',
      'header.shape',
    ],
    [
      'a header without an order',
      header("'|i1'", "'shape': (2, 3)"),
      'invalid-input',
      'header.fortran_order',
    ],
  ];
  it.each(cases)('%s', (_, bytes, code, path) => {
    const error = refusal(bytes);
    expect(error.code).toBe(code);
    expect(error.details.path).toBe(path);
  });

  it('writing fractions into integers, or values that do not fill the shape', () => {
    expect(() => writeNpy({ dtype: '|i1', shape: [1], values: [0.5] })).toThrow('cannot hold 0.5');
    expect(() => writeNpy({ shape: [2, 2], values: [1] })).toThrow('do not fill');
  });
});
