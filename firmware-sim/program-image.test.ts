import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readProgramImage, type ProgramImage } from './program-image.js';
import { testImage, type TestSection } from './test-host.test-support.js';

const read = (n: number, sections: readonly TestSection[]): ProgramImage => {
  const image = readProgramImage(testImage(n, sections));
  if (typeof image === 'string') throw new Error(image);
  return image;
};
const problem = (n: number, sections: readonly TestSection[]): string | ProgramImage =>
  readProgramImage(testImage(n, sections));

describe('A program image', () => {
  it('gives couplings row by row, symmetric, times their scale', () => {
    const { couplings } = read(3, [{ kind: 1, scale: 0.5, codes: [2, -4, 6] }]);
    expect([...couplings]).toEqual([0, 1, -2, 1, 0, 3, -2, 3, 0]);
  });

  it('gives what is left out as the page says', () => {
    expect(read(2, [])).toEqual({
      n: 2,
      couplings: new Float64Array(4),
      fields: new Float64Array(2),
      quadratic: null,
      quartic: null,
      drives: [],
      controls: {},
      initial: null,
      nodeTemperature: null,
    });
  });

  it('gives wells of one value to all sites, drives by index and curves', () => {
    const image = read(2, [
      { kind: 3, floats: [1.5] },
      { kind: 4, floats: [1, 2] },
      { kind: 5, index: 7, scale: 0.25, codes: [4, -4] },
      { kind: 6, index: 7, floats: [0, 0, 1, 2, 1, 3] },
      { kind: 5, index: 2, codes: [1, 1] },
      { kind: 6, index: 2, floats: [0, 1] },
      { kind: 7, index: 0, floats: [0, 0.5, 4, 1] },
      { kind: 8, scale: 0.5, codes: [2, -2] },
    ]);
    expect([...image.quadratic!]).toEqual([1.5, 1.5]);
    expect([...image.quartic!]).toEqual([1, 2]);
    expect(image.drives.map((drive) => drive.index)).toEqual([2, 7]);
    expect([...image.drives[1]!.pattern]).toEqual([1, -1]);
    expect([...image.drives[1]!.amplitude.times]).toEqual([0, 1, 1]);
    expect([...image.controls.temperature!.values]).toEqual([0.5, 1]);
    expect([...image.initial!]).toEqual([1, -1]);
  });

  const BAD: [string, number, readonly TestSection[], RegExp][] = [
    ['a section of another kind', 2, [{ kind: 10, codes: [] }], /kind 10 is not known/],
    [
      'a section twice',
      2,
      [
        { kind: 2, codes: [0, 0] },
        { kind: 2, codes: [0, 0] },
      ],
      /stands twice/,
    ],
    ['couplings of another length', 3, [{ kind: 1, codes: [1, 2] }], /4 bytes instead of 6/],
    ['an infinite well', 2, [{ kind: 3, floats: [Infinity] }], /value 0 is not finite/],
    [
      'a scale that is no number',
      2,
      [{ kind: 2, scale: NaN, codes: [0, 0] }],
      /scale is not finite/,
    ],
    ['time that falls', 2, [{ kind: 7, floats: [1, 0, 0, 0] }], /t falls at point 1/],
    ['a drive without a curve', 2, [{ kind: 5, codes: [1, 1] }], /no DRIVE_CURVE/],
    ['a curve without a pattern', 2, [{ kind: 6, floats: [0, 1] }], /no DRIVE_PATTERN/],
    [
      'a control that is not known',
      2,
      [{ kind: 7, index: 5, floats: [0, 1] }],
      /index 5, at most 4/,
    ],
    ['an empty curve', 2, [{ kind: 7, floats: [] }], /no pairs/],
    ['no sites', 0, [], /n is 0/],
  ];
  it.each(BAD)('is refused with %s', (_, n, sections, text) => {
    expect(problem(n, sections)).toMatch(text);
  });

  it('is refused where sections overlap, stand askew or end beyond it', () => {
    const change = (at: number, value: number): string | ProgramImage => {
      const image = Buffer.from(
        testImage(2, [
          { kind: 2, codes: [1, 1] },
          { kind: 8, codes: [1, 1] },
        ]),
      );
      image.writeUInt32LE(value, at);
      return readProgramImage(image);
    };
    expect(change(8 + 16 + 4, 40)).toMatch(/overlaps/);
    expect(change(8 + 4, 42)).toMatch(/multiple of 4/);
    expect(change(8 + 16 + 4, 48)).toMatch(/beyond the image/);
    expect(change(0, 0)).toMatch(/RXP1/);
  });

  it('of any bytes is read or refused, and never throws', () => {
    const start = testImage(4, [
      { kind: 1, codes: [1, 2, 3, 4, 5, 6] },
      { kind: 3, floats: [1] },
    ]);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(start.length - 1), fc.nat(255))), (edits) => {
        const image = start.slice();
        for (const [at, value] of edits) image[at] = value;
        const found = readProgramImage(image);
        expect(typeof found === 'string' || found.n > 0).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
