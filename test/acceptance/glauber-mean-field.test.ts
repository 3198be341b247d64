import { describe, expect, it } from 'vitest';
import type { ResolvedProgram } from '../../src/device/index.js';
import { spinThermodynamics } from '../../src/emulate/index.js';
import { simulate } from '../../src/emulate/spin/simulate-spins.js';
import { applyRule } from '../../src/model/index.js';
import { moments, RunningMoments } from '../../src/thermo/index.js';
import { holdBound, type MeanEstimate } from '../support/hold.js';
import { FULL_SIZE, runSimulation, summarise } from '../support/run-simulation.js';
import {
  disorder,
  polynomialMemories,
  randomPatterns,
  spinProgram,
} from '../support/spin-program.js';
import {
  blockError,
  expectNear,
  expectWithin,
  fractionError,
  shareOf,
} from '../support/statistics.js';

/** Final overlap with the first memory, started in it; one net a run. The error of a single net is that of its course. */
function fromMemory(options: {
  readonly N: number;
  readonly P: number;
  readonly temperature: number;
  readonly nets: number;
  readonly sweeps: number;
  readonly settle?: number;
}): MeanEstimate {
  const { N, P, temperature, nets, sweeps, settle } = options;
  const all = new RunningMoments();
  for (let net = 0; net < nets; net++) {
    const patterns = randomPatterns(P, N, disorder(N + P, net));
    const program = spinProgram({
      sites: N,
      couplings: polynomialMemories(patterns),
      references: [patterns[0]!],
      dynamics: { temperature, order: 'random' },
      initial: { kind: 'pattern', values: Float64Array.from(patterns[0]!) },
      duration: sweeps,
      ...(settle === undefined ? {} : { every: 1 }),
      seed: net,
    });
    const series = runSimulation(simulate, program).overlaps[0]!;
    if (settle === undefined) all.add(series.at(-1)!.mean);
    else {
      const course = series.slice(settle).map((m) => m.mean);
      all.add(moments(course).mean);
      if (nets === 1) return { mean: all.mean, sem: blockError(course) };
    }
  }
  return all;
}

describe('Hopfield’s model at finite temperature and load against mean field', () => {
  const sweeps = FULL_SIZE ? 2000 : 1000;
  it.each([
    [0.5, 0.9575, 0.002],
    [0.8, 0.7104, 0.006],
  ])(
    'MT-B1 one memory, N = 4000, T = %s: m = tanh(m/T) (full: 2000 sweeps; reduced: 1000, s.e. a quarter of the tolerance)',
    (temperature, expected, tolerance) => {
      const m = fromMemory({ N: 4000, P: 1, temperature, nets: 1, sweeps, settle: 50 });
      expectNear(m, expected, tolerance, { quantity: `m, T = ${temperature}` });
    },
  );

  it.each([
    [0.2, 0.9988, 0.002],
    [0.3, 0.9912, 0.003],
  ])(
    'MT-B3 α = .05, N = 1000, T = %s, 20 nets of 60 sweeps',
    (temperature, expected, tolerance) => {
      const m = fromMemory({ N: 1000, P: 50, temperature, nets: 20, sweeps: 60, settle: 20 });
      expectNear(m, expected, tolerance, { quantity: `m, T = ${temperature}` });
    },
  );

  it('MT-B4 α = .05, N = 1000, T = 0: final overlap ≥ .9995 (full: 400 nets; reduced: 100)', () => {
    const m = fromMemory({
      N: 1000,
      P: 50,
      temperature: 0,
      nets: FULL_SIZE ? 400 : 100,
      sweeps: 200,
    });
    holdBound({
      quantity: 'final overlap',
      least: 0.9995,
      got: m.mean,
      standardError: m.sem,
      class: 'reference',
    });
  });

  const nets = FULL_SIZE ? 400 : 200;
  it.each([
    [0.08, 0.9995, 0.0005],
    [0.1, 0.9978, 0.0012],
  ])(
    'MT-B5 α = %s, N = 1000, T = 0: final overlap (full: 400 nets; reduced: 200, s.e. a quarter of the tolerance)',
    (alpha, expected, tolerance) => {
      const m = fromMemory({ N: 1000, P: 1000 * alpha, temperature: 0, nets, sweeps: 200 });
      expect(4 * m.sem).toBeLessThan(tolerance);
      expectNear(m, expected, tolerance, {
        quantity: `final overlap, α = ${alpha}`,
        class: 'reference',
      });
    },
  );
});

