import { describe, expect, it } from 'vitest';
import { solveExactly, spinThermodynamics } from '../../src/emulate/index.js';
import { simulate } from '../../src/emulate/spin/simulate-spins.js';
import { SpinDynamics } from '../../src/emulate/spin/spin-dynamics.js';
import {
  applyRule,
  createSpinModel,
  drivenOverlapDynamics,
  hopfieldCapacity,
  type SpinCouplings,
  type SpinModel,
} from '../../src/model/index.js';
import { openEngine } from '../../src/kernels/index.js';
import { moments } from '../../src/thermo/index.js';
import { circuit, watch } from '../support/circuit.js';
import { hold, holdBound } from '../support/hold.js';
import { FULL_SIZE, runSimulation, summarise } from '../support/run-simulation.js';
import {
  disorder,
  polynomialMemories,
  randomPatterns,
  spinProgram,
} from '../support/spin-program.js';
import { expectWithin, fractionError } from '../support/statistics.js';

const logSumExp = (patterns: readonly Int8Array[], beta: number): SpinCouplings => ({
  kind: 'memories',
  patterns,
  weights: null,
  next: null,
  interaction: { kind: 'log-sum-exp', beta },
});

/** Runs a hot chain until it has flipped at least a million times. */
function millionFlips(couplings: SpinCouplings, N: number): SpinDynamics {
  const dynamics = new SpinDynamics(
    spinProgram({
      sites: N,
      couplings,
      dynamics: { temperature: 50, order: 'sequential' },
      duration: Math.ceil(2.2e6 / N),
      seed: 2,
    }),
    openEngine('reference'),
  );
  let flips = 0;
  const flip = dynamics.system.model.flip.bind(dynamics.system.model);
  (dynamics.system.model as { flip: (i: number) => void }).flip = (i) => {
    flips++;
    flip(i);
  };
  dynamics.begin(0);
  dynamics.advanceTo(Math.ceil(2.2e6 / N));
  expect(flips).toBeGreaterThan(1 << 20);
  return dynamics;
}

describe('overlaps over many flips', () => {
  it('MT-HZ1 a million flips of a running device leave integer overlaps as a count from scratch finds them', () => {
    const N = 61;
    const patterns = randomPatterns(10, N, disorder(1));
    const { system } = millionFlips(polynomialMemories(patterns, 3), N);
    const counted = patterns.map((xi) => xi.reduce((x, s, i) => x + s * system.state[i]!, 0));
    expect(Array.from(system.model.overlaps!)).toEqual(counted);
  });

  it('MT-HZ1 an overlap that was lost count of is found by the audit within 2^20 flips', () => {
    const model = createSpinModel(polynomialMemories(randomPatterns(3, 20, disorder(2))), 20);
    const corrupt = model.overlaps!;
    corrupt[1] = corrupt[1]! + 2;
    const run = (): void => {
      for (let k = 0; k <= 1 << 20; k++) model.flip(k % 20);
    };
    expect(run).toThrowError(/memory 1 was lost count of/);
  });

  it('MT-HZ5 the log-domain field and energy have not drifted after a million flips (relative 1e-12)', () => {
    const N = 64;
    const patterns = randomPatterns(8, N, disorder(3));
    const couplings = logSumExp(patterns, 0.8);
    const dynamics = millionFlips(couplings, N);
    const fresh = createSpinModel(couplings, N);
    fresh.reset(dynamics.system.state);
    let worst = 0;
    for (let i = 0; i < N; i++) {
      const [kept, recomputed] = [dynamics.system.model.field(i), fresh.field(i)];
      worst = Math.max(worst, Math.abs(kept - recomputed) / Math.max(1, Math.abs(recomputed)));
    }
    holdBound({
      quantity: 'worst field after 2^20 flips, relative',
      got: worst,
      most: 1e-12,
      class: 'exact',
    });
    // The account's energy, a sum over a million differences, against the log-sum-exp of the state.
    holdBound({
      quantity: 'energy from the ledger against from scratch, per N',
      got: Math.abs(dynamics.energy - dynamics.system.totalEnergy()) / N,
      most: 1e-9,
      class: 'exact',
    });
  });
});

/** Best of five timings, ms. */
function time(work: () => void): number {
  let best = Infinity;
  for (let k = 0; k < 5; k++) {
    const began = performance.now();
    work();
    best = Math.min(best, performance.now() - began);
  }
  return best;
}

