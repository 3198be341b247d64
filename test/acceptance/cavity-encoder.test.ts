import { describe, expect, it } from 'vitest';
import { cavityDescriptor } from '../../drivers/cavity-qed/index.js';
import { RandomStream, RelaxdError } from '../../src/core/index.js';
import type { PositionCouplings } from '../../src/device/index.js';
import {
  encodedProgram,
  encodeMemories,
  Encoder,
  gaussianPositions,
  largestBasins,
  simulateCavity,
  stateCode,
  stateOfCode,
  steepestDescentEnd,
  stiffnessFor,
} from '../../src/emulate/cavity/index.js';
import { moments } from '../../src/thermo/index.js';
import { hold } from '../support/hold.js';
import { resolveDocument, runSimulation } from '../support/run-simulation.js';
import { sampleSize, SEED, skLandscape } from './cavity-samples.js';

const N = 16;
const CUES = 20;
const ERRORS = [1, 2, 3];

function randomPatterns(count: number, stream: RandomStream): Int8Array[] {
  return Array.from({ length: count }, () => Int8Array.from({ length: N }, () => stream.sign()));
}
function withErrors(pattern: Int8Array, errors: number, stream: RandomStream): Int8Array {
  const cue = pattern.slice();
  for (const i of stream.sample(N, errors)) cue[i] = -cue[i]!;
  return cue;
}

/**
 * Share of cues with 1, 2, 3 errors whose pattern is decoded exactly, in one SK glass: P random patterns on the attractors
 * of the largest basins. Null where the glass has too few independent ones, or the patterns depend on each other.
 */
function encodedRecall(P: number, k: number): number[] | null {
  const landscape = skLandscape(N, k);
  if (landscape.attractors.length < P) return null;
  const stream = RandomStream.of(SEED + P, 'cue', k);
  let encoder: Encoder;
  try {
    encoder = new Encoder(randomPatterns(P, stream), largestBasins(landscape, P));
  } catch (error) {
    if (error instanceof RelaxdError && error.code === 'invalid-input') return null;
    throw error;
  }
  return ERRORS.map((d) => {
    let recalled = 0;
    for (const pattern of encoder.patterns) {
      for (let c = 0; c < CUES; c++) {
        const start = encoder.encode(withErrors(pattern, d, stream));
        const end = stateOfCode(steepestDescentEnd(landscape, stateCode(start)), N);
        if (encoder.decode(end).every((s, i) => s === pattern[i])) recalled++;
      }
    }
    return recalled / (CUES * P);
  });
}

describe('patterns on the attractors of a glass (SK, N = 16, steepest descent; 20 disorders × 20 cues in the reference)', () => {
  it.each([
    [4, [1, 0.94, 0.84]],
    [8, [0.85, 0.6, 0.42]],
  ])(
    'CQ-encoder %i patterns are recalled from 1, 2, 3 errors with probability %j',
    (P, expected) => {
      const rows: number[][] = [];
      const count = sampleSize(100, 20);
      for (let k = 0; rows.length < count && k < 2 * count; k++) {
        const row = encodedRecall(P, k);
        if (row !== null) rows.push(row);
      }
      expect(rows).toHaveLength(count);
      for (const [d, value] of expected.entries()) {
        const seen = moments(rows.map((row) => row[d]!));
        hold({
          quantity: `encoded recall, P = ${P}, d = ${d + 1}`,
          expected: value,
          got: seen.mean,
          standardError: seen.sem,
          // Reference: s.e. .01 – .02, of 20 disorders.
          tolerance: 4 * Math.hypot(0.015, seen.sem),
          class: 'reference',
        });
      }
    },
  );
});

describe('a user’s patterns on a glass of given positions, by programs', () => {
  const couplings: PositionCouplings = {
    kind: 'positions',
    geometry: 'four-sevenths',
    xy: gaussianPositions(N, 2, RandomStream.of(SEED, 'disorder', 2)),
    waist: 1,
    n0: 0,
    cloudSigma: 0,
    stiffness: null,
  };
  const moving = { ...couplings, stiffness: stiffnessFor(couplings, 0.005) };
  const patterns = randomPatterns(3, RandomStream.of(SEED, 'learning'));

  it.each([
    ['fixed', couplings],
    ['moving', moving],
  ] as const)(
    'CQ-encoder cue → program → final state → pattern, with %s atoms: right without errors, mostly with one',
    (_what, glass) => {
      const encoder = encodeMemories(glass, patterns);
      const stream = RandomStream.of(SEED, 'cue');
      const recalled = [0, 0];
      for (const [mu, pattern] of patterns.entries()) {
        for (let c = 0; c < N; c++) {
          for (const errors of [0, 1]) {
            const document = encodedProgram(encoder, glass, withErrors(pattern, errors, stream));
            const program = resolveDocument(document, cavityDescriptor('cavity-qed'));
            const seen = runSimulation(simulateCavity, program);
            const answer = encoder.decode(seen.finalStates[0]!);
            if (answer.every((s, i) => s === pattern[i])) {
              recalled[errors] = recalled[errors]! + 1;
              // the overlaps of the run say the same: 1 with attractor μ
              expect(seen.finalOverlaps[0]![mu]).toBe(1);
              expect(encoder.nearest(seen.finalStates[0]!)).toEqual({ memory: mu, overlap: 1 });
            }
          }
        }
      }
      expect(recalled[0]).toBe(3 * N);
      expect(recalled[1]).toBeGreaterThan(0.85 * 3 * N);
    },
  );

  it('CQ-encoder attractors of glasses too large to enumerate are searched by quenches', () => {
    const large = {
      ...couplings,
      xy: gaussianPositions(24, 2, RandomStream.of(SEED, 'disorder', 3)),
    };
    const own = Array.from({ length: 2 }, (_, mu) =>
      Int8Array.from({ length: 24 }, (__, i) => ((i >> mu) % 2 === 0 ? 1 : -1)),
    );
    const encoder = encodeMemories(large, own, { seed: 5 });
    for (const pattern of own) {
      const program = resolveDocument(
        encodedProgram(encoder, large, pattern),
        cavityDescriptor('cavity-qed'),
      );
      const { finalStates, ledgers } = runSimulation(simulateCavity, program);
      // an encoded pattern is an attractor: nothing flips
      expect(ledgers[0]!.heat).toBe(0);
      expect(encoder.decode(finalStates[0]!)).toEqual(pattern);
    }
  });
});