/**
 * Protocol P1 of the physics page §2.4: paramagnet, cue of strength h on at t = 0, off at t = 2, 10 more to relax.
 * Populations ξ¹ = ±ξ² and η = ±ξ¹ have exactly the sizes of the mean field, so that only 1/N corrections are left.
 */
function protocolOne(options: {
  readonly N: number;
  readonly degree: number;
  readonly temperature: number;
  readonly h: number;
  readonly accuracy: number;
  readonly shots: number;
  /** Memories beside the target and one that is ± it in halves; random ones. */
  readonly more?: number;
  readonly seed: number;
}): ResolvedProgram {
  const { N, degree, temperature, h, accuracy, shots, more = 0, seed } = options;
  const stream = disorder(seed);
  const target = randomPatterns(1, N, stream)[0]!;
  const other = target.map((s, i) => (i % 2 === 0 ? s : -s));
  const wrong = Math.round(((1 - accuracy) / 2) * (N / 2));
  const cue = Float64Array.from(target, (s, i) => (Math.floor(i / 2) < wrong ? -s : s));
  return spinProgram({
    sites: N,
    couplings: polynomialMemories([target, other, ...randomPatterns(more, N, stream)], degree),
    references: [target, other],
    dynamics: { temperature },
    drives: [{ pattern: cue, amplitude: Float64Array.of(0, 0, 0, h, 2, h, 2, 0) }],
    duration: 12,
    every: 2,
    shots,
    seed,
  });
}

interface ProtocolOutcome {
  readonly held: RunningMoments;
  readonly end: RunningMoments;
  readonly work: RunningMoments;
  readonly heat: RunningMoments;
  readonly success: number;
}
function runProtocolOne(program: ResolvedProgram, name: string): ProtocolOutcome {
  const outcome = runSimulation(simulate, program);
  const perSite = (values: readonly number[]): RunningMoments =>
    moments(values.map((v) => v / program.sites));
  const summary = summarise(outcome, spinThermodynamics(program), program.duration);
  // The first law of every shot.
  holdBound({
    quantity: `|ΔE − W + Q|/N, largest of ${program.shots} shots, ${name}`,
    most: 1e-9,
    got: summary.firstLawResidual! / program.sites,
    class: 'exact',
    row: 'MT-A12',
  });
  return {
    held: outcome.overlaps[0]![1]!,
    end: outcome.overlaps[0]!.at(-1)!,
    work: perSite(outcome.ledgers.map((shot) => shot.work)),
    heat: perSite(outcome.ledgers.map((shot) => shot.heat)),
    success: outcome.finalOverlaps.filter((m) => m[0]! > 0.5).length,
  };
}

