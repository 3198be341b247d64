import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../core/index.js';
import {
  createSpinModel,
  ExponentialModel,
  LogSumExpModel,
  PolynomialModel,
  type SpinCouplings,
  type SpinModel,
} from './index.js';

function spins(random: RandomStream, sites: number): Int8Array {
  return Int8Array.from({ length: sites }, () => (random.uniform() < 0.5 ? 1 : -1));
}

function patterns(random: RandomStream, sites: number, count: number): Int8Array[] {
  return Array.from({ length: count }, () => spins(random, sites));
}

function dense(random: RandomStream, sites: number, symmetric: boolean): SpinCouplings {
  const data = new Float64Array(sites * sites);
  for (let i = 0; i < sites; i++) {
    for (let j = 0; j < i; j++) {
      data[i * sites + j] = random.normal();
      data[j * sites + i] = symmetric ? data[i * sites + j]! : random.normal();
    }
  }
  return { kind: 'dense', data };
}

function sparse(random: RandomStream, sites: number): SpinCouplings {
  const entries: number[] = [];
  for (let i = 0; i < sites; i++) {
    for (let j = 0; j < i; j++) if (random.uniform() < 0.3) entries.push(i, j, random.normal());
  }
  return { kind: 'coo', entries: Float64Array.from(entries) };
}

type Interaction = Extract<SpinCouplings, { kind: 'memories' }>['interaction'];

function memories(
  random: RandomStream,
  sites: number,
  interaction: Interaction,
  extra: { weights?: boolean; next?: boolean } = {},
): SpinCouplings {
  const count = 1 + random.integer(6);
  const weights = new Float64Array(count * count);
  for (let mu = 0; mu < count; mu++) {
    for (let nu = 0; nu <= mu; nu++) {
      weights[mu * count + nu] = random.normal();
      weights[nu * count + mu] = weights[mu * count + nu]!;
    }
  }
  return {
    kind: 'memories',
    patterns: patterns(random, sites, count),
    weights: extra.weights === true ? weights : null,
    next:
      extra.next === true ? Int32Array.from({ length: count }, () => random.integer(count)) : null,
    interaction,
  };
}

const polynomial = (degree: number, rectified = false): Interaction => ({
  kind: 'polynomial',
  degree,
  rectified,
});

const MODELS: Record<string, (random: RandomStream, sites: number) => SpinCouplings> = {
  'dense symmetric': (random, sites) => dense(random, sites, true),
  'dense asymmetric': (random, sites) => dense(random, sites, false),
  sparse,
  'polynomial 2': (random, sites) => memories(random, sites, polynomial(2)),
  'polynomial 3': (random, sites) => memories(random, sites, polynomial(3)),
  'polynomial 4': (random, sites) => memories(random, sites, polynomial(4)),
  'polynomial 30, beyond integers': (random, sites) => memories(random, sites, polynomial(30)),
  'rectified 2': (random, sites) => memories(random, sites, polynomial(2, true)),
  'rectified 3': (random, sites) => memories(random, sites, polynomial(3, true)),
  'rectified 25': (random, sites) => memories(random, sites, polynomial(25, true)),
  'degree 2 with weights': (random, sites) =>
    memories(random, sites, polynomial(2), { weights: true }),
  'log-sum-exp, beta 0.05': (random, sites) =>
    memories(random, sites, { kind: 'log-sum-exp', beta: 0.05 }),
  'log-sum-exp, beta 0.9': (random, sites) =>
    memories(random, sites, { kind: 'log-sum-exp', beta: 0.9 }),
  'log-sum-exp, beta 3': (random, sites) =>
    memories(random, sites, { kind: 'log-sum-exp', beta: 3 }),
  exponential: (random, sites) => memories(random, sites, { kind: 'exponential' }),
  sequence: (random, sites) => memories(random, sites, polynomial(2), { next: true }),
  'sequence 4': (random, sites) => memories(random, sites, polynomial(4), { next: true }),
};

function relativeGap(a: number, b: number, scale: number): number {
  return Math.abs(a - b) / Math.max(scale, Number.MIN_VALUE);
}

