import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../core/index.js';
import { compareTwin } from './compare-twin.js';
import { fTail } from './f-tail.js';
import { ShotNumbers, quantityNames, type ComparedShots } from './shot-numbers.js';

const compared = (shots: number): ComparedShots => ({
  references: [Int8Array.of(1, 1, 1, 1), Int8Array.of(1, -1, 1, -1)],
  times: Float64Array.of(0, 1),
  shots,
  work: true,
  heat: true,
  course: true,
});
const NAMES = quantityNames(compared(1), 0);

/** Shots whose four sites are right with the chance of a normal threshold, and whose work and heat go together. */
function run(shots: number, seed: number, shift: number, heat: number) {
  const random = RandomStream.of(seed, 'dynamics', 0);
  const numbers = new ShotNumbers(compared(shots));
  for (let shot = 0; shot < shots; shot++) {
    const common = random.normal();
    const x = Float64Array.from({ length: 4 }, () => 0.5 + shift + random.normal());
    numbers.shown(shot, 0, random.uniform() < 0.5 ? x : x.map((v) => -v));
    numbers.shown(shot, 1, x);
    numbers.end(shot, common + 0.1 * random.normal(), common + heat + 0.1 * random.normal());
  }
  return numbers.numbers(0);
}

describe('fTail', () => {
  it('has the 5 % points of the tables', () => {
    expect(fTail(5.786135, 2, 5)).toBeCloseTo(0.05, 6);
    expect(fTail(3.708265, 3, 10)).toBeCloseTo(0.05, 6);
    expect(fTail(4.102821, 2, 10)).toBeCloseTo(0.05, 6);
    // t² of 7 degrees of freedom: 2.364624.
    expect(fTail(2.364624 ** 2, 1, 7)).toBeCloseTo(0.05, 6);
    expect(fTail(0, 3, 10)).toBe(1);
    expect(fTail(2, 2, 4)).toBeCloseTo((1 + 1) ** -2, 12); // (1 + m x/n)^{−n/2} for m = 2
  });
});

describe('a job beside its twin', () => {
  const COMPARISONS = 150;
  const DRAWS = 20;
  /** Each draw, and the device, with another parameter: what a calibration leaves open. */
  const compare = (seed: number, off: number) => {
    const random = RandomStream.of(seed, 'disorder', 0);
    const one = (shots: number, k: number, more: number) =>
      run(shots, 1000 * seed + k, 0.2 * random.normal(), 0.3 * random.normal() + more);
    const device = one(60, 0, off);
    const draws = Array.from({ length: DRAWS }, (_, k) => one(60, k + 1, 0));
    return compareTwin(NAMES, 0, device, draws);
  };

  it('finds p uniform where both are of one kind, correlations and few draws and all', () => {
    const ps = Array.from({ length: COMPARISONS }, (_, k) => compare(k + 1, 0).fit!.pValue);
    ps.sort((a, b) => a - b);
    // Kolmogorov: beyond 1.95/√n once in a thousand.
    const apart = ps.reduce(
      (worst, p, k) => Math.max(worst, Math.abs(p - (k + 0.5) / ps.length)),
      0,
    );
    expect(apart).toBeLessThan(1.95 / Math.sqrt(COMPARISONS));
    const below = ps.filter((p) => p < 0.05).length / COMPARISONS;
    expect(Math.abs(below - 0.05)).toBeLessThan(4 * Math.sqrt((0.05 * 0.95) / COMPARISONS));
  });

  it('says so where the device is another one', () => {
    const far = compare(1, 3);
    expect(far.agrees).toBe(false);
    expect(far.fit!.pValue).toBeLessThan(0.001);
  });

  it('keeps what is no normal mean out of χ², and still sees that it is another one', () => {
    const always = (shots: number, sign: number) => {
      const numbers = new ShotNumbers({ ...compared(shots), work: false, heat: false });
      for (let shot = 0; shot < shots; shot++) {
        for (const step of [0, 1]) numbers.shown(shot, step, new Float64Array(4).fill(sign));
      }
      return numbers.numbers(0);
    };
    const names = quantityNames({ ...compared(1), work: false, heat: false }, 0);
    const draws = Array.from({ length: 16 }, () => always(50, 1));
    const same = compareTwin(names, 0, always(100, 1), draws);
    expect(same.fit).toBeNull();
    expect(same.agrees).toBe(true);
    expect(same.quantities.find(({ name }) => name === 'success')).toMatchObject({
      device: { mean: 1 },
      z: 0,
      counted: false,
    });
    const other = compareTwin(names, 0, always(100, -1), draws);
    expect(other.agrees).toBe(false);
    expect(other.quantities.find(({ name }) => name === 'time')).toMatchObject({
      device: { mean: null },
      reason: 'no shot of the device has it',
    });
  });
});