describe('driven dense memories against the overlap equations (N = 2000, P = 2, 200 runs, within 4 s.e.)', () => {
  const rows = [
    // n, T, c, h₀; m₁(t_h), m₁ end, W, Q of the physics page §5.6
    [2, 0.5, 0.6, 0.5, 0.647973, 0.957417, 0.332426, 0.79075],
    [3, 0.3, 0.6, 0.5, 0.544898, 0.997325, 0.402786, 0.733452],
    [3, 0.3, 0.6, 1, 0.519862, 0.99732, 0.8624, 1.19306],
  ] as const;
  it.each(rows)(
    'MT-B7 n = %i, T = %s, c = %s, h₀ = %s: work, heat and overlaps',
    (degree, temperature, accuracy, h, held, end, work, heat) => {
      const program = protocolOne({
        N: 2000,
        degree,
        temperature,
        h,
        accuracy,
        shots: 200,
        seed: degree,
      });
      const name = `n = ${degree}, h₀ = ${h}`;
      const found = runProtocolOne(program, name);
      const of = (quantity: string) => ({ quantity: `${quantity}, ${name}` });
      expectWithin(found.work, work, 4, of('W'));
      expectWithin(found.heat, heat, 4, of('Q'));
      expectWithin(found.held, held, 4, of('m(t_h)'));
      expectWithin(found.end, end, 4, of('m at the end'));
      expect(found.work.sem).toBeLessThan(0.003);
      // The other half of MT-B8: retrieval succeeds.
      holdBound({
        ...of('successes of 200'),
        least: 199,
        got: found.success,
        class: 'reference',
        row: 'MT-B8',
      });
    },
  );

  it('MT-B8 n = 4, T = .3, c = .6 fails below its basin edge: at most 2 of 200 succeed', () => {
    const program = protocolOne({
      N: 2000,
      degree: 4,
      temperature: 0.3,
      h: 0.5,
      accuracy: 0.6,
      shots: 200,
      seed: 4,
    });
    const found = runProtocolOne(program, 'n = 4, h₀ = 0.5');
    const of = (quantity: string) => ({ quantity: `${quantity}, n = 4` });
    holdBound({ ...of('successes of 200'), most: 2, got: found.success, class: 'reference' });
    expectWithin(found.work, 0.407277, 4, of('W'));
    expectWithin(found.heat, 0.407277, 4, of('Q'));
    expectWithin(found.held, 0.508447, 4, of('m(t_h)'));
  });

  it('MT-B9 n = 3, N = 1000, h₀ = 1: work with 100 memories equals that with 2 within 2 % (40 runs)', () => {
    const [few, many] = [0, 98].map((more) => {
      const all = new RunningMoments();
      for (let net = 0; net < 40; net++) {
        const program = protocolOne({
          N: 1000,
          degree: 3,
          temperature: 0.3,
          h: 1,
          accuracy: 0.6,
          shots: 1,
          more,
          seed: 100 + net,
        });
        all.add(runSimulation(simulate, program).ledgers[0]!.work / 1000);
      }
      return all;
    });
    expectNear(many!, few!.mean, 0.02 * few!.mean, {
      quantity: 'W of 100 memories against that of 2',
    });
    expect(many!.sem).toBeLessThan(0.008);
  });
});

describe('undriven time courses', () => {
  const N = 2000;
  const target = randomPatterns(1, N, disorder(57))[0]!;

  it('n = 2 at T = .3 relaxes from m₀ = .5 as the overlap equation says (§5.7; N = 2000, 100 runs, 4 s.e.)', () => {
    const program = spinProgram({
      sites: N,
      couplings: polynomialMemories([target]),
      dynamics: { temperature: 0.3 },
      initial: { kind: 'corrupted', values: target, flips: N / 4 },
      duration: 5,
      every: 1,
      shots: 100,
    });
    const { overlaps } = runSimulation(simulate, program);
    expectWithin(overlaps[0]![1]!, 0.80187, 4, { quantity: 'm(1), n = 2' });
    expectWithin(overlaps[0]![2]!, 0.9235, 4, { quantity: 'm(2), n = 2' });
    expectWithin(overlaps[0]![5]!, 0.99352, 4, { quantity: 'm(5), n = 2' });
  });

  it.each([
    [0.35, 0.877],
    [0.27, 0.117],
  ])(
    'n = 3 at T = .3 from m₀ = %s, each bit wrong independently: %s of nets succeed (§5.7; full: 400 runs; reduced: 120; 4 s.e.)',
    (m0, expected) => {
      let success = 0;
      const runs = FULL_SIZE ? 400 : 120;
      for (let run = 0; run < runs; run++) {
        const stream = disorder(58, run);
        const start = Float64Array.from(target, (s) => (stream.uniform() < (1 + m0) / 2 ? s : -s));
        const program = spinProgram({
          sites: N,
          couplings: polynomialMemories([target], 3),
          dynamics: { temperature: 0.3 },
          initial: { kind: 'pattern', values: start },
          duration: 15,
          seed: run,
        });
        if (runSimulation(simulate, program).finalOverlaps[0]![0]! > 0.5) success++;
      }
      expectNear(shareOf(success / runs, runs), expected, 4 * fractionError(expected, runs), {
        quantity: `share of successes, n = 3, m₀ = ${m0}`,
        class: 'reference',
      });
    },
  );

  it('MT-C10 α = .05, T = .3, m₀ = .5, N = 2000, 40 nets: m(1), m(3), m(10)', () => {
    const series = [1, 3, 10].map(() => new RunningMoments());
    for (let net = 0; net < 40; net++) {
      const patterns = randomPatterns(100, N, disorder(10, net));
      const program = spinProgram({
        sites: N,
        couplings: polynomialMemories(patterns),
        references: [patterns[0]!],
        dynamics: { temperature: 0.3 },
        initial: { kind: 'corrupted', values: patterns[0]!, flips: N / 4 },
        duration: 10,
        every: 1,
        seed: net,
      });
      const { overlaps } = runSimulation(simulate, program);
      [1, 3, 10].forEach((t, k) => series[k]!.add(overlaps[0]![t]!.mean));
    }
    const at = (t: number) => ({ quantity: `m(${t})`, class: 'reference' as const });
    expectNear(series[0]!, 0.758, 0.012, at(1));
    expectNear(series[1]!, 0.947, 0.008, at(3));
    expectNear(series[2]!, 0.991, 0.003, at(10));
  });
});

