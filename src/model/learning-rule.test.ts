import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../core/index.js';
import {
  applyRule,
  createSpinModel,
  formatRule,
  hebbCouplings,
  isSymmetric,
  parseRule,
  patternOverlaps,
  storkeyCouplings,
} from './index.js';

function patterns(seed: number, sites: number, count: number): Int8Array[] {
  const random = RandomStream.of(seed);
  return Array.from({ length: count }, () =>
    Int8Array.from({ length: sites }, () => (random.uniform() < 0.5 ? 1 : -1)),
  );
}

function denseOf(rule: string, stored: Int8Array[]): Float64Array {
  const couplings = applyRule(parseRule(rule), stored);
  if (couplings.kind !== 'dense') throw new Error(`${rule} is not dense`);
  return couplings.data;
}

describe('parseRule', () => {
  it('reads every form and writes it back', () => {
    const forms = [
      'hebb',
      'storkey',
      'projection',
      'dream:10',
      'polynomial:3',
      'rectified:8',
      'exponential',
      'log-sum-exp:0.05',
      'sequence',
      'sequence:4',
    ];
    for (const form of forms) expect(formatRule(parseRule(form))).toBe(form);
    expect(parseRule('sequence')).toEqual({ kind: 'sequence', degree: 2 });
  });

  it.each([
    '',
    'Hebb',
    'hebb:2',
    'polynomial',
    'polynomial:1',
    'polynomial:2.5',
    'polynomial:201',
    'rectified:',
    'rectified:-3',
    'dream',
    'dream:-1',
    'dream:soon',
    'log-sum-exp:0',
    'log-sum-exp:Infinity',
    'sequence:0x3',
    'toString',
  ])('refuses %j and lists the forms', (text) => {
    expect(() => parseRule(text)).toThrowError(
      expect.objectContaining({
        code: 'unknown-rule',
        message: expect.stringContaining('log-sum-exp:<beta>') as string,
      }),
    );
  });
});

describe('the rules', () => {
  it('make Hebb couplings as the sum of products over N, for any number of memories', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 70 }),
        fc.integer({ min: 2, max: 12 }),
        (count, sites) => {
          const stored = patterns(count * 100 + sites, sites, count);
          const couplings = hebbCouplings(stored);
          for (let i = 0; i < sites; i++) {
            for (let j = 0; j < sites; j++) {
              const sum = i === j ? 0 : stored.reduce((total, p) => total + p[i]! * p[j]!, 0);
              expect(couplings[i * sites + j]).toBe(sum / sites);
            }
          }
        },
      ),
    );
  });

  it('make exactly symmetric couplings with a zero diagonal', () => {
    const stored = patterns(1, 60, 12);
    for (const rule of ['hebb', 'storkey', 'projection', 'dream:3']) {
      const data = denseOf(rule, stored);
      expect(isSymmetric(data, 60)).toBe(true);
      for (let i = 0; i < 60; i++) expect(data[61 * i]).toBe(0);
    }
  });

  it('make Storkey couplings that equal the rule written out term by term', () => {
    const sites = 9;
    const stored = patterns(2, sites, 5);
    let w = Array.from({ length: sites }, () => new Array<number>(sites).fill(0));
    for (const xi of stored) {
      const h = (i: number, j: number): number => {
        let sum = 0;
        for (let k = 0; k < sites; k++) if (k !== i && k !== j) sum += w[i]![k]! * xi[k]!;
        return sum;
      };
      w = w.map((row, i) =>
        row.map((old, j) =>
          i === j ? 0 : old + (xi[i]! * xi[j]! - xi[i]! * h(j, i) - h(i, j) * xi[j]!) / sites,
        ),
      );
    }
    const couplings = storkeyCouplings(stored);
    for (let i = 0; i < sites; i++) {
      for (let j = 0; j < sites; j++) expect(couplings[i * sites + j]).toBeCloseTo(w[i]![j]!, 13);
    }
  });

  it('make projection couplings of which every memory is a fixed point', () => {
    const sites = 60;
    const stored = patterns(3, sites, 25);
    const model = createSpinModel(applyRule({ kind: 'projection' }, stored), sites);
    for (const pattern of stored) {
      model.reset(pattern);
      for (let i = 0; i < sites; i++) expect(model.field(i) * pattern[i]!).toBeGreaterThan(0);
    }
  });

  it('say which memories depend on which where projection has no solution', () => {
    const stored = patterns(4, 40, 6);
    stored.push(stored[2]!.map((s) => -s));
    expect(() => applyRule({ kind: 'projection' }, stored)).toThrowError(
      expect.objectContaining({
        code: 'singular-memories',
        details: expect.objectContaining({ memory: 6, dependsOn: [2] }) as object,
      }),
    );
    expect(applyRule({ kind: 'dream', time: 10 }, stored).kind).toBe('dense');
  });

  it('keep memories as memories beyond 4096 sites, with the same fields as the matrix', () => {
    const sites = 4097;
    const stored = patterns(5, sites, 4);
    const overlaps = patternOverlaps(stored);
    for (const rule of ['hebb', 'projection', 'dream:2'] as const) {
      const couplings = applyRule(parseRule(rule), stored);
      expect(couplings.kind).toBe('memories');
      const model = createSpinModel(couplings, sites);
      model.reset(stored[1]!);
      if (rule === 'hebb') {
        let expected = 0;
        for (const [mu, pattern] of stored.entries()) {
          expected += (pattern[7]! * (overlaps[4 + mu]! - pattern[7]! * stored[1]![7]!)) / sites;
        }
        expect(model.field(7)).toBeCloseTo(expected, 12);
      }
      if (rule === 'projection') {
        // The projection of a memory is the memory itself; its own diagonal term is P/N on average.
        for (let i = 0; i < sites; i += 500)
          expect(model.field(i) * stored[1]![i]!).toBeGreaterThan(0.99);
      }
    }
    expect(() => applyRule({ kind: 'storkey' }, stored)).toThrowError(
      expect.objectContaining({ code: 'cannot-compile' }),
    );
  });

  it('make weighted memories whose fields are those of the dense couplings', () => {
    const sites = 50;
    const stored = patterns(6, sites, 9);
    for (const rule of ['projection', 'dream:1.5']) {
      const dense = createSpinModel(applyRule(parseRule(rule), stored), sites);
      const data = denseOf(rule, stored);
      const state = patterns(7, sites, 1)[0]!;
      dense.reset(state);
      for (let i = 0; i < sites; i++) {
        let sum = 0;
        for (let j = 0; j < sites; j++) sum += data[i * sites + j]! * state[j]!;
        expect(dense.field(i)).toBeCloseTo(sum, 12);
      }
    }
  });

  it('make cyclic sequences', () => {
    const couplings = applyRule(parseRule('sequence'), patterns(8, 20, 3));
    expect(couplings).toMatchObject({ kind: 'memories', next: new Int32Array([1, 2, 0]) });
  });
});
