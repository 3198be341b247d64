import { describe, expect, it } from 'vitest';
import { cavityDescriptor } from '../../drivers/cavity-qed/index.js';
import { RandomStream } from '../../src/core/index.js';
import type { ResolvedProgram } from '../../src/device/index.js';
import {
  bitErrorOf,
  cameraOf,
  cavityViolations,
  CavityReadout,
  cavityWarnings,
  edwardsAnderson,
  estimateVariances,
  gaussianPositions,
  overlapDistribution,
  overlapMatrix,
  selfOverlap,
  simulateCavity,
} from '../../src/emulate/cavity/index.js';
import { erfc } from '../../src/model/index.js';
import { moments } from '../../src/thermo/index.js';
import { hold } from '../support/hold.js';
import { resolveDocument, runSimulation } from '../support/run-simulation.js';
import { fractionError } from '../support/statistics.js';
import { sampleSize, SEED } from './cavity-samples.js';

type Parameters = Readonly<Record<string, number>>;
const N = 16;
const XY = gaussianPositions(N, 2, RandomStream.of(SEED, 'disorder', 1));
/** σ_r with p = .5 %, and N_ph with the same: 1/(4 N_ph) = σ_r². */
const SIGMA = 0.39;

/** Shots that all rest in one state, so that every reversed spin is an error of the readout. */
const program = (over: object = {}, shots = 4000): ResolvedProgram =>
  resolveDocument(
    {
      version: 1,
      sites: N,
      couplings: {
        kind: 'positions',
        geometry: 'four-sevenths',
        xy: Array.from({ length: N }, (_, i) => [XY[2 * i], XY[2 * i + 1]]),
      },
      fields: new Array<number>(N).fill(1e4),
      initial: { kind: 'pattern', values: new Array<number>(N).fill(1) },
      duration: 1,
      readout: { every: 1 },
      shots,
      seed: 9,
      ...over,
    },
    cavityDescriptor('cavity-qed'),
  );
const free = { couplings: { kind: 'dense', data: new Array<number>(N * N).fill(0) } };

/** Share of spins read reversed at the end, with its standard error; spins of one image err together. */
function measuredError(resolved: ResolvedProgram, parameters: Parameters) {
  const seen = runSimulation(simulateCavity, resolved, { parameters });
  return moments(
    seen.finalStates.map((state) => {
      let wrong = 0;
      for (const s of state) if (s < 0) wrong++;
      return wrong / N;
    }),
  );
}

describe('what the camera reads (physics page §6.1)', () => {
  it('CQ-readout the camera’s least squares errs as the covariance of its images says, spin by spin', () => {
    const parameters = { readoutPhotons: 1 };
    const resolved = program({}, sampleSize(20_000, 6000));
    const seen = runSimulation(simulateCavity, resolved, { parameters });
    const variances = estimateVariances(resolved, parameters);
    const own = cameraOf(resolved, parameters)!.ownPhotons;
    for (let i = 0; i < N; i++) {
      const wrong = seen.finalStates.filter((state) => state[i]! < 0).length / resolved.shots;
      const expected = bitErrorOf(variances[i]!, 0);
      const error = fractionError(expected, resolved.shots);
      expect(Math.abs(wrong - expected)).toBeLessThan(4.5 * error);
      // and that is the closed form but for the nonlocal field on the spot, some per cent of its photons
      const [few, many] = [0.85 * own[i]!, 1.15 * own[i]!].map((n) => 0.5 * erfc(Math.sqrt(2 * n)));
      expect(expected).toBeLessThan(few!);
      expect(expected).toBeGreaterThan(many!);
    }
    const mean = variances.reduce((sum, v) => sum + bitErrorOf(v, 0) / N, 0);
    const measured = measuredError(resolved, parameters);
    hold({
      quantity: 'bit error of the camera, N_ph = 1',
      expected: mean,
      got: measured.mean,
      standardError: measured.sem,
      tolerance: 4 * measured.sem,
      class: 'exact',
    });
  });

  it.each([
    [0, 0.5],
    [0, 1.5],
    [1, 1],
    [1, 3],
  ])(
    'CQ-readout a spin alone is reversed with ½ erfc √(2 N_ph), N_ph halved by a hologram (heterodyne %i, N_ph = %f)',
    (readoutHeterodyne, readoutPhotons) => {
      const resolved = program(free, sampleSize(20_000, 4000));
      const measured = measuredError(resolved, { readoutPhotons, readoutHeterodyne });
      const effective = readoutPhotons / (1 + readoutHeterodyne);
      hold({
        quantity: `bit error, N_ph = ${readoutPhotons}${readoutHeterodyne ? ', heterodyne' : ''}`,
        expected: 0.5 * erfc(Math.sqrt(2 * effective)),
        got: measured.mean,
        standardError: measured.sem,
        tolerance: 4 * measured.sem,
        class: 'exact',
      });
    },
  );

  it('CQ-readout noise of σ_r = .39 reverses .5 % of the spins, as N_ph = 1/(4σ_r²) photons do', () => {
    // Exact: ½ erfc(1/(.39 √2)) = .00517
    hold({
      quantity: 'bit error by the closed form, σ_r = .39',
      expected: 0.005,
      got: bitErrorOf(SIGMA ** 2, 0),
      tolerance: 0.0003,
      class: 'exact',
    });
    const shots = sampleSize(40_000, 8000);
    for (const parameters of [{ readoutNoise: SIGMA }, { readoutPhotons: 1 / (4 * SIGMA ** 2) }]) {
      const measured = measuredError(program(free, shots), parameters);
      hold({
        quantity: `bit error, ${Object.keys(parameters)[0]}`,
        expected: bitErrorOf(SIGMA ** 2, 0),
        got: measured.mean,
        standardError: measured.sem,
        tolerance: 4 * measured.sem,
        class: 'exact',
      });
    }
  });

  it('CQ-readout the floor of other errors comes on top of the image: p + p₀ − 2 p p₀', () => {
    const parameters = { readoutNoise: 0.8, readoutBitError: 0.05 };
    const measured = measuredError(program(free), parameters);
    const p = 0.5 * erfc(1 / (0.8 * Math.SQRT2));
    expect(Math.abs(measured.mean - (p + 0.05 - 0.1 * p))).toBeLessThan(4 * measured.sem);
    expect(cavityWarnings(program(free), parameters).join()).toContain('bit error of 0.145');
  });

  it('CQ-readout a partly magnetised spin is read less surely, an ideal readout sees its sign', () => {
    const magnetisations = Float64Array.from({ length: N }, (_, i) => (i % 2 === 0 ? 0.3 : -0.3));
    const resolved = program(free);
    const wrong = (parameters: Parameters): number => {
      const readout = new CavityReadout(resolved, parameters);
      let count = 0;
      for (let shot = 0; shot < 2000; shot++) {
        readout.begin(shot);
        readout.read(magnetisations);
        readout.seen.forEach((s, i) => (count += s * magnetisations[i]! < 0 ? 1 : 0));
      }
      return count / (2000 * N);
    };
    expect(wrong({})).toBe(0);
    const expected = 0.5 * erfc(0.3 / (SIGMA * Math.SQRT2));
    const found = wrong({ readoutNoise: SIGMA });
    expect(Math.abs(found - expected)).toBeLessThan(4 * fractionError(expected, 2000 * N));
  });

  it('CQ-readout leaves energy, work and heat those of the true state', () => {
    const noisy = { readoutPhotons: 0.2, readoutBitError: 0.1 };
    const resolved = program(
      { initial: { kind: 'random' }, fields: new Array<number>(N).fill(0) },
      50,
    );
    const [ideal, read] = [{}, noisy].map((parameters) =>
      runSimulation(simulateCavity, resolved, { parameters }),
    );
    expect(read!.ledgers).toEqual(ideal!.ledgers);
    expect(read!.finalStates).not.toEqual(ideal!.finalStates);
  });
});

