import { describe, expect, it } from 'vitest';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { RandomStream } from '../../src/core/index.js';
import { RunningMoments } from '../../src/thermo/index.js';
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
import { holdBound } from '../support/hold.js';
import { expectNear } from '../support/statistics.js';
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
    (name, model) => {
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
      const of = (quantity: string) => ({ quantity: `${quantity} after 1e6 flips, ${name}` });
      expect(model.overlaps).toHaveLength(exact.length);
      const wrong = exact.filter((x, mu) => x !== model.overlaps![mu]).length;
      expectNear(wrong, 0, 0, of('overlaps that differ'));
      expectNear(energy / model.energy() - 1, 0, 1e-12, of('relative drift of E'));
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
    (name, beta, n, d) => {
      const model = new LogSumExpModel(stored, beta);
      model.reset(state);
      const exact = -fixedToNumber(exactLogSumExp(overlaps(0, state[0]!), n, d)) / beta;
      const of = (quantity: string) => ({ quantity: `${quantity}, b = ${name}` });
      expectNear(model.energy() / exact - 1, 0, 1e-12, of('relative error of E, log-sum-exp'));
      let worst = 0;
      for (let i = 0; i < sites; i += 64) {
        const gap = exactLogSumExp(overlaps(i, 1), n, d) - exactLogSumExp(overlaps(i, -1), n, d);
        const field = fixedToNumber(gap) / (2 * beta);
        const off = Math.abs(model.field(i) - field) / Math.max(1, Math.abs(field));
        worst = Math.max(worst, off);
      }
      expectNear(worst, 0, 1e-12, of('largest error of 16 fields'));
    },
  );

  it('MT-A14: the logarithm of the exponential memory is finite and the same', () => {
    const model = new ExponentialModel(stored);
    model.reset(state);
    const exact = -fixedToNumber(exactLogSumExp(overlaps(0, state[0]!), 1n, 1n));
    expectNear(model.logEnergy() / exact - 1, 0, 1e-12, {
      quantity: 'relative error of ln|E|, exponential memory',
    });
  });

  it('MT-HZ4: the sign of every exponential field is the sign of the difference of two log-sum-exps', () => {
    const model = new ExponentialModel(stored);
    let wrong = 0;
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
        if (Math.sign(model.field(i)) !== (exact > 0n ? 1 : exact < 0n ? -1 : 0)) wrong++;
      }
    }
    expectNear(wrong, 0, 0, { quantity: 'signs of 44 exponential fields that differ' });
  });

  it('MT-HZ4: memories that pull equally make an exact tie, which one more memory breaks', () => {
    const up = new Int8Array([1, 1, 1]);
    const mirrored = up.map((s, i) => (i === 0 ? -s : s));
    const tie = new ExponentialModel([up, mirrored, up, mirrored]);
    expectNear(tie.field(0), 0, 0, { quantity: 'field of a tie of four memories' });
    const broken = new ExponentialModel([up, mirrored, up, mirrored, up.map((s) => -s)]);
    holdBound({
      quantity: 'the same with one memory more',
      below: 0,
      got: broken.field(0),
      class: 'exact',
    });
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
    let worst = 0;
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
        worst = Math.max(worst, Math.abs(step[i]! - attention.get(0, i)));
      }
    }
    expectNear(worst, 0, 1e-12, {
      quantity: 'step less softmax attention, largest of 20 queries of 24',
    });
  });

  it('MT-A20: never raises the energy, whatever the temperature and the start', () => {
    let rise = -Infinity;
    for (const beta of [0.01, 0.2, 1, 5, 400]) {
      const keys = Array.from({ length: 9 }, normal);
      let state = normal();
      let energy = continuousHopfieldEnergy(keys, state, beta);
      for (let step = 0; step < 30; step++) {
        state = continuousHopfieldStep(keys, state, beta);
        const next = continuousHopfieldEnergy(keys, state, beta);
        rise = Math.max(rise, (next - energy) / Math.max(1, Math.abs(energy)));
        energy = next;
      }
      expect(energy).toBeGreaterThan(-1e-12);
    }
    holdBound({
      quantity: 'rise of the energy in a step, largest of 150',
      below: 1e-12,
      got: rise,
      class: 'exact',
    });
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
    const gaps = spectrum.map((value, k) => Math.abs(value - (k < sites - count ? 0 : 1)));
    expectNear(Math.max(...gaps), 0, 1e-9, {
      quantity: 'eigenvalues less 1 (30 of them) or 0 (70), largest',
    });
    const compiled = applyRule({ kind: 'projection' }, stored);
    if (compiled.kind !== 'dense') throw new Error('not dense');
    expectNear(largestGap(square(compiled.data, sites), offDiagonal(full)), 0, 1e-9, {
      quantity: 'compiled projection less the projector without diagonal',
    });
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
    expectNear(largestGap(hebb, couplings(projectionWeights(stored))), 0, 1e-9, {
      quantity: 'Hebb of whitened memories less projection',
    });
  });

  it('MT-A21: dreaming is Hebb’s rule at t = 0 and projection as t → ∞', () => {
    const start = square(weightedCouplings(stored, dreamingWeights(stored, 0)), sites);
    expectNear(largestGap(start, square(hebbCouplings(stored), sites)), 0, 1e-9, {
      quantity: 'dreaming less Hebb, t = 0',
    });
    const end = square(weightedCouplings(stored, dreamingWeights(stored, 1e12)), sites);
    expectNear(largestGap(end, offDiagonal(couplings(projectionWeights(stored)))), 0, 1e-9, {
      quantity: 'dreaming less projection, t → ∞',
    });
  });
});

