import { describe, expect, it } from 'vitest';
import { simulate } from '../../src/emulate/spin/simulate-spins.js';
import {
  applyRule,
  createSpinModel,
  PolynomialModel,
  type LearningRule,
  type SpinCouplings,
} from '../../src/model/index.js';
import { RunningMoments } from '../../src/thermo/index.js';
import { holdBound, type LineNames, type MeanEstimate } from '../support/hold.js';
import { FULL_SIZE, runSimulation } from '../support/run-simulation.js';
import {
  disorder,
  polynomialMemories,
  randomPatterns,
  spinProgram,
} from '../support/spin-program.js';
import { expectNear, fractionError, shareOf } from '../support/statistics.js';

const HEBB: LearningRule = { kind: 'hebb' };

/** Relaxes a start at T = 0 (ties keep) until nothing moves; the final state. */
function relax(
  couplings: SpinCouplings,
  start: Int8Array,
  flips: number,
  seed: number,
  references: readonly Int8Array[] = [],
): Int8Array {
  const program = spinProgram({
    sites: start.length,
    couplings,
    references,
    dynamics: { rule: 'zero-temperature', order: 'random' },
    initial: { kind: 'corrupted', values: start, flips },
    duration: 500,
    seed,
  });
  return runSimulation(simulate, program).finalStates[0] as Int8Array;
}

