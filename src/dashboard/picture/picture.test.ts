import { describe, expect, it } from 'vitest';
import { DARK, diverging, LIGHT } from './colours.js';
import { largestMagnitude, paintState } from './paint-state.js';
import { inkSign, pictureShape } from './shape.js';

describe('the shape of a picture', () => {
  it('is that of the memory set', () => {
    expect(pictureShape(6, [2, 3])).toEqual({ rows: 2, columns: 3 });
  });

  it('is as near to a square as the number of sites allows', () => {
    expect(pictureShape(100, null)).toEqual({ rows: 10, columns: 10 });
    expect(pictureShape(784, null)).toEqual({ rows: 28, columns: 28 });
    expect(pictureShape(16384, [16384])).toEqual({ rows: 128, columns: 128 });
    expect(pictureShape(12, null)).toEqual({ rows: 3, columns: 4 });
    expect(pictureShape(13, null)).toEqual({ rows: 1, columns: 13 });
    expect(pictureShape(12, [5, 5])).toEqual({ rows: 3, columns: 4 });
  });
});

describe('ink', () => {
  it('is the lit site, but for drawings on a light ground', () => {
    expect(inkSign([[1, 1, -1, -1, 1, 1, -1, -1, 1, 1, -1]])).toBe(1);
    expect(inkSign([[1, 1, 1, -1]])).toBe(-1);
    expect(inkSign([])).toBe(1);
  });
});

describe('a painted state', () => {
  const pixels = new Uint8ClampedArray(16);
  const at = (site: number): number[] => [...pixels.slice(4 * site, 4 * site + 3)];

  it('is ink and paper, with the sites marked that differ from the target', () => {
    paintState(
      [1, -1, 1, -1],
      { rows: 2, columns: 2, ink: 1, palette: LIGHT, target: [1, -1, -1, 1], fullScale: null },
      pixels,
    );
    expect([at(0), at(1), at(2), at(3)]).toEqual([
      LIGHT.ink,
      LIGHT.paper,
      LIGHT.stray,
      LIGHT.missing,
    ]);
  });

  it('takes the other sign as ink where the set asks for it', () => {
    paintState(
      [1, -1, 1, -1],
      { rows: 2, columns: 2, ink: -1, palette: DARK, target: null, fullScale: null },
      pixels,
    );
    expect([at(0), at(1)]).toEqual([DARK.paper, DARK.ink]);
  });

  it('has a diverging scale for continuous sites, its middle at zero', () => {
    paintState(
      [0, 2, -2, 9],
      { rows: 2, columns: 2, ink: 1, palette: LIGHT, target: null, fullScale: 2 },
      pixels,
    );
    expect([at(0), at(1), at(2), at(3)]).toEqual([
      LIGHT.middle,
      LIGHT.with,
      LIGHT.against,
      LIGHT.with,
    ]);
    expect(diverging(LIGHT, 0.5)).not.toEqual(diverging(LIGHT, -0.5));
  });

  it('is scaled by the largest value of all states', () => {
    expect(largestMagnitude([Float64Array.of(0.5, -2.5), null, Float64Array.of(1)])).toBe(2.5);
    expect(largestMagnitude([])).toBe(1);
  });
});
