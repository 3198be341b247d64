import { describe, expect, it } from 'vitest';
import { RandomStream, RelaxdError } from '../../core/index.js';
import { enumerateLandscape, steepestDescentEnd, stateCode } from './attractors.js';
import { basinSizes } from './basins.js';
import { couplingsFromPositions } from './couplings-from-positions.js';
import { gaussianPositions, sherringtonKirkpatrick } from './disorder.js';
import { encodeMemories } from './encode-memories.js';
import { Encoder, firstIndependent, largestBasins } from './encoder.js';

const N = 10;
const patterns = (count: number, seed: number): Int8Array[] => {
  const stream = RandomStream.of(seed, 'learning');
  return Array.from({ length: count }, () => Int8Array.from({ length: N }, () => stream.sign()));
};
const landscape = enumerateLandscape(
  sherringtonKirkpatrick(N, RandomStream.of(4, 'disorder', 1)),
  N,
);

describe('Encoder', () => {
  const encoder = new Encoder(patterns(3, 1), patterns(3, 2));

  it('takes pattern μ to attractor μ and back, exactly, −ξ to −a as well', () => {
    for (const [mu, pattern] of encoder.patterns.entries()) {
      expect(encoder.encode(pattern)).toEqual(encoder.attractors[mu]);
      expect(encoder.decode(encoder.attractors[mu]!)).toEqual(pattern);
      const minus = encoder.encode(pattern.map((s) => -s));
      expect(minus).toEqual(encoder.attractors[mu]!.map((s) => -s));
      expect(encoder.nearest(encoder.attractors[mu]!)).toEqual({ memory: mu, overlap: 1 });
    }
  });

  it('is W = A X⁺: it annihilates what is orthogonal to all patterns', () => {
    const { encoding, patterns: X } = encoder;
    // P = X X⁺, the projector on the patterns, from an encoder onto themselves
    const projector = new Encoder(X, X).encoding;
    for (let i = 0; i < N; i++) {
      for (let j = 0; j < N; j++) {
        let product = 0;
        let square = 0;
        for (let k = 0; k < N; k++) {
          product += encoding[i * N + k]! * projector[k * N + j]!;
          square += projector[i * N + k]! * projector[k * N + j]!;
        }
        expect(product).toBeCloseTo(encoding[i * N + j]!, 12);
        expect(square).toBeCloseTo(projector[i * N + j]!, 12);
      }
    }
    const trace = projector.reduce((sum, p, k) => sum + (k % (N + 1) === 0 ? p : 0), 0);
    expect(trace).toBeCloseTo(3, 12);
  });

  it('refuses what has no linear map, with the place', () => {
    const [a, b, c] = patterns(3, 1) as [Int8Array, Int8Array, Int8Array];
    const minus = a.map((s) => -s);
    expect(() => new Encoder([a, minus], [b, c])).toThrow('patterns[1]');
    expect(() => new Encoder([b, c], [a, minus])).toThrow('attractors[1]');
    expect(() => new Encoder([a], [b, c])).toThrow(RelaxdError);
    expect(() => new Encoder([a], [[1, 1]])).toThrow('attractors[0]');
    expect(() => new Encoder([a.map((s, i) => (i === 4 ? 0 : s))], [b])).toThrow('patterns[0][4]');
    expect(() => new Encoder([], [])).toThrow(RelaxdError);
  });
});

describe('basins', () => {
  it('have the sizes that following every start gives', () => {
    const sizes = basinSizes(landscape);
    expect(sizes.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
    const counted = new Float64Array(sizes.length);
    for (let code = 0; code < 2 ** N; code++) {
      const end = steepestDescentEnd(landscape, code);
      const k = landscape.attractors.indexOf(Math.min(end, 2 ** N - 1 - end));
      counted[k] = counted[k]! + 1 / 2 ** N;
    }
    counted.forEach((size, k) => expect(sizes[k]).toBeCloseTo(size, 12));
  });

  it('come largest first, each an attractor, and independent', () => {
    const chosen = largestBasins(landscape, 2);
    const sizes = basinSizes(landscape);
    const ranks = chosen.map((s) => sizes[landscape.attractors.indexOf(stateCode(s))]!);
    expect(ranks[0]).toBe(Math.max(...sizes));
    expect(ranks[0]).toBeGreaterThanOrEqual(ranks[1]!);
    const [a, b] = patterns(2, 3) as [Int8Array, Int8Array];
    expect(firstIndependent([a, a.map((s) => -s), b], 2)).toEqual([a, b]);
    expect(() => largestBasins(landscape, 1000)).toThrow('independent attractor pairs');
  });
});

describe('encodeMemories', () => {
  const glass = {
    kind: 'positions' as const,
    geometry: 'four-sevenths' as const,
    xy: gaussianPositions(N, 2, RandomStream.of(6, 'disorder')),
    waist: 1,
    n0: 0,
    cloudSigma: 0,
    stiffness: null,
  };

  it('puts patterns on attractors of the very couplings that the device makes of the positions', () => {
    const encoder = encodeMemories(glass, patterns(2, 4));
    const { unstable } = enumerateLandscape(couplingsFromPositions(glass), N);
    for (const attractor of encoder.attractors) {
      const code = stateCode(attractor);
      expect(unstable[Math.min(code, 2 ** N - 1 - code)]).toBe(0);
    }
  });

  it('refuses patterns of another size, and more than the glass can hold', () => {
    expect(() => encodeMemories(glass, [new Int8Array(3).fill(1)])).toThrow('patterns[0]');
    const independent = firstIndependent(patterns(40, 9), 9);
    expect(() => encodeMemories(glass, independent)).toThrow('independent attractor pairs');
  });
});
