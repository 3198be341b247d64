import { describe, expect, it } from 'vitest';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { RandomStream } from '../../src/core/index.js';
import {
  applyRule,
  continuousHopfieldEnergy,
  continuousHopfieldStep,
  createSpinModel,
  dreamingWeights,
  ExponentialModel,
  hebbCouplings,
  krotovHopfieldEnergy,
  LogSumExpModel,
  oneStepOverlap,
  patternOverlaps,
  PolynomialModel,
  polynomialSum,
  projectionWeights,
  weightedCouplings,
  type SpinModel,
} from '../../src/model/index.js';
import {
  exactLogSumExp,
  fixedExpNegative,
  fixedToNumber,
  quotientToNumber,
} from './high-precision.js';

function spins(random: RandomStream, sites: number): Int8Array {
  return Int8Array.from({ length: sites }, () => (random.uniform() < 0.5 ? 1 : -1));
}

function patterns(random: RandomStream, sites: number, count: number): Int8Array[] {
  return Array.from({ length: count }, () => spins(random, sites));
}

function flipped(pattern: Int8Array, sites: Iterable<number>): Int8Array {
  const result = pattern.slice();
  for (const i of sites) result[i] = -result[i]!;
  return result;
}

describe('MT-A13: a million flips', () => {
  const sites = 100;
  const random = RandomStream.of(13);
  const stored = patterns(random, sites, 20);
  const models: [string, SpinModel][] = [
    ['polynomial of degree 2', new PolynomialModel(stored, 2, { rectified: false })],
    ['polynomial of degree 3', new PolynomialModel(stored, 3, { rectified: false })],
    ['polynomial of degree 4', new PolynomialModel(stored, 4, { rectified: false })],
    ['log-sum-exp', new LogSumExpModel(stored, 0.5)],
  ];
  it.each(models)(
    'MT-A13: of a %s memory leave overlaps exact and the energy right to 1e-12',
    (_, model) => {
      // Only 30 sites are flipped, so that the energy stays of order N and a relative error means something.
      model.reset(stored[0]!);
      let energy = model.energy();
      let lost = 0;
      for (let k = 0; k < 1_000_000; k++) {
        const i = random.integer(30);
        const term = 2 * model.state[i]! * model.field(i) - lost;
        const next = energy + term;
        lost = next - energy - term;
        energy = next;
        model.flip(i);
      }
      const exact = stored.map((pattern) =>
        pattern.reduce((sum, xi, i) => sum + xi * model.state[i]!, 0),
      );
      expect([...model.overlaps!]).toEqual(exact);
      expect(Math.abs(energy / model.energy() - 1)).toBeLessThan(1e-12);
    },
  );
});