describe('the self-overlap of final states', () => {
  it('CQ-E3 two readings through the whole chain overlap by (1 − 2p)² (1000 pairs)', () => {
    const p = 0.005;
    // ½ erfc(√(2 N_ph)) = .005
    const alone = { readoutPhotons: 1.6587 };
    hold({
      quantity: 'bit error of N_ph = 1.6587',
      expected: p,
      got: bitErrorOf(1 / (4 * 1.6587), 0),
      tolerance: 1e-6,
      class: 'exact',
    });
    for (const [what, resolved, parameters] of [
      ['images of 4/7 positions', program({}, 2000), alone],
      ['independent spins', program(free, 2000), alone],
      ['σ_r', program(free, 2000), { readoutNoise: 1 / Math.sqrt(4 * 1.6587) }],
    ] as const) {
      const { finalStates } = runSimulation(simulateCavity, resolved, { parameters });
      const even = finalStates.filter((_, shot) => shot % 2 === 0);
      const odd = finalStates.filter((_, shot) => shot % 2 === 1);
      const seen = selfOverlap(even, odd);
      hold({
        quantity: `q_EA by two readings, p = .5 %, ${what}`,
        expected: (1 - 2 * p) ** 2,
        got: seen.mean,
        standardError: seen.sem,
        tolerance: 0.01,
        class: 'exact',
      });
      expect(seen.variance).toBeGreaterThan(0);
      // exactly: each spot has its own error, those far from the axis a larger one
      const exact = moments(
        estimateVariances(resolved, parameters).map((v) => (1 - 2 * bitErrorOf(v, 0)) ** 2),
      ).mean;
      expect(Math.abs(seen.mean - exact)).toBeLessThan(4 * seen.sem);
    }
  });

  it('CQ-E3 the upper peak of P(q) stands at (1 − 2p)² for readings of one state', () => {
    const p = 0.005;
    const { finalStates } = runSimulation(simulateCavity, program(free, 200), {
      parameters: { readoutBitError: p },
    });
    const distribution = overlapDistribution(overlapMatrix(finalStates), 'distinct');
    hold({
      quantity: 'q_EA by the peak of P(q), p = .5 %',
      expected: (1 - 2 * p) ** 2,
      got: edwardsAnderson(distribution, 'peak'),
      tolerance: 0.01,
      class: 'exact',
    });
    expect(edwardsAnderson(distribution, 'upper-edge')).toBe(1);
  });
});

describe('what cannot be imaged', () => {
  it('CQ-HZ5 confocal mirror images look alike: refused with the site, and the way out', () => {
    const mirrored = program({
      sites: 2,
      couplings: {
        kind: 'positions',
        geometry: 'confocal',
        xy: [
          [1, 0.5],
          [-1, -0.5],
        ],
      },
      fields: [0, 0],
      initial: { kind: 'random' },
    });
    expect(cavityViolations(mirrored, {})).toEqual([]);
    const [refused] = cavityViolations(mirrored, { readoutPhotons: 10 });
    expect(refused!.path).toBe('couplings.xy[1]');
    expect(refused!.message).toContain('readoutNoise');
    // with noise that does not go through the image it runs
    expect(cavityViolations(mirrored, { readoutNoise: 0.39 })).toEqual([]);
  });

  it('CQ-readout refuses images of more clouds than one least squares takes', () => {
    const many = { ...program(), sites: 129 };
    expect(cavityViolations(many, { readoutPhotons: 10 }).map((v) => v.path)).toEqual(['sites']);
  });
});
