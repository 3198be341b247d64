import { inverse, Matrix } from 'ml-matrix';
import { describe, it } from 'vitest';
import { RandomStream } from '../../src/core/index.js';
import { retrievalEigenvalue, storedSite } from '../../src/emulate/index.js';
import { builtinMemories } from '../../src/memory/index.js';
import { batchMean, circuit, watch } from '../support/circuit.js';
import { holdBound } from '../support/hold.js';
import { FULL_SIZE } from '../support/run-simulation.js';
import { expectNear, shareOf } from '../support/statistics.js';

const SITES = 100;
const FLIPS = 15;
const SHOTS = FULL_SIZE ? 1000 : 60;

const random = RandomStream.of(1, 'learning');
const memories: Record<string, readonly Int8Array[]> = {
  'letters A, B, C': builtinMemories('letters:A,B,C')!.patterns,
  'three random patterns': [0, 1, 2].map(() =>
    Int8Array.from({ length: SITES }, () => random.sign()),
  ),
};

/** The projector onto the patterns: eigenvalue 1 on their span, 0 beside it. */
function projector(patterns: readonly Int8Array[]): Matrix {
  const X = new Matrix(patterns.map((pattern) => Array.from(pattern)));
  return X.transpose()
    .mmul(inverse(X.mmul(X.transpose())))
    .mmul(X);
}

/** Recalls the first pattern from cues with 15 % of the sites wrong, at T = 1 and in wells q = r = 1, for 5 t0. */
function recall(patterns: readonly Int8Array[], eigenvalue: number, zeroDiagonal: boolean) {
  const J = Matrix.mul(projector(patterns), eigenvalue);
  if (zeroDiagonal) for (let i = 0; i < SITES; i++) J.set(i, i, 0);
  const program = circuit({
    sites: SITES,
    couplings: { kind: 'dense', data: J.to1DArray() },
    initial: { kind: 'corrupted', values: Array.from(patterns[0]!), flips: FLIPS },
    duration: 5,
    shots: SHOTS,
    seed: 6,
  });
  const overlaps: number[] = [];
  const means: number[] = [];
  watch(program, (x, step) => {
    if (step === 0) return;
    overlaps.push(x.reduce((sum, v, i) => sum + Math.sign(v) * patterns[0]![i]!, 0) / SITES);
    means.push(x.reduce((sum, v, i) => sum + v * patterns[0]![i]!, 0) / SITES);
  });
  return {
    success: overlaps.filter((m) => m >= 0.95).length / SHOTS,
    overlap: batchMean(overlaps),
    mean: batchMean(means),
  };
}

describe('retrieval on the circuit at its own temperature', () => {
  for (const [name, patterns] of Object.entries(memories)) {
    it.each([false, true])(
      `${name} come back from cues with 15 of 100 sites wrong at λ = 2q + 8√(rT) (zero diagonal: %s)`,
      (zeroDiagonal) => {
        const { success, overlap } = recall(patterns, retrievalEigenvalue(1, 1, 1), zeroDiagonal);
        holdBound({
          quantity: 'share with m ≥ .95',
          least: 0.95,
          got: success,
          standardError: shareOf(success, SHOTS).sem,
          class: 'choice',
        });
        holdBound({
          quantity: 'mean overlap',
          above: 0.995,
          got: overlap.mean,
          standardError: overlap.sem,
          class: 'choice',
        });
      },
    );
  }

  it('amplitudes and sign overlaps are those of the mean field', () => {
    const patterns = memories['three random patterns']!;
    for (const eigenvalue of [7, 10]) {
      const { overlap, mean } = recall(patterns, eigenvalue, false);
      const predicted = storedSite(eigenvalue, 1, 1, 1);
      // The mean field is that of N → ∞; at N = 100 the memory's own fluctuations lower ⟨x⟩ by about 1/N.
      const at = `λ = ${eigenvalue}`;
      expectNear(mean, predicted.mean, 4 * mean.sem + 0.01, { quantity: `⟨x ξ⟩, ${at}` });
      expectNear(overlap, 1 - 2 * predicted.wrong, 4 * overlap.sem + 0.001, {
        quantity: `sign overlap, ${at}`,
      });
    }
  });

  it('nothing is stored below λ = 2q, and thermal noise wins at λ = 4', () => {
    const patterns = memories['three random patterns']!;
    for (const eigenvalue of [2, 4]) {
      const { success, overlap } = recall(patterns, eigenvalue, false);
      const at = `λ = ${eigenvalue}`;
      expectNear(success, 0, 0, { quantity: `share with m ≥ .95, ${at}` });
      holdBound({
        quantity: `mean overlap, ${at}`,
        below: 0.3,
        got: overlap.mean,
        standardError: overlap.sem,
        class: 'choice',
      });
    }
  });
});