describe('MT-A14, MT-HZ4: log-sum-exp and exponential memories with overlaps beyond 1000', () => {
  const sites = 1024;
  const random = RandomStream.of(14);
  const state = spins(random, sites);
  // Memories at 0 … 11 flips from the state have x = 1024 … 1002; a few more are far away.
  const stored = Array.from({ length: 12 }, (_, k) => flipped(state, random.sample(sites, k)));
  stored.push(...patterns(random, sites, 4), flipped(state, random.sample(sites, 1000)));
  const overlaps = (i: number, spin: number): number[] =>
    stored.map((pattern) => {
      let x = pattern[i]! * (spin - state[i]!);
      for (let j = 0; j < sites; j++) x += pattern[j]! * state[j]!;
      return x;
    });

  it.each([
    ['1', 1, 1n, 1n],
    ['1/20', 0.05, 1n, 20n],
    ['3', 3, 3n, 1n],
  ])(
    'MT-A14: with b = %s give the energy and fields of arbitrary precision to 1e-12',
    (_, beta, n, d) => {
      const model = new LogSumExpModel(stored, beta);
      model.reset(state);
      const exact = -fixedToNumber(exactLogSumExp(overlaps(0, state[0]!), n, d)) / beta;
      expect(Math.abs(model.energy() / exact - 1)).toBeLessThan(1e-12);
      for (let i = 0; i < sites; i += 64) {
        const gap = exactLogSumExp(overlaps(i, 1), n, d) - exactLogSumExp(overlaps(i, -1), n, d);
        const field = fixedToNumber(gap) / (2 * beta);
        expect(Math.abs(model.field(i) - field)).toBeLessThan(1e-12 * Math.max(1, Math.abs(field)));
      }
    },
  );

  it('MT-A14: the logarithm of the exponential memory is finite and the same', () => {
    const model = new ExponentialModel(stored);
    model.reset(state);
    const exact = -fixedToNumber(exactLogSumExp(overlaps(0, state[0]!), 1n, 1n));
    expect(Math.abs(model.logEnergy() / exact - 1)).toBeLessThan(1e-12);
  });

  it('MT-HZ4: the sign of every exponential field is the sign of the difference of two log-sum-exps', () => {
    const model = new ExponentialModel(stored);
    // From the state of the closest memory to halfway, so that many memories compete.
    for (const flips of [0, 3, 300, 512]) {
      const at = flipped(state, random.sample(sites, flips));
      model.reset(at);
      for (let i = 0; i < sites; i += 97) {
        let exact = 0n;
        const y = stored.map((p, mu) => model.overlaps[mu]! - p[i]! * at[i]!);
        const top = Math.max(...y);
        for (const [mu, pattern] of stored.entries()) {
          exact += BigInt(pattern[i]!) * fixedExpNegative(BigInt(top - y[mu]!), 1n);
        }
        expect(Number.isFinite(model.field(i))).toBe(true);
        expect(Math.sign(model.field(i))).toBe(exact > 0n ? 1 : exact < 0n ? -1 : 0);
      }
    }
  });

  it('MT-HZ4: memories that pull equally make an exact tie, which one more memory breaks', () => {
    const up = new Int8Array([1, 1, 1]);
    const mirrored = up.map((s, i) => (i === 0 ? -s : s));
    const tie = new ExponentialModel([up, mirrored, up, mirrored]);
    expect(tie.field(0)).toBe(0);
    const broken = new ExponentialModel([up, mirrored, up, mirrored, up.map((s) => -s)]);
    expect(broken.field(0)).toBeLessThan(0);
  });
});

describe('MT-A20: the continuous step', () => {
  const random = RandomStream.of(20);
  const dimension = 24;
  const normal = (): Float64Array =>
    Float64Array.from({ length: dimension }, () => random.normal());

  it('MT-A20: is softmax attention with one query, keys and values the memories', () => {
    const keys = Array.from({ length: 11 }, normal);
    const beta = 1 / Math.sqrt(dimension);
    for (let shot = 0; shot < 20; shot++) {
      const query = normal();
      const x = new Matrix(keys.map((key) => [...key]));
      const logits = x
        .mmul(Matrix.columnVector([...query]))
        .mul(beta)
        .to1DArray();
      const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
      const attention = Matrix.rowVector(logits.map((logit) => Math.exp(logit) / total)).mmul(x);
      const step = continuousHopfieldStep(keys, query, beta);
      for (let i = 0; i < dimension; i++) {
        expect(Math.abs(step[i]! - attention.get(0, i))).toBeLessThan(1e-12);
      }
    }
  });

  it('MT-A20: never raises the energy, whatever the temperature and the start', () => {
    for (const beta of [0.01, 0.2, 1, 5, 400]) {
      const keys = Array.from({ length: 9 }, normal);
      let state = normal();
      let energy = continuousHopfieldEnergy(keys, state, beta);
      for (let step = 0; step < 30; step++) {
        state = continuousHopfieldStep(keys, state, beta);
        const next = continuousHopfieldEnergy(keys, state, beta);
        expect(next - energy).toBeLessThan(1e-12 * Math.max(1, Math.abs(energy)));
        energy = next;
      }
      expect(energy).toBeGreaterThan(-1e-12);
    }
  });
});

