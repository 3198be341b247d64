import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../core/index.js';
import type { ThermoContext } from './ledger.js';
import {
  isOwnReverse,
  readRunStatement,
  runStatement,
  whyNotReverse,
  type RunStatement,
} from './run-statement.js';

const units: RunStatement['units'] = {
  time: { name: 'sweep', seconds: null },
  energy: { name: 'program energy', joules: null },
};
const context: ThermoContext = {
  sites: 2,
  baths: [{ name: 'bath', temperature: 1 }],
  noEnergy: null,
  noHeat: null,
  noEntropy: null,
  entropyMethod: 'medium',
  jarzynskiBeta: 1,
  noJarzynski: null,
};
const stated = (
  amplitude: readonly number[],
  controls: Record<string, number[]> = {},
  duration = 2,
  system: string | null = 'sha256:1',
): RunStatement =>
  runStatement(
    { duration, initial: { kind: 'equilibrium' }, drives: [{ amplitude }], controls },
    units,
    system,
    context,
  );

describe('a run’s statement', () => {
  it('comes back from its text', () => {
    const statement = stated([0, 0, 2, 1], { coupling: [0, 1, 2, 3] });
    expect(readRunStatement(JSON.stringify(statement))).toEqual(statement);
    expect(statement.drives).toEqual([
      [
        [0, 0],
        [2, 1],
      ],
    ]);
  });

  it('is what docs/formats/record.md shows', () => {
    const page = readFileSync(
      new URL('docs/formats/record.md', packageRoot(import.meta.url)),
      'utf8',
    );
    const example = [...page.matchAll(/```json\n([\s\S]*?)\n```/g)][1]![1]!;
    const shown = readRunStatement(example);
    expect(Object.keys(shown).sort()).toEqual(Object.keys(stated([0, 0])).sort());
    expect(shown.context.freeEnergyChange).toBeCloseTo(-0.37432, 5);
  });

  it.each(['', 'null', '{}', '{"version":1}', 'no JSON'])('is refused as torn: %s', (text) => {
    expect(() => readRunStatement(text)).toThrowError(/torn/);
  });

  it('is refused in another version', () => {
    const text = JSON.stringify({ ...stated([0, 0]), version: 2 });
    expect(() => readRunStatement(text)).toThrowError(/version 2/);
  });
});

describe('whyNotReverse', () => {
  it.each([
    ['a ramp', [0, 0, 2, 1], [0, 1, 2, 0]],
    ['a jump at the start', [0, 0, 0, 1], [0, 1, 2, 1, 2, 0]],
    ['a jump within', [0.5, 0, 0.5, 1], [1.5, 1, 1.5, 0]],
    ['a knot more', [0, 0, 1, 0.5, 2, 1], [0, 1, 2, 0]],
    ['what comes after the end', [0, 0, 4, 2], [0, 1, 2, 0]],
  ])('finds the reverse of %s', (_, there, back) => {
    expect(whyNotReverse(stated(there), stated(back))).toBeNull();
  });

  it.each([
    ['the same ramp', stated([0, 0, 2, 1]), /drive 0 is/],
    ['another duration', stated([0, 1, 2, 0], {}, 3), /they last 2 and 3/],
    ['another system', stated([0, 1, 2, 0], {}, 2, 'sha256:2'), /couplings, fields/],
    ['another control', stated([0, 1, 2, 0], { quadratic: [0, 1] }), /only one of them has/],
    ['a jump too few', stated([0, 1, 2, 1]), /drive 0 is/],
  ])('names what differs: %s', (_, other, why) => {
    expect(whyNotReverse(stated([0, 0, 2, 1]), other)).toMatch(why);
  });

  it('knows what is its own reverse', () => {
    expect(isOwnReverse(stated([0, 0, 1, 1, 2, 0]))).toBe(true);
    expect(isOwnReverse(stated([0, 3]))).toBe(true);
    expect(isOwnReverse(stated([0, 0, 2, 1]))).toBe(false);
    expect(isOwnReverse(stated([0, 0, 0, 1]))).toBe(false);
  });
});
