import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../core/index.js';
import { corruptPattern, flipCount, maskRegion, patternOverlap } from './cue.js';

const refusal = (code: string, path: string): Error =>
  expect.objectContaining({
    code,
    details: expect.objectContaining({ path }) as object,
  }) as Error;

describe('corruption', () => {
  it('flips exactly round(F·N) sites, whatever the seed', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(-1, 1), { minLength: 1, maxLength: 60 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(),
        (spins, fraction, seed) => {
          const pattern = Int8Array.from(spins);
          const cue = corruptPattern(pattern, fraction, RandomStream.of(seed, 'cue'));
          expect([...pattern]).toEqual(spins);
          const flips = cue.filter((spin, i) => spin !== pattern[i]).length;
          expect(flips).toBe(Math.round(fraction * spins.length));
          expect(cue.every((spin) => spin === 1 || spin === -1)).toBe(true);
          expect(patternOverlap(cue, pattern)).toBeCloseTo(1 - (2 * flips) / spins.length, 12);
        },
      ),
    );
  });

  it('is drawn anew from each stream and again from the same', () => {
    const pattern = new Int8Array(100).fill(1);
    const draw = (index: number): Int8Array =>
      corruptPattern(pattern, 0.15, RandomStream.of(7, 'cue', index));
    expect(draw(0)).toEqual(draw(0));
    expect(draw(0)).not.toEqual(draw(1));
  });

  it('counts halves up', () => {
    expect(flipCount(0.15, 100)).toBe(15);
    expect(flipCount(0.125, 100)).toBe(13);
    expect(flipCount(0, 7)).toBe(0);
    expect(flipCount(1, 7)).toBe(7);
  });

  it('refuses a fraction outside 0 … 1', () => {
    expect(() => flipCount(NaN, 10)).toThrow(refusal('not-finite', 'corrupt'));
    for (const fraction of [-0.1, 1.01, Infinity, -Infinity]) {
      expect(() => flipCount(fraction, 10)).toThrow(refusal('invalid-input', 'corrupt'));
    }
  });
});

describe('masking', () => {
  const random = RandomStream.of(1, 'cue');
  const pattern = Int8Array.of(1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1); // 3 rows of 4

  it('paints the rectangle over and leaves the rest', () => {
    const cue = maskRegion(pattern, [3, 4], { x: 1, y: 1, width: 2, height: 2 }, -1, random);
    expect([...cue]).toEqual([1, -1, 1, -1, 1, -1, -1, -1, 1, -1, -1, -1]);
    expect(
      [...maskRegion(pattern, [3, 4], { x: 0, y: 0, width: 4, height: 1 }, 1, random)].slice(0, 4),
    ).toEqual([1, 1, 1, 1]);
  });

  it('leaves out what lies beyond the edge, and takes one dimension for a row', () => {
    const cue = maskRegion(pattern, [3, 4], { x: 3, y: 2, width: 9, height: 9 }, 1, random);
    expect([...cue]).toEqual([...pattern].map((spin, i) => (i === 11 ? 1 : spin)));
    const row = maskRegion(pattern, [12], { x: 10, y: 0, width: 2, height: 1 }, 1, random);
    expect([...row].slice(9)).toEqual([-1, 1, 1]);
  });

  it('fills with fair signs', () => {
    const wide = new Int8Array(10000).fill(1);
    const cue = maskRegion(
      wide,
      [100, 100],
      { x: 0, y: 0, width: 100, height: 100 },
      'random',
      RandomStream.of(3, 'cue'),
    );
    // Standard error 0.01; five of them.
    expect(Math.abs(patternOverlap(cue, wide))).toBeLessThan(0.05);
    expect(new Set(cue)).toEqual(new Set([-1, 1]));
  });

  it('refuses regions that are no part of the picture', () => {
    const mask = (x: number, width: number) => () =>
      maskRegion(pattern, [3, 4], { x, y: 0, width, height: 1 }, 1, random);
    expect(mask(4, 2)).toThrow(refusal('invalid-input', 'region'));
    expect(mask(0.5, 2)).toThrow(refusal('invalid-input', 'region.x'));
    expect(mask(0, 0)).toThrow(refusal('invalid-input', 'region.width'));
    expect(() =>
      maskRegion(pattern, [5, 5], { x: 0, y: 0, width: 1, height: 1 }, 1, random),
    ).toThrow(refusal('wrong-size', 'shape'));
  });
});

describe('the overlap', () => {
  it('is the mean product', () => {
    expect(patternOverlap([1, 1, -1, 1], [1, -1, -1, 1])).toBe(0.5);
    expect(patternOverlap(Int8Array.of(1, -1), Int8Array.of(-1, 1))).toBe(-1);
  });
  it('is refused of different lengths, and of nothing', () => {
    expect(() => patternOverlap([1], [1, 1])).toThrow('no overlap');
    expect(() => patternOverlap([], [])).toThrow('no overlap');
  });
});