describe('MT-HZ6 the pairwise and the overlap path', () => {
  const flips = (model: SpinModel, count: number) => (): void => {
    for (let k = 0; k < count; k++) model.flip((k * 7) % model.sites);
  };
  const attempts = (model: SpinModel, count: number) => (): void => {
    let sum = 0;
    for (let k = 0; k < count; k++) sum += model.field((k * 7) % model.sites);
    expect(sum).not.toBeNaN();
  };

  it('give the same run of Hopfield’s model', () => {
    const patterns = randomPatterns(9, 101, disorder(6));
    const dense: SpinCouplings = { kind: 'dense', data: denseHebb(patterns) };
    const parts = {
      sites: 101,
      references: patterns,
      dynamics: { temperature: 0.4 },
      duration: 20,
      shots: 3,
    };
    const [a, b] = [dense, polynomialMemories(patterns)].map((couplings) =>
      runSimulation(simulate, spinProgram({ ...parts, couplings })),
    );
    expect(a!.finalStates).toEqual(b!.finalStates);
    a!.ledgers.forEach((shot, k) => expect(shot.heat).toBeCloseTo(b!.ledgers[k]!.heat, 9));
  });

  it('cost what the page says: a flip O(N) against O(P), an attempt O(1) against O(P)', () => {
    const N = 1536;
    const few = randomPatterns(4, N, disorder(7));
    const pairs = createSpinModel({ kind: 'dense', data: denseHebb(few) }, N);
    const memories = createSpinModel(polynomialMemories(few), N);
    // 1536 additions against 4: an expanded memory would make this 1.
    expect(time(flips(pairs, 2000)) / time(flips(memories, 2000))).toBeGreaterThan(5);
    // 3072 memories: each attempt sums them, while pairs look the field up.
    const many = createSpinModel(polynomialMemories(randomPatterns(2 * N, N, disorder(8))), N);
    expect(time(attempts(many, 200)) / time(attempts(pairs, 200))).toBeGreaterThan(5);
  });

  it('for n ≥ 3 there is only the overlap path, and nothing of size N² is made', () => {
    const N = 60_000; // N² doubles would be 29 GB
    const model = createSpinModel(polynomialMemories(randomPatterns(2, N, disorder(9)), 3), N);
    model.flip(3);
    expect(model.overlaps).toHaveLength(2);
  });
});

function denseHebb(patterns: readonly Int8Array[]): Float64Array {
  const couplings = applyRule({ kind: 'hebb' }, patterns);
  if (couplings.kind !== 'dense') throw new Error('Hebb’s rule made no matrix');
  return couplings.data;
}