describe.each(Object.entries(MODELS))('the %s model', (_, make) => {
  const programs = fc.record({
    seed: fc.integer({ min: 0, max: 2 ** 31 }),
    sites: fc.integer({ min: 2, max: 24 }),
    flips: fc.integer({ min: 0, max: 60 }),
  });
  const walk = (seed: number, sites: number, flips: number): [SpinModel, RandomStream] => {
    const random = RandomStream.of(seed);
    const model = createSpinModel(make(random, sites), sites);
    model.reset(spins(random, sites));
    for (let k = 0; k < flips; k++) model.flip(random.integer(sites));
    return [model, random];
  };

  it('keeps fields that equal those recomputed from scratch after any flips', () => {
    fc.assert(
      fc.property(programs, ({ seed, sites, flips }) => {
        const [model] = walk(seed, sites, flips);
        const oracle = new Float64Array(sites);
        model.fieldsFromScratch(oracle);
        const scale = oracle.reduce((a, b) => Math.max(a, Math.abs(b)), 1e-12);
        for (let i = 0; i < sites; i++) {
          expect(relativeGap(model.field(i), oracle[i]!, scale)).toBeLessThan(1e-12);
        }
        if (model.overlaps !== null) {
          const kept = model.overlaps.slice();
          model.reset(model.state.slice());
          expect(model.overlaps).toEqual(kept);
        }
      }),
    );
  });

  it('changes its energy by 2 s b at every flip, where it has one', () => {
    fc.assert(
      fc.property(programs, ({ seed, sites, flips }) => {
        const [model, random] = walk(seed, sites, flips);
        const before = model.energy();
        if (!model.hasEnergy) {
          expect(before).toBeNaN();
          return;
        }
        const i = random.integer(sites);
        const cost = 2 * model.state[i]! * model.field(i);
        model.flip(i);
        const after = model.energy();
        const scale = Math.max(Math.abs(before), Math.abs(after), Math.abs(cost), 1e-9);
        expect(relativeGap(after - before, cost, scale)).toBeLessThan(1e-11);
      }),
    );
  });

  it('does not let the field on a site depend on that site', () => {
    fc.assert(
      fc.property(programs, ({ seed, sites, flips }) => {
        const [model, random] = walk(seed, sites, flips);
        const i = random.integer(sites);
        const before = model.field(i);
        model.flip(i);
        expect(relativeGap(model.field(i), before, Math.abs(before) + 1e-12)).toBeLessThan(1e-11);
      }),
    );
  });
});

describe('createSpinModel', () => {
  const random = RandomStream.of(7);
  it('calls couplings symmetric only where they are so exactly', () => {
    const data = new Float64Array([0, 0.1, 0.1, 0]);
    expect(createSpinModel({ kind: 'dense', data }, 2).hasEnergy).toBe(true);
    const off = new Float64Array([0, 0.1, 0.1 * (1 + Number.EPSILON), 0]);
    expect(createSpinModel({ kind: 'dense', data: off }, 2).hasEnergy).toBe(false);
  });

  it.each<[string, SpinCouplings, string]>([
    [
      'a diagonal entry',
      { kind: 'dense', data: new Float64Array([1, 0, 0, 0]) },
      'program-invalid',
    ],
    ['a matrix for other sites', { kind: 'dense', data: new Float64Array(9) }, 'wrong-size'],
    [
      'a coupling that is NaN',
      { kind: 'dense', data: new Float64Array([0, NaN, NaN, 0]) },
      'program-invalid',
    ],
    [
      'a pair twice',
      { kind: 'coo', entries: new Float64Array([0, 1, 1, 1, 0, 1]) },
      'program-invalid',
    ],
    [
      'a site with itself',
      { kind: 'coo', entries: new Float64Array([1, 1, 1]) },
      'program-invalid',
    ],
    [
      'a site that is not there',
      { kind: 'coo', entries: new Float64Array([0, 2, 1]) },
      'program-invalid',
    ],
    [
      'degree 1',
      {
        kind: 'memories',
        patterns: [new Int8Array([1, 1])],
        weights: null,
        next: null,
        interaction: polynomial(1),
      },
      'program-invalid',
    ],
    [
      'a pattern of zeros',
      {
        kind: 'memories',
        patterns: [new Int8Array(2)],
        weights: null,
        next: null,
        interaction: polynomial(2),
      },
      'pattern-values',
    ],
    [
      'weights of degree 3',
      {
        kind: 'memories',
        patterns: [new Int8Array([1, 1])],
        weights: new Float64Array(1),
        next: null,
        interaction: polynomial(3),
      },
      'program-invalid',
    ],
    [
      'a successor that is not there',
      {
        kind: 'memories',
        patterns: [new Int8Array([1, 1])],
        weights: null,
        next: new Int32Array([1]),
        interaction: polynomial(2),
      },
      'program-invalid',
    ],
  ])('refuses %s', (_, couplings, code) => {
    expect(() => createSpinModel(couplings, 2)).toThrowError(expect.objectContaining({ code }));
  });

  it('gives the same fields for memories of degree 2 as for their dense matrix, ties exact in both', () => {
    const sites = 100;
    const stored = patterns(random, sites, 14);
    const data = new Float64Array(sites * sites);
    for (let i = 0; i < sites; i++) {
      for (let j = 0; j < sites; j++) {
        if (i !== j)
          data[i * sites + j] = stored.reduce((sum, p) => sum + p[i]! * p[j]!, 0) / sites;
      }
    }
    const pairwise = createSpinModel({ kind: 'dense', data }, sites);
    const overlap = new PolynomialModel(stored, 2, { rectified: false });
    let ties = 0;
    for (let shot = 0; shot < 40; shot++) {
      const state = spins(random, sites);
      pairwise.reset(state);
      overlap.reset(state);
      for (let k = 0; k < 50; k++) {
        const i = random.integer(sites);
        pairwise.flip(i);
        overlap.flip(i);
      }
      for (let i = 0; i < sites; i++) {
        expect(pairwise.field(i)).toBeCloseTo(overlap.field(i), 13);
        expect(pairwise.field(i) === 0).toBe(overlap.field(i) === 0);
        if (overlap.field(i) === 0) ties++;
      }
    }
    expect(ties).toBeGreaterThan(20);
  });
});

