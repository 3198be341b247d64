import { student95 } from '../../thermo/index.js';
import type { SupplyUse } from './supply-use.js';

/** What the supply's monitor showed of a run. */
export interface SupplyReading {
  readonly use: SupplyUse;
  /** Of a shot, J. */
  readonly meanJ: number;
}

/** The gain of the supply's monitor, as it is known from elsewhere: no data tell it. */
export interface SupplyGain {
  readonly value: number;
  readonly standardError: number;
}

export interface SupplyParameter {
  readonly name: string;
  readonly value: number;
  readonly standardError: number | null;
  readonly unit: string;
  readonly identified: boolean;
}

/** What a board takes from its supply: static power, a readout of a site, a unit of coupling. */
export interface SupplyFit {
  readonly parameters: readonly SupplyParameter[];
  /** Of those that are identified, in their units: the lower triangle row by row. */
  readonly covariance: {
    readonly parameters: readonly string[];
    readonly lower: readonly number[];
  };
  /** What the monitor will show of a shot, J. */
  predict(use: SupplyUse): { readonly mean: number; readonly sem: number };
}

const NORMAL_95 = 1.959963984540054;
/** Columns of which no more than that is not in the other cannot be told apart. */
const SINGULAR = 1e-7;
/** A part that is known worse than to a factor of e^½ is not told, nor is one that is not there. */
const TOO_WIDE = 0.5;
/** Runs without couplings whose scatter is known well enough. */
const LEAST_FREEDOM = 3;

/**
 * Fits readings of a supply's monitor by
 *
 *     reading = supplyGain (supplyStatic t + supplyReadout n + supplyCoupling t Σ|J_ij| + Q)
 *
 * with t the time of a shot, n its readouts times its sites, the sum over both directions of all pairs, and Q its heat, which leaves the
 * supply or the drives, whichever (physics of circuits, §8). Static power and readouts are told apart by runs without couplings, whose rates
 * of readout differ: least squares of relative errors. What runs with couplings take beyond that is theirs; pairs differ, so that the
 * error is that of their scatter between sets of couplings. The gain of the monitor multiplies all and is known from elsewhere only.
 *
 * @returns null where there are fewer readings than show their scatter
 */
export function fitSupply(readings: readonly SupplyReading[], gain: SupplyGain): SupplyFit | null {
  const used = readings.filter(({ meanJ }) => meanJ > 0);
  const fit = fitHeld(used, gain.value);
  if (fit === null) return null;
  // Heat is not the supply's to tell, so that powers do not simply go as 1/gain.
  const { standardError } = gain;
  const ends = [1, -1].map((sign) => fitHeld(used, gain.value + sign * standardError)!);
  const slope = (of: (one: HeldFit) => number): number =>
    standardError === 0 ? 0 : (of(ends[0]!) - of(ends[1]!)) / (2 * standardError);
  const { terms } = fit;
  const slopes = terms.map((_, a) => slope((one) => one.terms[a]!.value));
  const entry = (a: number, b: number): number =>
    fit.own(a, b) + slopes[a]! * slopes[b]! * standardError ** 2;
  const errors = terms.map((_, a) => Math.sqrt(entry(a, a)));
  const isKnown = terms.map(
    ({ value, isTold }, a) => isTold && errors[a]! < TOO_WIDE * Math.abs(value),
  );
  const known = terms.flatMap((_, a) => (isKnown[a]! ? [a] : []));
  const lower = known.flatMap((a, i) => known.slice(0, i + 1).map((b) => entry(a, b)));
  const names = known.map((a) => terms[a]!.name);
  if (standardError > 0) {
    names.push('supplyGain');
    lower.push(...known.map((a) => slopes[a]! * standardError ** 2), standardError ** 2);
  }
  return {
    parameters: [
      ...terms.map(({ name, unit, value }, a) => ({
        name,
        value,
        standardError: isKnown[a]! ? errors[a]! : null,
        unit,
        identified: isKnown[a]!,
      })),
      {
        name: 'supplyGain',
        value: gain.value,
        standardError: standardError > 0 ? standardError : null,
        unit: '1',
        identified: standardError > 0,
      },
    ],
    covariance: { parameters: names, lower },
    predict(use) {
      const moved = slope((one) => one.predict(use).mean) * standardError;
      const { mean, variance } = fit.predict(use);
      return { mean, sem: Math.sqrt(variance + moved ** 2) };
    },
  };
}

interface HeldFit {
  readonly terms: readonly {
    readonly name: string;
    readonly unit: string;
    readonly value: number;
    readonly isTold: boolean;
  }[];
  /** Covariance of two terms. */
  own(a: number, b: number): number;
  predict(use: SupplyUse): { readonly mean: number; readonly variance: number };
}

