import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../core/index.js';
import { fitSupply, type SupplyFit, type SupplyReading } from './fit-supply.js';
import type { SupplyUse } from './supply-use.js';

const TRUE = { supplyStatic: 0.5, supplyReadout: 1e-9, supplyCoupling: 3e-5 };
const NAMES = Object.keys(TRUE) as (keyof typeof TRUE)[];

/** What probes of a board of eight sites use: long rests, steps that are read often, rounds of pairs twice each, heat of a chip's size. */
const plain = (durationS: number, rows: number, heatJ: number): SupplyUse => ({
  durationS,
  readouts: 8 * rows,
  couplingSum: 0,
  pairs: 0,
  couplings: '',
  heatJ,
});
const coupled = (couplings: string, J: number, pairs = 4): SupplyUse => ({
  ...plain(8e-4, 21, 3e-6),
  couplingSum: 2 * pairs * J,
  pairs,
  couplings,
});
const ROUNDS = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
const USES: SupplyUse[] = [
  plain(0.04, 1001, 1e-4),
  plain(0.02, 1001, 5e-5),
  plain(4e-4, 41, 2e-6),
  plain(4e-4, 41, 2e-6),
  plain(2e-4, 41, 2e-6),
  plain(2e-4, 41, 2e-6),
  ...Array.from({ length: 9 }, () => plain(2e-4, 2, 4e-6)),
  ...ROUNDS.flatMap((round) => [coupled(round, 1), coupled(round, 1)]),
];
/** @param pair what a set of couplings takes over the mean of all */
const energy = (
  { durationS, readouts, couplingSum, couplings, heatJ }: SupplyUse,
  pair: (couplings: string) => number = () => 1,
): number =>
  TRUE.supplyStatic * durationS +
  TRUE.supplyReadout * readouts +
  TRUE.supplyCoupling * pair(couplings) * couplingSum * durationS +
  heatJ;
const read = (
  uses: readonly SupplyUse[],
  gain = 1,
  noise: () => number = () => 0,
  pair?: (couplings: string) => number,
) => uses.map((use): SupplyReading => ({ use, meanJ: gain * energy(use, pair) * (1 + noise()) }));
const named = (fit: SupplyFit, name: string) =>
  fit.parameters.find((parameter) => parameter.name === name)!;
const KNOWN = { value: 1, standardError: 0 };

describe('A supply', () => {
  it('is told apart into static power, readouts and couplings, with heat beside them', () => {
    for (const gain of [1, 1.03]) {
      const fit = fitSupply(read(USES, gain), { value: gain, standardError: 0 })!;
      for (const name of NAMES) expect(named(fit, name).value / TRUE[name], name).toBeCloseTo(1, 9);
      const use = { ...coupled('other', 2), durationS: 0.01, readouts: 100, heatJ: 1e-5 };
      expect(fit.predict(use).mean / (gain * energy(use))).toBeCloseTo(1, 9);
      expect(named(fit, 'supplyGain')).toMatchObject({ identified: false, standardError: null });
    }
  });

  it('is known no better than the gain of its monitor, and what rests on it moves together', () => {
    const gain = { value: 1, standardError: 0.01 };
    const still = USES.map((use) => ({ ...use, heatJ: 0 }));
    const fit = fitSupply(read(still, 1.01), gain)!;
    for (const name of NAMES) {
      const { value, standardError } = named(fit, name);
      expect(value / TRUE[name]).toBeCloseTo(1.01, 9);
      expect(standardError! / (0.01 * value)).toBeCloseTo(1, 3);
    }
    const { parameters, lower } = fit.covariance;
    expect(parameters).toEqual([...NAMES, 'supplyGain']);
    const at = (i: number, j: number): number => lower[(i * (i + 1)) / 2 + j]!;
    const correlation = (i: number, j: number): number => at(i, j) / Math.sqrt(at(i, i) * at(j, j));
    expect(correlation(1, 0)).toBeCloseTo(1, 6);
    expect(correlation(3, 0)).toBeCloseTo(-1, 6);
    // What the monitor shows does not ask how right it is: only heat comes with another gain.
    const { mean, sem } = fit.predict(still[0]!);
    expect(mean / (1.01 * energy(still[0]!))).toBeCloseTo(1, 9);
    expect(sem / mean).toBeLessThan(1e-9);
    const use = USES[0]!;
    expect(fit.predict(use).mean - mean).toBeCloseTo(use.heatJ, 12);
    expect(fit.predict(use).sem).toBeCloseTo(0.01 * use.heatJ, 8);
  });

  it('has intervals that hold the truth as often as they say, also of what was not fitted', () => {
    const held = new Map<string, number>();
    const SETS = 1000;
    const later = { ...coupled('other', 1.5, 3), durationS: 0.003, readouts: 800, heatJ: 1e-5 };
    for (let k = 0; k < SETS; k++) {
      const stream = RandomStream.of(k, 'dynamics', 0);
      const noise = () => 1e-6 * stream.normal();
      const off = new Map<string, number>();
      const pair = (couplings: string): number => {
        const pairs = couplings === 'other' ? 3 : 4;
        const one = off.get(couplings) ?? 1 + (0.05 * stream.normal()) / Math.sqrt(pairs);
        off.set(couplings, one);
        return one;
      };
      const fit = fitSupply(read(USES, 1, noise, pair), KNOWN)!;
      const count = (name: string, by: number, error: number): void => {
        if (Math.abs(by) < 1.96 * error) held.set(name, (held.get(name) ?? 0) + 1);
      };
      for (const name of NAMES) {
        const { value, standardError } = named(fit, name);
        expect(standardError, `${name}, set ${k}`).not.toBeNull();
        count(name, value - TRUE[name], standardError!);
      }
      const { mean, sem } = fit.predict(later);
      count('a later shot', mean - energy(later, pair) * (1 + noise()), sem);
    }
    // 4 standard errors of a share of 0.95 among 1000: a false alarm in 16,000.
    for (const name of [...NAMES, 'a later shot']) {
      const share = held.get(name)! / SETS;
      expect(Math.abs(share - 0.95), `${name}: ${share}`).toBeLessThan(4 * 0.0069);
    }
  });

  it('leaves open what no run tells apart', () => {
    const same = USES.filter(({ couplingSum }) => couplingSum === 0).map((use) => ({
      ...use,
      readouts: use.durationS * 1e5,
    }));
    const fit = fitSupply(read(same), KNOWN)!;
    expect(named(fit, 'supplyStatic').identified).toBe(false);
    expect(named(fit, 'supplyReadout').identified).toBe(false);
    expect(fit.parameters.map(({ name }) => name)).not.toContain('supplyCoupling');
    // Their sum is known all the same.
    expect(fit.predict(same[0]!).mean / energy(same[0]!)).toBeCloseTo(1, 9);
  });

  it('is not fitted to fewer readings than show their scatter', () => {
    expect(fitSupply(read(USES.slice(0, 4)), KNOWN)).toBeNull();
    expect(fitSupply(read(USES.slice(-14)), KNOWN)).toBeNull();
    expect(fitSupply([], KNOWN)).toBeNull();
  });
});