describe('near the capacity and near a basin’s edge', () => {
  it('MT-HZ10 retrieval does not end at the replica-symmetric .1379: at α = .14 most nets keep their memory (N = 500)', () => {
    expect(hopfieldCapacity().alpha).toBeLessThan(0.138);
    const nets = FULL_SIZE ? 800 : 50;
    let kept = 0;
    for (let net = 0; net < nets; net++) {
      const patterns = randomPatterns(70, 500, disorder(10, net));
      const { finalOverlaps } = runSimulation(
        simulate,
        spinProgram({
          sites: 500,
          couplings: polynomialMemories(patterns),
          references: [patterns[0]!],
          dynamics: { temperature: 0, order: 'random' },
          initial: { kind: 'pattern', values: Float64Array.from(patterns[0]!) },
          duration: 200,
          seed: net,
        }),
      );
      if (finalOverlaps[0]![0]! >= 0.95) kept++;
    }
    const share = kept / nets;
    const error = fractionError(share, nets);
    hold({
      quantity: 'P(m ≥ .95), α = .14, N = 500',
      expected: 0.855,
      got: share,
      standardError: error,
      tolerance: 4 * Math.hypot(error, fractionError(0.855, 800)),
      class: 'reference',
    });
  });

  const separatrix = (m0: number, N: number, duration: number): number[] => {
    const runs = FULL_SIZE ? 600 : 40;
    const finals: number[] = [];
    for (let run = 0; run < runs; run++) {
      const stream = disorder(11, run);
      const patterns = randomPatterns(2, N, stream);
      const start = patterns[0]!.map((s) => (stream.uniform() < (1 + m0) / 2 ? s : -s));
      const { finalOverlaps } = runSimulation(
        simulate,
        spinProgram({
          sites: N,
          couplings: polynomialMemories(patterns, 3),
          references: [patterns[0]!],
          dynamics: { temperature: 0.3 },
          initial: { kind: 'pattern', values: Float64Array.from(start) },
          duration,
          seed: run,
        }),
      );
      finals.push(finalOverlaps[0]![0]!);
    }
    return finals;
  };
  it.each([
    [0.35, 0.877],
    [0.27, 0.117],
  ])(
    'MT-HZ11 n = 3, T = .3, m₀ = %s: %s of runs succeed, and the mean overlap is that of no run (N = 2000, 40 sweeps)',
    (m0, expected) => {
      const finals = separatrix(m0, 2000, 40);
      const share = finals.filter((m) => m > 0.5).length / finals.length;
      const error = fractionError(share, finals.length);
      hold({
        quantity: `success from m₀ = ${m0}`,
        expected,
        got: share,
        standardError: error,
        // The page gives no number of runs: 200 are assumed for its own error.
        tolerance: 4 * Math.hypot(error, fractionError(expected, 200)),
        class: 'reference',
      });
      // The mean at the page's share: that of 40 runs is too uncertain.
      const mean =
        expected * moments(finals.filter((m) => m > 0.5)).mean +
        (1 - expected) * moments(finals.filter((m) => m <= 0.5)).mean;
      const close = finals.filter((m) => Math.abs(m - mean) < 0.05).length;
      expect(close / finals.length).toBeLessThan(0.05);
    },
  );

  it('MT-HZ11 the same start judged after 3 sweeps and after 40 gives different answers', () => {
    const share = (duration: number): number => {
      const finals = separatrix(0.35, 500, duration);
      return finals.filter((m) => m > 0.9).length / finals.length;
    };
    expect(share(40) - share(3)).toBeGreaterThan(0.3);
  });
});

describe('MT-HZ13 entropy production at extensive load', () => {
  it('is reported as the medium part; the full system’s entropy makes it the total, that of single spins would not', () => {
    const [N, P] = [12, 3];
    const patterns = randomPatterns(P, N, disorder(13));
    const program = spinProgram({
      sites: N,
      couplings: polynomialMemories(patterns),
      dynamics: { temperature: 0.4 },
      initial: { kind: 'random' },
      duration: 3,
      shots: FULL_SIZE ? 20_000 : 2000,
    });
    const exact = solveExactly(program);
    const summary = summarise(runSimulation(simulate, program), spinThermodynamics(program), 3);
    const reported = summary.entropyProduction!;
    expect(reported.method).toBe('medium');
    expectWithin({ mean: reported.mean!, sem: reported.sem! }, exact.entropy.medium);
    expect(exact.entropy.medium - exact.entropy.total).toBeGreaterThan(20 * reported.sem!);
    expect(exact.entropy.total).toBeGreaterThan(0);
    // The total bounds what may be claimed without the full distribution: 0 ≤ Σ, and −ΔS ≤ N ln 2.
    expect(exact.entropy.medium).toBeGreaterThanOrEqual(-exact.entropy.system);
    // Every spin is up half of the time by symmetry: their entropies do not change, and Σ would be βQ, too much.
    const law = exact.distributions.at(-1)!;
    let single = 0;
    for (let k = 0; k < N; k++) {
      const up = law.reduce((sum, p, code) => sum + ((code >> k) & 1 ? p : 0), 0);
      single -= up * Math.log(up) + (1 - up) * Math.log(1 - up);
    }
    const wrong = exact.entropy.medium + single - N * Math.LN2;
    expect(wrong - exact.entropy.total).toBeGreaterThan(1);
  });
});