describe('MT-A21: projection and dreaming at N = 100, P = 30', () => {
  const sites = 100;
  const count = 30;
  const stored = patterns(RandomStream.of(21), sites, count);
  const xi = new Matrix(stored.map((pattern) => [...pattern]));
  const square = (data: Float64Array, size: number): Matrix => Matrix.from1DArray(size, size, data);
  const largestGap = (a: Matrix, b: Matrix): number => Matrix.sub(a, b).abs().max();
  const offDiagonal = (matrix: Matrix): Matrix => {
    const copy = matrix.clone();
    for (let i = 0; i < copy.rows; i++) copy.set(i, i, 0);
    return copy;
  };
  const couplings = (weights: Float64Array): Matrix =>
    xi.transpose().mmul(square(weights, count)).mmul(xi).div(sites);

  it('MT-A21: the projection has 30 eigenvalues 1 and 70 eigenvalues 0', () => {
    const full = couplings(projectionWeights(stored));
    const spectrum = new EigenvalueDecomposition(full, { assumeSymmetric: true }).realEigenvalues;
    spectrum.sort((a, b) => a - b);
    for (const [k, value] of spectrum.entries()) {
      expect(Math.abs(value - (k < sites - count ? 0 : 1))).toBeLessThan(1e-9);
    }
    const compiled = applyRule({ kind: 'projection' }, stored);
    if (compiled.kind !== 'dense') throw new Error('not dense');
    expect(largestGap(square(compiled.data, sites), offDiagonal(full))).toBeLessThan(1e-9);
  });

  it('MT-A21: projection is Hebb’s rule for whitened memories', () => {
    const correlation = square(patternOverlaps(stored), count).div(sites);
    const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(correlation, {
      assumeSymmetric: true,
    });
    const root = eigenvectorMatrix
      .mmul(Matrix.diag(realEigenvalues.map((value) => 1 / Math.sqrt(value))))
      .mmul(eigenvectorMatrix.transpose());
    const whitened = root.mmul(xi);
    const hebb = whitened.transpose().mmul(whitened).div(sites);
    expect(largestGap(hebb, couplings(projectionWeights(stored)))).toBeLessThan(1e-9);
  });

  it('MT-A21: dreaming is Hebb’s rule at t = 0 and projection as t → ∞', () => {
    const start = square(weightedCouplings(stored, dreamingWeights(stored, 0)), sites);
    expect(largestGap(start, square(hebbCouplings(stored), sites))).toBeLessThan(1e-9);
    const end = square(weightedCouplings(stored, dreamingWeights(stored, 1e12)), sites);
    expect(largestGap(end, offDiagonal(couplings(projectionWeights(stored))))).toBeLessThan(1e-9);
  });
});

describe('MT-A23: demonstration energies', () => {
  const overlaps = new Int32Array([64, 64, 2, -2]);

  it('MT-A23: overlaps 64, 64, 2, −2 at N = 64 have E₂ = −64.0625 and cubic E₃ = −524288', () => {
    expect(-polynomialSum(overlaps, 64, 2, false)).toBe(-64.0625);
    expect(krotovHopfieldEnergy(overlaps, 3)).toBe(-524288n);
  });

  it('MT-A23: a model with those overlaps has that energy, and T_KH/T_unit = n N^{n−1}', () => {
    const state = new Int8Array(64).fill(1);
    const near = flipped(
      state,
      Array.from({ length: 31 }, (_, i) => i),
    );
    const stored = [state, state.slice(), near, near.map((s) => -s)];
    const quadratic = new PolynomialModel(stored, 2, { rectified: false });
    quadratic.reset(state);
    expect(quadratic.overlaps).toEqual(overlaps);
    expect(quadratic.energy()).toBe(-64.0625);
    const cubic = new PolynomialModel(stored, 3, { rectified: false });
    cubic.reset(state);
    expect(cubic.energy() * 3 * 64 ** 2).toBeCloseTo(-524288, 8);
  });
});

/** D(y) = [(y+1)ⁿ − (y−1)ⁿ]/(2 n N^{n−1}) in integers: the field of one memory with overlap y elsewhere. */
function exactDifference(y: number, degree: number, sites: number): number {
  const n = BigInt(degree);
  const numerator = BigInt(y + 1) ** n - BigInt(y - 1) ** n;
  return quotientToNumber(numerator, 2n * n * BigInt(sites) ** (n - 1n));
}

/** The field on site 0 of one memory of all +1 while `down` other sites are −1. */
function lonelyField(sites: number, degree: number, down: number): number {
  const model = new PolynomialModel([new Int8Array(sites).fill(1)], degree, { rectified: false });
  model.reset(new Int8Array(sites).fill(1).fill(-1, sites - down));
  return model.field(0);
}

