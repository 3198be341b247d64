import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ENGINES, RandomStream } from '../../core/index.js';
import { addRow, engineMissing, openEngine, scaleRow, type Engine } from '../index.js';

const engines = ENGINES.filter((kind) => engineMissing(kind) === null).map((kind) =>
  openEngine(kind),
);
const TYPES = [
  ['int8', 'int16', 127],
  ['int16', 'int32', 32767],
  ['float32', 'float64', null],
  ['float64', 'float64', null],
] as const;

/** Sums of a few rows, those of the first and the second half of an array, and then of a decay. */
function summed(
  engine: Engine,
  [row, sums, largest]: (typeof TYPES)[number],
  count: number,
  seed: number,
): { bits: number[]; behind: number[] } {
  const { scratch } = engine;
  scratch.reset();
  const stream = RandomStream.of(seed, 'disorder');
  const draw = (): number =>
    largest === null ? stream.normal() : stream.integer(2 * largest + 1) - largest;
  const rows = scratch[row](2 * count);
  for (let j = 0; j < rows.length; j++) rows[j] = draw();
  const y = scratch[sums](count + 64);
  for (let j = 0; j < y.length; j++) y[j] = draw();
  for (let k = 0; k < 5; k++) {
    const factor = largest === null ? stream.normal() : stream.integer(2) * 4 - 2;
    addRow(engine, y, rows, (k & 1) * count, count, factor);
  }
  if (y instanceof Float64Array) scaleRow(engine, y.subarray(0, count), 0.9);
  const { buffer, byteOffset, byteLength } = y;
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  const end = count * y.BYTES_PER_ELEMENT;
  return { bits: Array.from(bytes.slice(0, end)), behind: Array.from(bytes.slice(end)) };
}

describe.each(TYPES.map((types) => [`${types[0]} to ${types[1]}`, types] as const))(
  'a row of %s',
  (_, types) => {
    it('is added with the same bits on every engine, and nothing behind it is touched', () => {
      expect(engines.length).toBeGreaterThan(1);
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 300 }), fc.nat(), (count, seed) => {
          const [first, ...others] = engines.map((engine) => summed(engine, types, count, seed));
          for (const other of others) expect(other).toEqual(first);
        }),
        { numRuns: 60 },
      );
    });
  },
);