describe('synchronous updates at zero temperature', () => {
  it.each([
    [0.5, 0.8862, 0.01],
    [0.8, 0.9886, 0.003],
  ])(
    'MT-B6 one step at α = .1 from m₀ = %s gives erf(m₀/√(2α)) (N = 1000; full: 150 nets; reduced: 60)',
    (m0, expected, tolerance) => {
      const N = 1000;
      const after = new RunningMoments();
      for (let net = 0; net < (FULL_SIZE ? 150 : 60); net++) {
        const patterns = randomPatterns(100, N, disorder(6, net));
        const program = spinProgram({
          sites: N,
          couplings: polynomialMemories(patterns),
          references: [patterns[0]!],
          dynamics: { temperature: 0, order: 'synchronous' },
          initial: { kind: 'corrupted', values: patterns[0]!, flips: (N * (1 - m0)) / 2 },
          duration: 1,
          seed: net,
        });
        after.add(runSimulation(simulate, program).overlaps[0]![1]!.mean);
      }
      expectNear(after, expected, tolerance, { quantity: `m₁ of the simulator, m₀ = ${m0}` });
    },
  );

  it.each([
    [0.2, 0.9665, 0.006],
    [0.25, 0.912, 0.012],
    [0.3, 0, 0.1],
  ])(
    'MT-B11 a cyclic sequence at α = %s, N = 1000, after 40 steps (full: 40 nets; reduced: 8, tolerance + 2 s.e. of it)',
    (alpha, expected, tolerance) => {
      const N = 1000;
      const P = N * alpha;
      const m = new RunningMoments();
      const count = FULL_SIZE ? 40 : 8;
      for (let net = 0; net < count; net++) {
        const patterns = randomPatterns(P, N, disorder(11 + P, net));
        const program = spinProgram({
          sites: N,
          couplings: applyRule({ kind: 'sequence', degree: 2 }, patterns),
          references: [patterns[40 % P]!],
          dynamics: { temperature: 0, order: 'synchronous' },
          initial: { kind: 'pattern', values: Float64Array.from(patterns[0]!) },
          duration: 40,
          seed: net,
        });
        m.add(runSimulation(simulate, program).overlaps[0]![1]!.mean);
      }
      expectNear(m, expected, FULL_SIZE ? tolerance : tolerance + 2 * m.sem, {
        quantity: `m after 40 steps, α = ${alpha}`,
      });
    },
  );
});
