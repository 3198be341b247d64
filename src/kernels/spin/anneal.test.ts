import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ENGINES, RandomStream, type EngineKind } from '../../core/index.js';
import { engineMissing, openEngine } from '../index.js';
import { LANE_STATE, seedLanes } from '../random/lanes.js';
import { annealedEnergy, annealingRuns, annealSweeps, computeFields } from './anneal.js';

const here = ENGINES.filter((kind) => engineMissing(kind) === null);

function anneal(kind: EngineKind, sites: number, runs: number, seed: number): unknown {
  const engine = openEngine(kind);
  const job = annealingRuns(engine.arena, sites, runs);
  const { couplings, stride, states, lanes, fields } = job;
  const stream = RandomStream.of(seed, 'disorder', 0);
  for (let i = 0; i < sites; i++) {
    for (let j = 0; j < i; j++) {
      couplings[i * stride + j] = stream.normal() / Math.sqrt(sites);
      couplings[j * stride + i] = couplings[i * stride + j]!;
    }
  }
  for (let run = 0; run < runs; run++) {
    for (let i = 0; i < sites; i++) states[run * stride + i] = stream.sign();
    seedLanes(lanes.subarray(run * LANE_STATE, (run + 1) * LANE_STATE), seed, 'dynamics', run);
  }
  computeFields(engine, job, 0, runs);
  const temperatures = engine.arena.float32(6);
  temperatures.set([2, 1, 0.7, 0.4, 0.2, 0]);
  annealSweeps(engine, job, 0, runs, temperatures);
  // A second call on some of them, from where they are.
  annealSweeps(engine, job, runs - 1, 1, temperatures);
  return [states, fields, lanes].map((array) => Array.from(array));
}

describe('annealing', () => {
  it('is the same bits on every engine that is here, whatever runs are together', () => {
    expect(here.length).toBeGreaterThan(1);
    const shapes = fc.tuple(
      fc.constantFrom(1, 2, 15, 16, 17, 63, 64, 65, 100, 130),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 1000 }),
    );
    fc.assert(
      fc.property(shapes, ([sites, runs, seed]) => {
        const reference = anneal('reference', sites, runs, seed);
        for (const kind of here.slice(1))
          expect(anneal(kind, sites, runs, seed)).toEqual(reference);
      }),
      { numRuns: 40, seed: 3 },
    );
  });

  it('at one temperature visits states as Gibbs’ law has it (N = 4, χ² at 1e−4)', () => {
    const [sites, runs, sweeps] = [4, 4, 3];
    const engine = openEngine();
    const job = annealingRuns(engine.arena, sites, runs);
    const { couplings, stride, states, lanes } = job;
    const J = [0, 0.8, -0.5, 0.3, 0.8, 0, 0.4, 0.6, -0.5, 0.4, 0, -0.9, 0.3, 0.6, -0.9, 0];
    for (let k = 0; k < 16; k++) couplings[(k >> 2) * stride + (k & 3)] = J[k]!;
    const temperatures = engine.arena.float32(sweeps).fill(1);
    for (let run = 0; run < runs; run++) {
      seedLanes(lanes.subarray(run * LANE_STATE, (run + 1) * LANE_STATE), 5, 'dynamics', run);
    }
    computeFields(engine, job, 0, runs);
    const counts = new Float64Array(16);
    const code = (run: number): number => {
      let bits = 0;
      for (let i = 0; i < sites; i++) if (states[run * stride + i]! > 0) bits |= 1 << i;
      return bits;
    };
    const rounds = 6000;
    for (let round = 0; round < rounds; round++) {
      annealSweeps(engine, job, 0, runs, temperatures);
      for (let run = 0; run < runs; run++) counts[code(run)]!++;
    }
    const scratch = new Float64Array(sites);
    const weights = Array.from(counts, (_, state) => {
      for (let i = 0; i < sites; i++) states[i] = (state >> i) & 1 ? 1 : -1;
      return Math.exp(-annealedEnergy(job, 0, scratch));
    });
    const Z = weights.reduce((a, b) => a + b, 0);
    const samples = rounds * runs;
    const squares = weights.reduce(
      (sum, w, k) => sum + (counts[k]! - (samples * w) / Z) ** 2 / ((samples * w) / Z),
      0,
    );
    // 15 degrees of freedom; three sweeps apart, states are correlated a little.
    expect(squares).toBeLessThan(2 * 44.3);
  });
});
