import { describe, expect, it } from 'vitest';
import type { StreamPurpose } from '../../src/core/index.js';
import {
  fillExponential,
  fillNormal,
  fillUniform,
  LANE_STATE,
  LANES,
  openEngine,
  seedLanes,
  seedShotLanes,
} from '../../src/kernels/index.js';
import { normalTail } from '../../src/model/theory/index.js';

/**
 * Statistics of the kernels' random numbers, on the default engine: all engines make the same bits (see the tests of
 * src/kernels/random). Seeds are fixed; bounds are 5 standard errors, or of a probability below 10⁻⁶.
 */
const engine = openEngine();
type Fill = typeof fillNormal;

/** Calls back with one block of numbers after another. */
function draw(
  fill: Fill,
  state: Uint32Array,
  count: number,
  each: (block: Float32Array) => void,
  block = Math.min(count, 65_536),
): void {
  engine.scratch.reset();
  const kept = engine.scratch.uint32(LANE_STATE);
  kept.set(state);
  const out = engine.scratch.float32(block);
  for (let done = 0; done < count; done += block) {
    fill(engine, kept, out);
    each(out);
  }
}
function stateOf(seed: number, purpose: StreamPurpose = 'dynamics', shot = 0): Uint32Array {
  const state = new Uint32Array(LANE_STATE);
  seedLanes(state, seed, purpose, shot);
  return state;
}
function shotStateOf(seed: number, firstShot: number): Uint32Array {
  const state = new Uint32Array(LANE_STATE);
  seedShotLanes(state, seed, 'dynamics', firstShot);
  return state;
}
/** All numbers at once. */
function numbers(fill: Fill, state: Uint32Array, count: number): Float32Array {
  let all: Float32Array | null = null;
  draw(fill, state, count, (block) => (all = block.slice()), count);
  return all!;
}
const range = (n: number): number[] => Array.from({ length: n }, (_, k) => k);

describe('normal numbers', () => {
  it('have moments 0, 1, 0, 3, 0, 15 and tails to 5 σ (2²⁵ of them)', () => {
    const n = 2 ** 25;
    const sums = new Float64Array(7);
    const beyond = new Float64Array(7);
    let largest = 0;
    draw(fillNormal, stateOf(1), n, (block) => {
      let [s1, s2, s3, s4, s5, s6] = [0, 0, 0, 0, 0, 0];
      for (const z of block) {
        const z2 = z * z;
        const z4 = z2 * z2;
        s1 += z;
        s2 += z2;
        s3 += z * z2;
        s4 += z4;
        s5 += z * z4;
        s6 += z2 * z4;
        const size = Math.abs(z);
        if (size > 1) beyond[Math.trunc(size)]!++;
        if (size > largest) largest = size;
      }
      [s1, s2, s3, s4, s5, s6].forEach((s, k) => (sums[k + 1]! += s));
    });
    // Moments and variances of powers of a standard normal: E z^2p = (2p − 1)!!.
    const expected = [1, 0, 1, 0, 3, 0, 15];
    const evenMoments = [1, 1, 3, 15, 105, 945, 10_395];
    for (let p = 1; p <= 6; p++) {
      const error = Math.sqrt((evenMoments[p]! - expected[p]! ** 2) / n);
      expect(Math.abs(sums[p]! / n - expected[p]!), `moment ${p}`).toBeLessThan(5 * error);
    }
    for (let k = 1; k <= 5; k++) {
      const count = beyond.slice(k).reduce((a, b) => a + b);
      const p = 2 * normalTail(k);
      expect(Math.abs(count - n * p), `beyond ${k}`).toBeLessThan(5 * Math.sqrt(n * p * (1 - p)));
    }
    expect(largest).toBeGreaterThan(5);
    expect(largest).toBeLessThan(6.67);
  });

  it('have the normal distribution (Kolmogorov and Smirnov, 2¹⁹ of them, p > 10⁻⁴)', () => {
    const n = 2 ** 19;
    const sorted = numbers(fillNormal, stateOf(2), n).sort();
    let d = 0;
    for (let k = 0; k < n; k++) {
      const below = 1 - normalTail(sorted[k]!);
      d = Math.max(d, below - k / n, (k + 1) / n - below);
    }
    expect(d * Math.sqrt(n)).toBeLessThan(2.225);
  });

  it('are independent within a lane: z and z² at lags of 1 to 8 rows', () => {
    const n = 2 ** 20;
    const z = numbers(fillNormal, stateOf(3), n);
    for (let lag = 1; lag <= 8; lag++) {
      const shift = lag * LANES;
      let [first, second] = [0, 0];
      for (let i = shift; i < n; i++) {
        first += z[i]! * z[i - shift]!;
        second += (z[i]! ** 2 - 1) * (z[i - shift]! ** 2 - 1);
      }
      const root = Math.sqrt(n - shift);
      expect(Math.abs(first / root), `z at lag ${lag}`).toBeLessThan(5);
      expect(Math.abs(second / root), `z² at lag ${lag}`).toBeLessThan(5 * 2);
    }
  });

  it('are independent across lanes: all pairs, z and z²', () => {
    const rows = 2 ** 16;
    const z = numbers(fillNormal, stateOf(4), rows * LANES);
    for (const [one, other] of range(LANES).flatMap((a) => range(a).map((b) => [a, b] as const))) {
      let [first, second] = [0, 0];
      for (let i = 0; i < z.length; i += LANES) {
        const [x, y] = [z[i + one]!, z[i + other]!];
        first += x * y;
        second += (x * x - 1) * (y * y - 1);
      }
      expect(Math.abs(first / Math.sqrt(rows)), `z of ${one} and ${other}`).toBeLessThan(5);
      expect(Math.abs(second / Math.sqrt(rows)), `z² of ${one}, ${other}`).toBeLessThan(5 * 2);
    }
  });

  it('are independent across seeds, purposes, shots and forms of dealing, at lags of −2 to 2 rows', () => {
    const n = 2 ** 17;
    const z = numbers(fillNormal, stateOf(5, 'dynamics', 7), n);
    const others = [
      stateOf(6, 'dynamics', 7),
      stateOf(5 + 2 ** 32, 'dynamics', 7),
      stateOf(5, 'dynamics', 8),
      stateOf(5, 'dynamics', 7 + 2 ** 32),
      stateOf(5, 'initial', 7),
      shotStateOf(5, 7),
      shotStateOf(5, 0),
    ].map((state) => numbers(fillNormal, state, n));
    for (const other of others) {
      for (let lag = -2; lag <= 2; lag++) {
        const shift = lag * LANES;
        let [first, second] = [0, 0];
        for (let i = 2 * LANES; i < n - 2 * LANES; i++) {
          const [x, y] = [z[i]!, other[i + shift]!];
          first += x * y;
          second += (x * x - 1) * (y * y - 1);
        }
        expect(Math.abs(first / Math.sqrt(n))).toBeLessThan(5);
        expect(Math.abs(second / Math.sqrt(n))).toBeLessThan(5 * 2);
      }
    }
  });

  it('of shots side by side belong to the shot, wherever its block begins', () => {
    const at = (firstShot: number, lane: number): number[] =>
      Array.from(numbers(fillNormal, shotStateOf(9, firstShot), 64 * LANES)).filter(
        (_, i) => i % LANES === lane,
      );
    expect(at(16, 5)).toEqual(at(21, 0));
    expect(at(16, 15)).toEqual(at(20, 11));
    expect(at(16, 5)).not.toEqual(at(16, 6));
  });
});