describe('models of memories', () => {
  const sites = 40;
  const random = RandomStream.of(11);
  const stored = patterns(random, sites, 5);
  const interaction = polynomial(2);
  const matrix = (coupling: (i: number, j: number) => number): SpinModel => {
    const data = new Float64Array(sites * sites);
    for (let i = 0; i < sites; i++) {
      for (let j = 0; j < sites; j++) if (i !== j) data[i * sites + j] = coupling(i, j);
    }
    return createSpinModel({ kind: 'dense', data }, sites);
  };
  const expectSameFields = (a: SpinModel, b: SpinModel): void => {
    const state = spins(random, sites);
    a.reset(state);
    b.reset(state);
    for (let i = 0; i < sites; i++) expect(a.field(i)).toBeCloseTo(b.field(i), 13);
  };

  it('have the fields of J = (1/N) Σ ξ^{next} ξᵀ for sequences of degree 2', () => {
    const next = new Int32Array([1, 2, 3, 4, 0]);
    const sequence = createSpinModel(
      { kind: 'memories', patterns: stored, weights: null, next, interaction },
      sites,
    );
    const asymmetric = matrix(
      (i, j) => stored.reduce((sum, p, mu) => sum + stored[next[mu]!]![i]! * p[j]!, 0) / sites,
    );
    expect(sequence.hasEnergy).toBe(false);
    expect(asymmetric.hasEnergy).toBe(false);
    expectSameFields(sequence, asymmetric);
  });

  it('have only fields where weights are not symmetric, and those of J = (1/N) Ξᵀ W Ξ', () => {
    const weights = Float64Array.from({ length: 25 }, () => random.normal());
    const model = createSpinModel(
      { kind: 'memories', patterns: stored, weights, next: null, interaction },
      sites,
    );
    expect(model.hasEnergy).toBe(false);
    expect(model.energy()).toBeNaN();
    expectSameFields(
      model,
      matrix((i, j) => {
        let sum = 0;
        for (const [mu, p] of stored.entries()) {
          for (const [nu, q] of stored.entries()) sum += p[i]! * weights[5 * mu + nu]! * q[j]!;
        }
        return sum / sites;
      }),
    );
  });

  it('copy the state they take', () => {
    const model = new PolynomialModel(stored, 3, { rectified: false });
    const state = stored[0]!.slice();
    model.reset(state);
    model.flip(0);
    expect(state).toEqual(stored[0]);
    expect(() => model.reset(new Int8Array(3))).toThrowError(
      expect.objectContaining({ code: 'wrong-size' }),
    );
    expect(() => model.reset(new Int8Array(sites))).toThrowError(
      expect.objectContaining({ code: 'pattern-values' }),
    );
  });
});