describe('MT-A23: demonstration energies', () => {
  const overlaps = new Int32Array([64, 64, 2, -2]);

  it('MT-A23: overlaps 64, 64, 2, −2 at N = 64 have E₂ = −64.0625 and cubic E₃ = −524288', () => {
    expectNear(-polynomialSum(overlaps, 64, 2, false), -64.0625, 0, { quantity: 'E₂' });
    const cubic = krotovHopfieldEnergy(overlaps, 3);
    expect(cubic).toBe(-524288n);
    expectNear(Number(cubic), -524288, 0, { quantity: 'cubic E₃, Krotov–Hopfield units' });
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
    expectNear(quadratic.energy(), -64.0625, 0, { quantity: 'E₂ of a model with those overlaps' });
    const cubic = new PolynomialModel(stored, 3, { rectified: false });
    cubic.reset(state);
    expectNear(cubic.energy() * 3 * 64 ** 2, -524288, 5e-9, {
      quantity: 'E₃ of that model times 3 N²',
    });
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
      let worst = 0;
      for (let k = 0; k <= 40; k++) {
        const down = Math.min(sites - 1, Math.floor((k * sites) / 40));
        const exact = exactDifference(sites - 1 - 2 * down, degree, sites);
        const field = lonelyField(sites, degree, down);
        worst = Math.max(worst, field === exact ? 0 : Math.abs(field / exact - 1));
      }
      expectNear(worst, 0, 4e-14, {
        quantity: `relative error of the field, N = ${sites}, n = ${degree}, largest of 41`,
      });
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
    let worst = 0;
    for (const down of [0, 1, Math.floor(sites / 100), Math.floor(sites / 8)]) {
      const exact = exactDifference(sites - 1 - 2 * down, degree, sites);
      const field = lonelyField(sites, degree, down);
      expect(Number.isFinite(field)).toBe(true);
      worst = Math.max(worst, Math.abs(field / exact - 1));
    }
    expectNear(worst, 0, 1e-12, {
      quantity: `relative error of the field, N = ${sites}, n = ${degree}, largest of 4`,
    });
  });

  it('MT-HZ3: N = 784, n = 200 has an energy of −N/n at a memory', () => {
    const model = new PolynomialModel([new Int8Array(784).fill(1)], 200, { rectified: true });
    expectNear(model.energy(), -784 / 200, 5e-13, { quantity: 'E at a memory, N = 784, n = 200' });
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
    let worst = 0;
    for (let i = 0; i < sites; i++) {
      const spin = model.state[i]!;
      const field = model.field(i);
      let withSelf = 0;
      for (const [mu, pattern] of stored.entries()) {
        withSelf += pattern[i]! * (model.overlaps![mu]! / sites) ** 2;
      }
      const before = model.energy();
      model.flip(i);
      worst = Math.max(worst, Math.abs(model.energy() - before - 2 * spin * field));
      expect(model.field(i)).toBe(field);
      model.flip(i);
      wrong += Math.abs(withSelf - field);
    }
    expectNear(worst, 0, 5e-12, { quantity: 'cost of a flip less 2 s b, largest of 50' });
    // The self term is (2/N²) Σ x_μ, of the order of a tenth of the field here.
    holdBound({
      quantity: 'mean change of a field by the self term',
      above: 0.05,
      got: wrong / sites,
      class: 'choice',
    });
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
    expectNear(oneStepOverlap(0.1, m0), expected, 5e-5, {
      quantity: `erf(m₀/√(2α)), m₀ = ${m0}`,
    });
    const sites = 1000;
    const fields = new Float64Array(sites);
    const after = new RunningMoments();
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
      after.add(overlap);
    }
    expectNear(after, expected, tolerance, { quantity: `m₁ of the model, m₀ = ${m0}` });
  });
});