function sameState(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Smallest s_i b_i over the sites: positive where a state is strictly a fixed point, 0 with ties. */
function margin(couplings: SpinCouplings, state: Int8Array): number {
  const model = createSpinModel(couplings, state.length);
  model.reset(state);
  let least = Infinity;
  for (let i = 0; i < state.length; i++) least = Math.min(least, state[i]! * model.field(i));
  return least;
}

/** Share of nets of which something holds. */
function share(nets: number, holds: (net: number) => boolean): MeanEstimate {
  let count = 0;
  for (let net = 0; net < nets; net++) if (holds(net)) count++;
  return shareOf(count / nets, nets);
}

const reference = (quantity: string): LineNames => ({ quantity, class: 'reference' });

describe('Hebb’s rule at N = 100, T = 0 (4000 nets where cheap; the tolerances are the page’s)', () => {
  it.each([
    [10, 0.957],
    [15, 0.724],
    [20, 0.359],
  ])('MT-C1 a stored memory is strictly stable at P = %i in a share of nets', (P, expected) => {
    // Tolerance .03 is two standard errors of 1000 nets; 4000 make it four.
    const found = share(4000, (net) => {
      const patterns = randomPatterns(P, 100, disorder(P, net));
      return margin(polynomialMemories(patterns), patterns[0]!) > 0;
    });
    expectNear(found, expected, 0.03, reference(`strictly stable, P = ${P}`));
  });

  it.each([
    [10, 0.942],
    [15, 0.626],
    [20, 0.262],
  ])('MT-C2 P = %i: ten wrong bits are put right exactly in a share of nets', (P, expected) => {
    const found = share(4000, (net) => {
      const patterns = randomPatterns(P, 100, disorder(P, net));
      const end = relax(polynomialMemories(patterns), patterns[0]!, 10, net);
      return sameState(end, patterns[0]!);
    });
    expectNear(found, expected, 0.03, reference(`exact from 10 flips, P = ${P}`));
  });

  it('MT-C1 dense couplings and memories give the same states', () => {
    let differ = 0;
    for (let net = 0; net < 50; net++) {
      const patterns = randomPatterns(15, 100, disorder(15, net));
      const dense = relax(applyRule(HEBB, patterns), patterns[0]!, 10, net);
      const memories = relax(polynomialMemories(patterns), patterns[0]!, 10, net);
      if (!sameState(dense, memories)) differ++;
    }
    expectNear(differ, 0, 0, { quantity: 'of 50 nets, those where J and memories end apart' });
  });

  it('MT-HZ8 at P = 14 “strictly stable” is .776 and “does not move” .803: ties are real (4000 nets)', () => {
    let strict = 0;
    let still = 0;
    let plus = 0;
    const nets = 4000;
    for (let net = 0; net < nets; net++) {
      const patterns = randomPatterns(14, 100, disorder(14, net));
      const couplings = polynomialMemories(patterns);
      const least = margin(couplings, patterns[0]!);
      if (least > 0) strict++;
      if (least >= 0) still++;
      const program = spinProgram({
        sites: 100,
        couplings,
        references: [],
        dynamics: { rule: 'zero-temperature', ties: 'plus' },
        initial: { kind: 'pattern', values: Float64Array.from(patterns[0]!) },
        duration: 30,
        seed: net,
      });
      if (
        least === 0 &&
        !sameState(runSimulation(simulate, program).finalStates[0]!, patterns[0]!)
      ) {
        plus++;
      }
      if (net < 200)
        expect(sameState(relax(couplings, patterns[0]!, 0, net), patterns[0]!)).toBe(least >= 0);
    }
    const of = (count: number): MeanEstimate => shareOf(count / nets, nets);
    expectNear(of(strict), 0.776, 0.026, reference('strictly stable, P = 14')); // 4 s.e.
    expectNear(of(still), 0.803, 0.026, reference('does not move, P = 14'));
    // The difference itself, on the same nets: .027 ± .0026.
    expectNear(of(still - strict), 0.027, 0.0104, reference('tied, P = 14'));
    // With sign(0) = +1 most of the tied ones do move.
    holdBound({
      quantity: 'share of the tied that move where sign(0) = +1',
      above: 0.2,
      got: plus / (still - strict),
      class: 'reference',
    });
  });

  it('MT-C4 two memories at distance d: both exact, or fused into one state (1000 nets)', () => {
    const rows = [
      [30, 0.725, 0.005],
      [20, 0.25, 0.08],
      [10, 0.026, 0.505],
    ] as const;
    for (const [d, bothExact, fused] of rows) {
      let exact = 0;
      let same = 0;
      const nets = 1000;
      for (let net = 0; net < nets; net++) {
        const stream = disorder(400 + d, net);
        const patterns = [...randomPatterns(7, 100, stream)];
        const near = patterns[6]!.slice();
        for (const site of stream.sample(100, d)) near[site] = -near[site]!;
        patterns.push(near);
        const couplings = polynomialMemories(patterns);
        const a = relax(couplings, patterns[6]!, 0, net);
        const b = relax(couplings, near, 0, nets + net);
        if (sameState(a, patterns[6]!) && sameState(b, near)) exact++;
        if (sameState(a, b)) same++;
      }
      expectNear(shareOf(exact / nets, nets), bothExact, 0.04, reference(`both exact, d = ${d}`));
      expectNear(shareOf(same / nets, nets), fused, 0.03, reference(`fused, d = ${d}`));
    }
  });
});

describe('dense and exponential memories', () => {
  it.each([
    [200, 0.997],
    [362, 0.896],
    [500, 0.615],
  ])(
    'MT-C6 n = 3, N = 100: a memory of %i is stable in a share of nets (full: 1000; reduced: 200, 4 s.e.)',
    (P, expected) => {
      const nets = FULL_SIZE ? 1000 : 200;
      const found = share(nets, (net) => {
        const patterns = randomPatterns(P, 100, disorder(600 + P, net));
        return margin(polynomialMemories(patterns, 3), patterns[0]!) > 0;
      });
      expectNear(
        found,
        expected,
        FULL_SIZE ? 0.04 : Math.max(0.04, 4 * fractionError(expected, nets)),
        reference(`stable, P = ${P}`),
      );
    },
  );

  it('MT-C6 rectified n = 3, P = 400: ten wrong bits are put right in at least .98 of nets (full: 500; reduced: 150)', () => {
    const found = share(FULL_SIZE ? 500 : 150, (net) => {
      const patterns = randomPatterns(400, 100, disorder(640, net));
      const couplings = polynomialMemories(patterns, 3, true);
      return sameState(relax(couplings, patterns[0]!, 10, net), patterns[0]!);
    });
    holdBound({
      quantity: 'exact from 10 flips, rectified, P = 400',
      least: 0.98,
      got: found.mean,
      standardError: found.sem,
      class: 'reference',
    });
  });

  const exponential = (patterns: readonly Int8Array[]): SpinCouplings => ({
    kind: 'memories',
    patterns,
    weights: null,
    next: null,
    interaction: { kind: 'exponential' },
  });

  it('MT-C7 exponential memories, N = 20, M = 1024: stable in .983 of nets (full: 1000; reduced: 400)', () => {
    const found = share(FULL_SIZE ? 1000 : 400, (net) => {
      const patterns = randomPatterns(1024, 20, disorder(700, net));
      return margin(exponential(patterns), patterns[0]!) > 0;
    });
    const quantity = 'stable, N = 20, M = 1024';
    expectNear(found, 0.983, FULL_SIZE ? 0.02 : 0.026, reference(quantity));
  });

  it('MT-C7 exponential memories, N = 50, M = 5000: five wrong bits are put right (full: 100 nets; reduced: 30)', () => {
    const found = share(FULL_SIZE ? 100 : 30, (net) => {
      const patterns = randomPatterns(5000, 50, disorder(750, net));
      return sameState(relax(exponential(patterns), patterns[0]!, 5, net), patterns[0]!);
    });
    holdBound({
      quantity: 'exact from 5 flips, N = 50, M = 5000',
      least: 0.98,
      got: found.mean,
      standardError: found.sem,
      class: 'reference',
    });
  });
});

describe('learning rules at N = 100, P = 40, ten wrong bits (240 nets, tolerance of the page)', () => {
  const rules: [string, LearningRule, number][] = [
    ['storkey', { kind: 'storkey' }, 0.39],
    ['projection', { kind: 'projection' }, 0.96],
    ['dream:10', { kind: 'dream', time: 10 }, 0.98],
  ];
  it.each(rules)('MT-C8 %s', (name, rule, expected) => {
    const found = share(240, (net) => {
      const patterns = randomPatterns(40, 100, disorder(800, net));
      return sameState(relax(applyRule(rule, patterns), patterns[0]!, 10, net), patterns[0]!);
    });
    expectNear(found, expected, 0.08, reference(`exact from 10 flips, P = 40, ${name}`));
  });
});

describe('large nets', () => {
  const sizes = FULL_SIZE
    ? ([
        [250, 0.185],
        [500, 0.168],
        [1000, 0.16],
      ] as const)
    : ([[250, 0.185]] as const);
  it.each(sizes)(
    'MT-C3 N = %i: half of the nets keep m ≥ .95 at α = %s ± .006 (400 nets a point; reduced: N = 250 only, 200 nets)',
    (N, expected) => {
      // Five loads around the expected one; a straight line through the log odds crosses zero at the answer.
      const points = [-0.02, -0.01, 0, 0.01, 0.02].map((shift) => {
        const P = Math.round((expected + shift) * N);
        const nets = FULL_SIZE ? 400 : 200;
        const { mean: good } = share(nets, (net) => {
          const patterns = randomPatterns(P, N, disorder(3000 + N + P, net));
          const end = relax(polynomialMemories(patterns), patterns[0]!, 0, net);
          let x = 0;
          for (let i = 0; i < N; i++) x += end[i]! * patterns[0]![i]!;
          return x >= 0.95 * N;
        });
        const odds = Math.log((good + 0.5 / nets) / (1 - good + 0.5 / nets));
        const error = fractionError(good, nets) / ((good + 0.5 / nets) * (1 - good + 0.5 / nets));
        return [P / N, odds, error] as const;
      });
      const meanX = points.reduce((a, [x]) => a + x, 0) / points.length;
      const meanY = points.reduce((a, [, y]) => a + y, 0) / points.length;
      const slope =
        points.reduce((a, [x, y]) => a + (x - meanX) * (y - meanY), 0) /
        points.reduce((a, [x]) => a + (x - meanX) ** 2, 0);
      // Error of the line at its middle, over its slope; the slope's own error counts for little there.
      const sem = Math.hypot(...points.map((p) => p[2] / points.length)) / Math.abs(slope);
      const crossing = { mean: meanX - meanY / slope, sem };
      expectNear(crossing, expected, 0.006, reference(`α where half keep m ≥ .95, N = ${N}`));
    },
  );

  it.each([
    [71, 0.995, 0.003],
    [91, 0.984, 0.008],
  ])(
    'MT-C9 couplings clipped to their sign, N = 1000, P = %i (full: 12 nets; reduced: 6, tolerance × √2)',
    (P, expected, tolerance) => {
      const N = 1000;
      const m = new RunningMoments();
      for (let net = 0; net < (FULL_SIZE ? 12 : 6); net++) {
        const patterns = randomPatterns(P, N, disorder(900 + P, net));
        const couplings = applyRule(HEBB, patterns) as Extract<SpinCouplings, { kind: 'dense' }>;
        const data = couplings.data.map(Math.sign);
        const end = relax({ kind: 'dense', data }, patterns[0]!, 0, net);
        m.add(end.reduce((x, s, i) => x + s * patterns[0]![i]!, 0) / N);
      }
      expectNear(
        m,
        expected,
        FULL_SIZE ? tolerance : tolerance * Math.SQRT2,
        reference(`final overlap, P = ${P}`),
      );
    },
  );
});

describe('correlated memories (N = 16384, P = 10)', () => {
  const N = 16_384;
  const unstable = (model: PolynomialModel, patterns: readonly Int8Array[]): number => {
    let wrong = 0;
    for (const pattern of patterns) {
      model.reset(pattern);
      for (let i = 0; i < N; i++) if (pattern[i]! * model.field(i) <= 0) wrong++;
    }
    return wrong / (N * patterns.length);
  };

  it.each([
    [0.3, 0, 1e-4],
    [0.5, 0.15, 0.02],
    [0.6, 0.18, 0.03],
  ])(
    'MT-C5 MT-HZ16 images with bias %s have a share of unstable bits under Hebb, none under rectified n = 10',
    (bias, expected, tolerance) => {
      const patterns = randomPatterns(10, N, disorder(500 + 10 * bias), bias);
      const hebb = new PolynomialModel(patterns, 2, { rectified: false });
      const wrong = unstable(hebb, patterns);
      expectNear(wrong, expected, tolerance, reference(`unstable bits, Hebb, b = ${bias}`));
      const rectified = new PolynomialModel(patterns, 10, { rectified: true });
      const left = unstable(rectified, patterns);
      expectNear(left, 0, 0, reference(`unstable bits, rectified n = 10, b = ${bias}`));
    },
  );

  it('MT-HZ16 Hebb’s relaxed states collapse onto one spurious state at b = .6; rectified memories stay apart', () => {
    const patterns = randomPatterns(10, N, disorder(560), 0.6);
    const overlap = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
      let x = 0;
      for (let i = 0; i < N; i++) x += a[i]! * b[i]!;
      return x / N;
    };
    const ends = (couplings: SpinCouplings): Int8Array[] =>
      [0, 1].map((k) => relax(couplings, patterns[k]!, 0, k));
    const [a, b] = ends(polynomialMemories(patterns)) as [Int8Array, Int8Array];
    holdBound({
      quantity: 'overlap of two relaxed Hebb memories, b = .6',
      above: 0.95,
      got: overlap(a, b),
      class: 'reference',
    });
    const [c, d] = ends(polynomialMemories(patterns, 10, true)) as [Int8Array, Int8Array];
    const least = Math.min(overlap(c, patterns[0]!), overlap(d, patterns[1]!));
    expectNear(
      least,
      1,
      0,
      reference('overlap of rectified n = 10 with its memory, lesser of two'),
    );
  });
});