describe('exponential numbers', () => {
  it('have moments 1, 2, 6 and tails to e⁻¹² (2²² of them)', () => {
    const n = 2 ** 22;
    const sums = [0, 0, 0];
    const beyond = new Float64Array(24);
    draw(fillExponential, stateOf(10), n, (block) => {
      for (const x of block) {
        sums[0]! += x;
        sums[1]! += x * x;
        sums[2]! += x * x * x;
        beyond[Math.trunc(x)]!++;
      }
    });
    const factorials = [1, 1, 2, 6, 24, 120, 720];
    for (let p = 1; p <= 3; p++) {
      const error = Math.sqrt((factorials[2 * p]! - factorials[p]! ** 2) / n);
      expect(Math.abs(sums[p - 1]! / n - factorials[p]!)).toBeLessThan(5 * error);
    }
    for (let k = 1; k <= 12; k++) {
      const count = beyond.slice(k).reduce((a, b) => a + b);
      const p = Math.exp(-k);
      expect(Math.abs(count - n * p), `beyond ${k}`).toBeLessThan(5 * Math.sqrt(n * p * (1 - p)));
    }
  });
});

describe('uniform numbers', () => {
  /** χ² of equally likely cells as standard deviations from its mean. */
  const excess = (cells: Uint32Array, n: number): number => {
    const expected = n / cells.length;
    const chi2 = cells.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    return (chi2 - cells.length + 1) / Math.sqrt(2 * (cells.length - 1));
  };

  it('are equidistributed: upper and lower 12 of their 24 bits, each lane, and pairs of rows and of lanes (χ²)', () => {
    const rows = 2 ** 18;
    const n = rows * LANES;
    const upper = new Uint32Array(4096);
    const lower = new Uint32Array(4096);
    const lanes = range(LANES).map(() => new Uint32Array(1024));
    const rowPairs = new Uint32Array(4096);
    const lanePairs = new Uint32Array(4096);
    draw(fillUniform, stateOf(11), n, (block) => {
      for (let i = 0; i < block.length; i++) {
        const k = block[i]! * 2 ** 24;
        upper[k >>> 12]!++;
        lower[k & 4095]!++;
        lanes[i % LANES]![k >>> 14]!++;
        if (i >= LANES) rowPairs[((k >>> 18) << 6) | (block[i - LANES]! * 64)]!++;
        if (i % LANES > 0) lanePairs[((k >>> 18) << 6) | (block[i - 1]! * 64)]!++;
      }
    });
    const total = (cells: Uint32Array): number => cells.reduce((a, b) => a + b);
    for (const cells of [upper, lower, ...lanes, rowPairs, lanePairs]) {
      expect(Math.abs(excess(cells, total(cells)))).toBeLessThan(5);
    }
  });
});