describe('MT-HZ2: energy differences of polynomial memories', () => {
  it.each([
    [100, 3],
    [100, 7],
    [784, 5],
    [100, 8],
    [784, 20],
    [16384, 4],
    [65536, 8],
  ])(
    'MT-HZ2: at N = %d, n = %d are those of exact integers at every overlap tried',
    (sites, degree) => {
      for (let k = 0; k <= 40; k++) {
        const down = Math.min(sites - 1, Math.floor((k * sites) / 40));
        const exact = exactDifference(sites - 1 - 2 * down, degree, sites);
        const field = lonelyField(sites, degree, down);
        expect(Math.abs(field - exact)).toBeLessThanOrEqual(4e-14 * Math.abs(exact));
      }
    },
  );
});

describe('MT-HZ3: high degrees and many sites', () => {
  it.each([
    [784, 107],
    [784, 200],
    [65536, 64],
    [65536, 200],
  ])('MT-HZ3: N = %d, n = %d neither overflow nor lose digits near a memory', (sites, degree) => {
    for (const down of [0, 1, Math.floor(sites / 100), Math.floor(sites / 8)]) {
      const exact = exactDifference(sites - 1 - 2 * down, degree, sites);
      const field = lonelyField(sites, degree, down);
      expect(Number.isFinite(field)).toBe(true);
      expect(Math.abs(field / exact - 1)).toBeLessThan(1e-12);
    }
  });

  it('MT-HZ3: N = 784, n = 200 has an energy of −N/n at a memory', () => {
    const model = new PolynomialModel([new Int8Array(784).fill(1)], 200, { rectified: true });
    expect(model.energy()).toBeCloseTo(-784 / 200, 12);
  });
});

describe('MT-HZ7: the self term', () => {
  it('MT-HZ7: is left out of the field, and including it would change a cubic memory', () => {
    const random = RandomStream.of(7);
    const sites = 50;
    const stored = patterns(random, sites, 300);
    const model = createSpinModel(
      applyRule({ kind: 'polynomial', degree: 3, rectified: false }, stored),
      sites,
    );
    model.reset(stored[0]!);
    let wrong = 0;
    for (let i = 0; i < sites; i++) {
      const spin = model.state[i]!;
      const field = model.field(i);
      let withSelf = 0;
      for (const [mu, pattern] of stored.entries()) {
        withSelf += pattern[i]! * (model.overlaps![mu]! / sites) ** 2;
      }
      const before = model.energy();
      model.flip(i);
      expect(model.energy() - before).toBeCloseTo(2 * spin * field, 11);
      expect(model.field(i)).toBe(field);
      model.flip(i);
      wrong += Math.abs(withSelf - field);
    }
    // The self term is (2/N²) Σ x_μ, of the order of a tenth of the field here.
    expect(wrong / sites).toBeGreaterThan(0.05);
  });
});

describe('MT-B6: one parallel step of Hopfield’s model', () => {
  /**
   * Full size in every run: N = 1000, P = 100, 150 networks. The page's own simulation has standard errors .0021 and
   * .0005 at this size, so its tolerances are 4.8 and 6 of them.
   */
  it.each([
    [0.5, 0.8862, 0.01],
    [0.8, 0.9886, 0.003],
  ])('MT-B6: takes the overlap from %d to %d at load .1', (m0, expected, tolerance) => {
    expect(oneStepOverlap(0.1, m0)).toBeCloseTo(expected, 4);
    const sites = 1000;
    const fields = new Float64Array(sites);
    let total = 0;
    for (let net = 0; net < 150; net++) {
      const random = RandomStream.of(6, 'disorder', net);
      const stored = patterns(random, sites, 100);
      const model = new PolynomialModel(stored, 2, { rectified: false });
      model.reset(flipped(stored[0]!, random.sample(sites, Math.round(((1 - m0) / 2) * sites))));
      model.fieldsFromScratch(fields);
      let overlap = 0;
      for (let i = 0; i < sites; i++) {
        const spin = fields[i] === 0 ? model.state[i]! : Math.sign(fields[i]!);
        overlap += (stored[0]![i]! * spin) / sites;
      }
      total += overlap;
    }
    expect(Math.abs(total / 150 - expected)).toBeLessThan(tolerance);
  });
});