describe('MT-HZ15 the overlap dynamics', () => {
  const [T, h] = [0.3, 0.15];
  const shots = FULL_SIZE ? 800 : 80;
  /** m(1) from m₀ = .25 with one memory, driven along it. */
  const at = (N: number): ReturnType<typeof moments> => {
    const memory = randomPatterns(1, N, disorder(15))[0]!;
    const { finalOverlaps } = runSimulation(
      simulate,
      spinProgram({
        sites: N,
        couplings: polynomialMemories([memory]),
        dynamics: { temperature: T },
        drives: [{ pattern: Float64Array.from(memory), amplitude: Float64Array.of(0, h) }],
        initial: { kind: 'corrupted', values: memory, flips: (3 * N) / 8 },
        duration: 1,
        shots,
      }),
    );
    return moments(finalOverlaps.map((m) => m[0]!));
  };
  /** dm/dt = −m + tanh(drift(m)) to t = 1 by small Euler–Heun steps. */
  const course = (drift: (m: number) => number): number => {
    let m = 0.25;
    const dt = 1e-3;
    for (let k = 0; k < 1000; k++) {
      const slope = -m + Math.tanh(drift(m));
      const ahead = m + dt * slope;
      m += (dt / 2) * (slope - ahead + Math.tanh(drift(ahead)));
    }
    return m;
  };

  it('has β on the whole field, as the theory has it, and not on the couplings alone', () => {
    const { mean, sem } = at(6400);
    const solved = drivenOverlapDynamics({
      degree: 2,
      temperature: T,
      cueAccuracy: 1,
      field: [[0, h]],
      initial: [0.25, 0.25, 0.25, 0.25],
      duration: 1,
    }).target.at(-1)!;
    expect(solved).toBeCloseTo(
      course((m) => (m + h) / T),
      6,
    );
    hold({
      quantity: 'm(1) from m₀ = .25, T = .3, h = .15, N = 6400',
      expected: solved,
      got: mean,
      standardError: sem,
      tolerance: 4 * sem + 1 / 6400,
      class: 'exact',
    });
    expect(Math.abs(mean - course((m) => m / T + h))).toBeGreaterThan(20 * sem);
  });

  it('has no macroscopic noise: runs scatter as 1/√N', () => {
    const [small, large] = [at(400), at(6400)];
    const ratio = Math.log(small.variance / large.variance);
    // The logarithm of a ratio of variances of n runs each has the error 2/√n.
    hold({
      quantity: 'ln of Var m(1) at N = 400 over 6400',
      expected: Math.log(16),
      got: ratio,
      standardError: 2 / Math.sqrt(shots),
      tolerance: 8 / Math.sqrt(shots),
      class: 'exact',
    });
  });
});

describe('MT-HZ18 the variance of Euler–Maruyama', () => {
  it('is T/κ · 1/(1 − κdt/2), and right once extrapolated in the step (±1 %)', () => {
    const [sites, T] = [100, 0.7];
    const variance = (dt: number): ReturnType<typeof moments> => {
      const squares = Array.from({ length: sites }, () => ({ sum: 0, count: 0 }));
      watch(
        circuit({
          sites,
          wells: { quadratic: 0.5, quartic: 0 },
          dynamics: { temperature: T, integrator: 'euler-maruyama', dt },
          duration: FULL_SIZE ? 24_000 : 1000,
          readout: { every: 1 },
          seed: 18,
        }),
        (x, step) => {
          if (step < 20) return;
          x.forEach((v, i) => {
            squares[i]!.sum += v * v;
            squares[i]!.count++;
          });
        },
      );
      return moments(squares.map(({ sum, count }) => sum / count));
    };
    const [coarse, fine] = [variance(0.2), variance(0.1)];
    for (const [dt, found] of [
      [0.2, coarse],
      [0.1, fine],
    ] as const) {
      const expected = T / (1 - dt / 2);
      hold({
        quantity: `⟨x²⟩ at κ = 1, T = .7, dt = ${dt}`,
        expected,
        got: found.mean,
        standardError: found.sem,
        tolerance: 4 * found.sem,
        class: 'exact',
      });
      // The test would not see the bias otherwise.
      expect(found.mean - T).toBeGreaterThan(4 * found.sem);
    }
    // κ/T · (1 − κdt/2) is a straight line in dt: the inverse variance is what extrapolates without a remainder.
    const extrapolated = 1 / (2 / fine.mean - 1 / coarse.mean);
    const error =
      extrapolated ** 2 *
      Math.hypot((2 * fine.sem) / fine.mean ** 2, coarse.sem / coarse.mean ** 2);
    hold({
      quantity: '⟨x²⟩ extrapolated in dt',
      expected: T,
      got: extrapolated,
      standardError: error,
      tolerance: FULL_SIZE ? 0.01 * T : Math.max(0.01 * T, 4 * error),
      class: 'exact',
    });
  });
});
