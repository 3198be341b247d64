import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../core/index.js';
import { readProgram, type Couplings } from '../../device/index.js';
import { CavityKernel } from './cavity-kernel.js';
import { gaussianPositions, sherringtonKirkpatrick } from './disorder.js';
import {
  decompose,
  isMediated,
  leastEigenvalue,
  mediatedCouplings,
  type LocalTerm,
} from './mediated-couplings.js';

const N = 8;
const points = gaussianPositions(N, 2, RandomStream.of(3, 'disorder'));
const positions = (over: object = {}): Couplings =>
  readProgram({
    version: 1,
    sites: N,
    couplings: {
      kind: 'positions',
      geometry: 'four-sevenths',
      xy: Array.from({ length: N }, (_, i) => [points[2 * i]!, points[2 * i + 1]!]),
      ...over,
    },
    duration: 1,
  }).couplings;
const LOCAL: LocalTerm = { strength: 12.5, self: 0, modeDamping: 0 };
/** J in the program's unit. */
const entry = (couplings: Couplings, local: LocalTerm, i: number, j: number): number => {
  const made = mediatedCouplings(couplings, N, local);
  return made.matrix[i * N + j]! * made.largest;
};

describe('mediatedCouplings', () => {
  it('is J over its largest eigenvalue, and the sum over its modes', () => {
    const made = mediatedCouplings(positions(), N, LOCAL);
    expect(made.strengths[0]).toBe(1);
    for (let i = 0; i < N; i++) {
      for (let j = 0; j < N; j++) {
        let sum = 0;
        let unit = 0;
        for (let a = 0; a < N; a++) {
          sum += made.strengths[a]! * made.modes[a * N + i]! * made.modes[a * N + j]!;
          unit += made.modes[i * N + a]! * made.modes[j * N + a]!;
        }
        expect(sum).toBeCloseTo(made.matrix[i * N + j]!, 12);
        expect(unit).toBeCloseTo(i === j ? 1 : 0, 12);
      }
    }
    for (let a = 1; a < N; a++) {
      expect(made.strengths[a]!).toBeLessThanOrEqual(made.strengths[a - 1]!);
    }
  });

  it('has β of the cloud on the diagonal, or the device’s for points, and the self term as asked', () => {
    const kernel = (cloudSigma: number, damping: number): number => {
      const options = { geometry: 'four-sevenths', n0: 0, waist: 1, cloudSigma, damping } as const;
      return new CavityKernel(options).value(points[4]!, points[5]!, points[4]!, points[5]!);
    };
    expect(entry(positions(), LOCAL, 2, 2)).toBeCloseTo(12.5, 10);
    const half = { ...LOCAL, self: 0.5 };
    expect(entry(positions(), half, 2, 2)).toBeCloseTo(12.5 + 0.5 * kernel(0, 0), 10);
    // w0²/(8σ²)
    expect(entry(positions({ cloudSigma: 0.1 }), LOCAL, 2, 2)).toBeCloseTo(12.5, 10);
    expect(entry(positions({ cloudSigma: 0.2 }), { ...LOCAL, self: 1 }, 2, 2)).toBeCloseTo(
      1 / (8 * 0.04) + kernel(0.2, 0),
      10,
    );
    // with damped modes the local term is a spot that J(r, r) has in it
    expect(entry(positions(), { ...LOCAL, modeDamping: 0.05 }, 2, 2)).toBeCloseTo(
      kernel(0, 0.05),
      10,
    );
  });

  it('is positive where it is all that a cavity of damped modes makes', () => {
    for (const modeDamping of [0.005, 0.05, 0.3]) {
      const made = mediatedCouplings(positions(), N, { ...LOCAL, modeDamping });
      expect(isMediated(made)).toBe(true);
      expect(leastEigenvalue(made)).toBeGreaterThan(0);
    }
  });

  it('takes β of matrices in half their rms coupling, whatever their scale', () => {
    const data = sherringtonKirkpatrick(N, RandomStream.of(4, 'disorder'));
    let squares = 0;
    for (let k = 0; k < N * N; k++) squares += data[k]! ** 2 / (N * (N - 1));
    const dense: Couplings = { kind: 'dense', data };
    expect(entry(dense, LOCAL, 3, 3)).toBeCloseTo(6.25 * Math.sqrt(squares), 10);
    const made = mediatedCouplings(dense, N, LOCAL);
    const scaled = mediatedCouplings({ kind: 'dense', data: data.map((v) => 7 * v) }, N, LOCAL);
    scaled.matrix.forEach((v, k) => expect(v).toBeCloseTo(made.matrix[k]!, 12));
    expect(scaled.largest / made.largest).toBeCloseTo(7, 10);
    expect(data[0]).toBe(0);
    const entries: number[] = [];
    for (let i = 0; i < N; i++) for (let j = 0; j < i; j++) entries.push(j, i, data[i * N + j]!);
    const coo = mediatedCouplings({ kind: 'coo', entries: Float64Array.from(entries) }, N, LOCAL);
    expect(coo.matrix).toEqual(made.matrix);
  });

  it('has one mode a memory, with or without weights', () => {
    const stream = RandomStream.of(5, 'disorder');
    const patterns = [0, 1, 2].map(() => Int8Array.from({ length: N }, () => stream.sign()));
    const memories = (weights: Float64Array | null): Couplings => ({
      kind: 'memories',
      patterns,
      weights,
      next: null,
      interaction: { kind: 'polynomial', degree: 2, rectified: false },
    });
    const hebb = mediatedCouplings(memories(null), N, LOCAL);
    const weighted = mediatedCouplings(
      memories(Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1)),
      N,
      LOCAL,
    );
    expect(Array.from(hebb.strengths, (s) => s > 1e-10).filter(Boolean)).toHaveLength(3);
    expect(isMediated(hebb)).toBe(true);
    hebb.matrix.forEach((v, k) => expect(weighted.matrix[k]!).toBeCloseTo(v, 10));
    let energy = 0;
    for (let i = 0; i < N; i++)
      for (let j = 0; j < N; j++) {
        energy += hebb.matrix[i * N + j]! * hebb.largest * patterns[0]![i]! * patterns[0]![j]!;
      }
    const overlaps = patterns.map((p) => p.reduce((sum, s, i) => sum + s * patterns[0]![i]!, 0));
    expect(energy).toBeCloseTo(overlaps.reduce((sum, m) => sum + m * m, 0) / N, 10);
  });

  it('knows what modes of one detuning cannot make', () => {
    expect(isMediated(decompose(Float64Array.of(1, 2, 2, 1), 2))).toBe(false);
    expect(leastEigenvalue(decompose(Float64Array.of(1, 2, 2, 1), 2))).toBeCloseTo(-1, 12);
    expect(isMediated(decompose(Float64Array.of(2, 2, 2, 2), 2))).toBe(true);
  });
});