/** With the monitor's gain held. */
function fitHeld(used: readonly SupplyReading[], gain: number): HeldFit | null {
  /** J of a shot, as they are where the monitor is right. */
  const paid = ({ use, meanJ }: SupplyReading): number => meanJ / gain - use.heatJ;
  const base = fitBase(
    used.filter(({ use }) => use.couplingSum === 0),
    paid,
  );
  if (base === null) return null;
  const coupling = fitCoupling(
    used.filter(({ use }) => use.couplingSum > 0),
    (one) => paid(one) - base.of(one.use),
  );
  const terms = [
    { name: 'supplyStatic', unit: 'W', value: base.staticW, isTold: base.isApart },
    { name: 'supplyReadout', unit: 'J', value: base.readoutJ, isTold: base.isApart },
    ...(coupling === null
      ? []
      : [{ name: 'supplyCoupling', unit: 'W', value: coupling.W, isTold: true }]),
  ];
  const own = (a: number, b: number): number => {
    const { covariance } = base;
    if (a < 2 && b < 2) return covariance[a + b]!;
    const { slopes, variance } = coupling!;
    const along = (c: number): number =>
      covariance[c]! * slopes[0] + covariance[c + 1]! * slopes[1];
    if (a !== b) return along(Math.min(a, b));
    return variance + slopes[0] * along(0) + slopes[1] * along(1);
  };
  return {
    terms,
    own,
    predict(use) {
      const coupled = use.couplingSum * use.durationS;
      const x = [use.durationS, use.readouts, coupled].slice(0, terms.length);
      const total = x.reduce((sum, v, a) => sum + v * terms[a]!.value, use.heatJ);
      let variance = (base.scatter * base.of(use)) ** 2;
      x.forEach((v, a) => x.forEach((w, b) => (variance += v * w * own(a, b))));
      if (coupling !== null && coupled > 0) {
        variance += (coupling.pairVariance / use.pairs) * coupled ** 2;
      }
      return { mean: gain * total, variance: gain ** 2 * variance };
    },
  };
}

interface BaseFit {
  readonly staticW: number;
  readonly readoutJ: number;
  /** Whether the two are told apart; their sum is known in any case. */
  readonly isApart: boolean;
  /** Of the two: W², W J, J². */
  readonly covariance: readonly [number, number, number];
  /** Of a reading about the fit, relative. */
  readonly scatter: number;
  of(use: SupplyUse): number;
}

/** Static power and readouts: least squares of (paid − P t − E n)/paid. */
function fitBase(
  readings: readonly SupplyReading[],
  paid: (reading: SupplyReading) => number,
): BaseFit | null {
  const freedom = readings.length - 2;
  if (freedom < LEAST_FREEDOM) return null;
  const rows = readings.map((one) => {
    const whole = paid(one);
    return [one.use.durationS / whole, one.use.readouts / whole] as const;
  });
  const sum = (of: (row: readonly [number, number]) => number): number =>
    rows.reduce((total, row) => total + of(row), 0);
  const [tt, tn, nn] = [sum(([t]) => t * t), sum(([t, n]) => t * n), sum(([, n]) => n * n)];
  const [t1, n1] = [sum(([t]) => t), sum(([, n]) => n)];
  const determinant = tt * nn - tn * tn;
  const isApart = determinant > SINGULAR * tt * nn;
  // Where they go together all is taken for static power.
  const staticW = isApart ? (nn * t1 - tn * n1) / determinant : t1 / tt;
  const readoutJ = isApart ? (tt * n1 - tn * t1) / determinant : 0;
  const squares = sum(([t, n]) => (1 - staticW * t - readoutJ * n) ** 2);
  // The scatter itself is known from these readings only.
  const variance = (squares / freedom) * (student95(freedom) / NORMAL_95) ** 2;
  return {
    staticW,
    readoutJ,
    isApart,
    covariance: isApart
      ? [
          (variance * nn) / determinant,
          (-variance * tn) / determinant,
          (variance * tt) / determinant,
        ]
      : [variance / tt, 0, 0],
    scatter: Math.sqrt(variance),
    of: ({ durationS, readouts }) => staticW * durationS + readoutJ * readouts,
  };
}

interface CouplingFit {
  /** Of a coupling of 1 in one direction. */
  readonly W: number;
  /** By the pairs' scatter. */
  readonly variance: number;
  /** By static power and by the energy of a readout, which are taken off before. */
  readonly slopes: readonly [number, number];
  /** Of one pair about the mean of all. */
  readonly pairVariance: number;
}

/** The mean over sets of couplings, each as many pairs as it has; runs of the same set are off by the same. */
function fitCoupling(
  readings: readonly SupplyReading[],
  beyond: (reading: SupplyReading) => number,
): CouplingFit | null {
  if (readings.length === 0) return null;
  const sets = new Map<string, { pairs: number; of: number[] }>();
  let [dW, dJ, all] = [0, 0, 0];
  for (const reading of readings) {
    const { couplings, couplingSum, durationS, readouts, pairs } = reading.use;
    const set = sets.get(couplings) ?? { pairs, of: [] };
    sets.set(couplings, set);
    set.of.push(beyond(reading) / (couplingSum * durationS));
    dW -= pairs / couplingSum;
    dJ -= (pairs * readouts) / (couplingSum * durationS);
    all += pairs;
  }
  const slopes = [dW / all, dJ / all] as const;
  const means = [...sets.values()].map(({ pairs, of }) => ({
    pairs,
    W: of.reduce((sum, w) => sum + w, 0) / of.length,
  }));
  const weight = means.reduce((sum, { pairs }) => sum + pairs, 0);
  const W = means.reduce((sum, one) => sum + one.pairs * one.W, 0) / weight;
  const freedom = means.length - 1;
  // One set alone does not show how pairs differ; but then there is no other.
  if (freedom === 0) return { W, variance: 0, slopes, pairVariance: 0 };
  const squares = means.reduce((sum, one) => sum + one.pairs * (one.W - W) ** 2, 0);
  const pairVariance = (squares / freedom) * (student95(freedom) / NORMAL_95) ** 2;
  return { W, variance: pairVariance / weight, slopes, pairVariance };
}