describe('pairwise fields', () => {
  it('of a quantised bank are exact after any number of flips, and zero exactly at ties', () => {
    const sites = 30;
    const random = RandomStream.of(12);
    const data = new Float64Array(sites * sites);
    const step = 0.0137;
    for (let i = 0; i < sites; i++) {
      for (let j = 0; j < i; j++) {
        data[i * sites + j] = step * (random.integer(15) - 7);
        data[j * sites + i] = data[i * sites + j]!;
      }
    }
    const model = createSpinModel({ kind: 'dense', data }, sites);
    for (let k = 0; k < 100_000; k++) model.flip(random.integer(sites));
    const oracle = new Float64Array(sites);
    model.fieldsFromScratch(oracle);
    for (let i = 0; i < sites; i++) {
      expect(model.field(i)).toBe(oracle[i]);
      const steps = Math.round(oracle[i]! / step);
      expect(model.field(i)).toBeCloseTo(steps * step, 14);
      if (steps === 0) expect(Math.abs(model.field(i))).toBe(0);
    }
  });

  it('of real couplings are summed afresh before rounding adds up', () => {
    const random = RandomStream.of(13);
    const sites = 20;
    const model = createSpinModel(dense(random, sites, true), sites);
    for (let k = 0; k < 1_200_000; k++) model.flip(random.integer(sites));
    const oracle = new Float64Array(sites);
    model.fieldsFromScratch(oracle);
    for (let i = 0; i < sites; i++) {
      expect(Math.abs(model.field(i) - oracle[i]!)).toBeLessThan(1e-11);
    }
  });
});

describe('an exponential memory', () => {
  it('has the sign of its field right where two memories pull equally, and where one more tips it', () => {
    // Three sites; memories 0 and 1 differ on site 0 only, so they cancel there whatever the state is.
    const up = new Int8Array([1, 1, 1]);
    const down = new Int8Array([-1, 1, 1]);
    const model = new ExponentialModel([up, down]);
    expect(model.field(0)).toBe(0);
    expect(model.field(1)).toBeGreaterThan(0);
    const tipped = new ExponentialModel([up, down, new Int8Array([-1, -1, -1])]);
    expect(tipped.field(0)).toBeLessThan(0);
  });

  it('stays finite and of the right sign for overlaps of thousands', () => {
    const ones = new Int8Array(2000).fill(1);
    const model = new ExponentialModel([ones, ones.map((s) => -s)]);
    model.reset(ones);
    expect(model.field(3)).toBe(1e300);
    expect(model.logEnergy()).toBeCloseTo(-2000, 9);
    expect(model.logField(3)).toBeCloseTo(1, 9);
  });

  it('has a log-field that is the change of the log-energy', () => {
    const random = RandomStream.of(3);
    const model = new ExponentialModel(patterns(random, 30, 200));
    model.reset(spins(random, 30));
    const before = model.logEnergy();
    const cost = 2 * model.state[4]! * model.logField(4);
    model.flip(4);
    expect(model.logEnergy() - before).toBeCloseTo(cost, 11);
  });
});

describe('a log-sum-exp memory', () => {
  it('gives the same field on both sides of the change of method at beta 1', () => {
    const random = RandomStream.of(5);
    const stored = patterns(random, 40, 30);
    const below = new LogSumExpModel(stored, 1 - 1e-12);
    const above = new LogSumExpModel(stored, 1);
    for (let i = 0; i < 40; i++) expect(below.field(i)).toBeCloseTo(above.field(i), 10);
  });

  it('takes a beta of hundreds without overflow: the nearest memory decides', () => {
    const random = RandomStream.of(6);
    const stored = patterns(random, 64, 5);
    const model = new LogSumExpModel(stored, 500);
    model.reset(stored[2]!);
    for (let i = 0; i < 64; i++) expect(model.field(i)).toBe(stored[2]![i]);
    expect(model.energy()).toBe(-64);
  });
});

describe('a polynomial memory far from its memories', () => {
  it('keeps the sign of a field whose size underflows', () => {
    const sites = 4096;
    const pattern = new Int8Array(sites).fill(1);
    const model = new PolynomialModel([pattern], 199, { rectified: true });
    const state = pattern.map((_, i) => (i % 2 === 0 ? 1 : i < 40 ? 1 : -1));
    model.reset(state);
    expect(model.field(4095)).toBeGreaterThan(0);
    expect(model.field(0)).toBeGreaterThan(0);
  });
});
