import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { fTail } from './f-tail.js';
import type { RunNumbers } from './shot-numbers.js';

/** One number of a job, as the device and its twin have it. */
export interface TwinQuantity {
  readonly name: string;
  /** null: no shot has it. */
  readonly device: { readonly mean: number | null; readonly sem: number | null };
  readonly twin: {
    readonly mean: number | null;
    /** Of both below. */
    readonly sem: number | null;
    /** Of the twin's shots. */
    readonly statistical: number | null;
    /** What the calibration leaves open, and what was assumed beside it. */
    readonly calibration: number | null;
  };
  readonly difference: number | null;
  /** Difference in standard errors of both. */
  readonly z: number | null;
  /** Whether it counts in χ². */
  readonly counted: boolean;
  /** Why not. */
  readonly reason: string | null;
}

export interface TwinFit {
  /** dᵀ Σ⁻¹ d of all differences that count, with their correlations. */
  readonly chiSquare: number;
  readonly degreesOfFreedom: number;
  /** What Σ rests on: the tail is that of F with degreesOfFreedom and this less degreesOfFreedom plus 1. */
  readonly effective: number;
  readonly pValue: number;
}

export interface TwinComparison {
  readonly quantities: readonly TwinQuantity[];
  /** null: nothing counts. */
  readonly fit: TwinFit | null;
  /** p is not below {@link LEAST_P}, and no quantity that does not count is {@link MOST_APART} standard errors apart or more. */
  readonly agrees: boolean;
}

export const LEAST_P = 0.001;
export const MOST_APART = 4;
/** Shots unlike the usual one that a mean needs on both sides to be taken for normal. */
const LEAST_UNUSUAL = 10;
/** Overlaps in χ² at most: those that the twin has most of. */
const MOST_OVERLAPS = 8;
/** Of the largest eigenvalue of the correlations: less is rounding, or one number said twice. */
const NOTHING = 1e-9;
const OVERLAP = /^overlap /;

/**
 * Sets a run of a device beside runs of its twin, each with other parameters that the calibration allows. The covariance of the difference of
 * device and mean twin is S/n of the device, and of the twin V (1 + 1/D) − S'/n', where V is the covariance of the D runs' means and S'/n'
 * what their shots alone bring; so many of them that this is not more than the device's. Its effective degrees of freedom are those of Krishnamoorthy & Yu, Stat. Probab. Lett. 66, 161 (2004).
 *
 * @param names of the means, as `quantityNames` has them
 * @param target reference to be retrieved, which always counts; null: none
 * @param draws two at least, each of as many shots as the device's run or more
 */
export function compareTwin(
  names: readonly string[],
  target: number | null,
  device: RunNumbers,
  draws: readonly RunNumbers[],
): TwinComparison {
  const q = names.length;
  const twin = twinMoments(q, draws);
  const total = new Float64Array(q * q);
  for (let k = 0; k < q * q; k++) total[k] = device.covariance[k]! + twin.whole[k]!;
  const reasons = names.map((_, k) => whyNot(k, device, draws, twin.mean[k]!));
  const strongest = names
    .flatMap((name, k) => (OVERLAP.test(name) && k !== target && reasons[k] === null ? [k] : []))
    .sort((a, b) => Math.abs(twin.mean[b]!) - Math.abs(twin.mean[a]!));
  for (const k of strongest.slice(MOST_OVERLAPS - (target === null ? 0 : 1))) {
    reasons[k] = `one of many overlaps: the ${MOST_OVERLAPS} that the twin has most of count`;
  }
  const quantities = names.map((name, k): TwinQuantity => {
    const at = k * q + k;
    const statistical = Math.sqrt(Math.max(0, twin.own[at]! / draws.length));
    const calibration = Math.sqrt(Math.max(0, twin.between[at]! - twin.own[at]!));
    const difference = device.means[k]! - twin.mean[k]!;
    const error =
      reasons[k] === null
        ? Math.sqrt(Math.max(total[at]!, twin.between[at]! / draws.length))
        : Math.hypot(pooledError(k, device, draws), calibration);
    return {
      name,
      device: told(device.means[k]!, Math.sqrt(device.covariance[at]!), device.counts[k]!),
      twin: {
        ...told(twin.mean[k]!, Math.hypot(statistical, calibration), draws.length),
        statistical: finite(statistical),
        calibration: finite(calibration),
      },
      difference: finite(difference),
      z: difference === 0 ? 0 : finite(difference / error),
      counted: reasons[k] === null,
      reason: reasons[k]!,
    };
  });
  const members = names.flatMap((_, k) => (reasons[k] === null ? [k] : []));
  const fit = members.length === 0 ? null : fitOf(members, q, device, twin, total, draws.length);
  const isFar = quantities.some(({ counted, z }) => !counted && Math.abs(z ?? 0) >= MOST_APART);
  return { quantities, fit, agrees: !(fit !== null && fit.pValue < LEAST_P) && !isFar };
}

interface TwinMoments {
  readonly mean: Float64Array;
  /** V: covariance of the runs' means. */
  readonly between: Float64Array;
  /** S'/n': what the shots of one run bring, mean of the runs. */
  readonly own: Float64Array;
  /** V (1 + 1/D) − S'/n' */
  readonly whole: Float64Array;
}

function twinMoments(q: number, draws: readonly RunNumbers[]): TwinMoments {
  const D = draws.length;
  const mean = new Float64Array(q);
  for (const { means } of draws) for (let k = 0; k < q; k++) mean[k] = mean[k]! + means[k]! / D;
  const between = new Float64Array(q * q);
  const own = new Float64Array(q * q);
  for (const { means, covariance } of draws) {
    for (let a = 0; a < q; a++) {
      for (let b = 0; b < q; b++) {
        const at = a * q + b;
        between[at]! += ((means[a]! - mean[a]!) * (means[b]! - mean[b]!)) / (D - 1);
        own[at]! += covariance[at]! / D;
      }
    }
  }
  const whole = between.map((v, k) => v * (1 + 1 / D) - own[k]!);
  return { mean, between, own, whole };
}

/** Why a quantity does not count in χ²; null: it does. */
function whyNot(
  k: number,
  device: RunNumbers,
  draws: readonly RunNumbers[],
  twin: number,
): string | null {
  if (Number.isNaN(device.means[k]!)) return 'no shot of the device has it';
  if (Number.isNaN(twin)) return 'not all runs of the twin have it';
  if (device.counts[k]! < LEAST_UNUSUAL || draws.some(({ counts }) => counts[k]! < 2)) {
    return `fewer than ${LEAST_UNUSUAL} shots have it`;
  }
  const unusual = draws.reduce((sum, run) => sum + run.unusual[k]!, 0) / draws.length;
  if (device.unusual[k]! < LEAST_UNUSUAL || unusual < LEAST_UNUSUAL) {
    return `nearly all shots have the same value: fewer than ${LEAST_UNUSUAL} others are no normal mean`;
  }
  return null;
}

/** Of shots that come from one distribution, the device's and the twin's together: where nearly all are alike. */
function pooledError(k: number, device: RunNumbers, draws: readonly RunNumbers[]): number {
  const q = device.means.length;
  const at = k * q + k;
  let shots = 0;
  let mean = 0;
  for (const run of [device, ...draws]) {
    if (run.counts[k]! === 0) continue;
    shots += run.counts[k]!;
    mean += run.counts[k]! * run.means[k]!;
  }
  mean /= shots;
  let squares = 0;
  for (const run of [device, ...draws]) {
    const n = run.counts[k]!;
    if (n === 0) continue;
    squares += n * (n - 1) * (n > 1 ? run.covariance[at]! : 0) + n * (run.means[k]! - mean) ** 2;
  }
  const n = device.counts[k]!;
  return Math.sqrt((squares / shots) * (1 / n + 1 / (shots - n)));
}

function fitOf(
  members: readonly number[],
  q: number,
  device: RunNumbers,
  { mean, between }: TwinMoments,
  total: Float64Array,
  D: number,
): TwinFit {
  const n = members.length;
  const scale = members.map((k) => {
    const at = k * q + k;
    return 1 / Math.sqrt(Math.max(total[at]!, between[at]! / D));
  });
  const scaled = (C: Float64Array, factor: number): Matrix =>
    new Matrix(
      members.map((a, i) => members.map((b, j) => factor * C[a * q + b]! * scale[i]! * scale[j]!)),
    );
  const evd = new EigenvalueDecomposition(scaled(total, 1), { assumeSymmetric: true });
  const values = evd.realEigenvalues;
  const V = evd.eigenvectorMatrix;
  const largest = Math.max(...values);
  const kept = values.flatMap((v, k) => (v > NOTHING * largest ? [k] : []));
  const rank = kept.length;
  // The space where the covariance of the difference is 1.
  const W = Matrix.zeros(rank, n);
  kept.forEach((k, row) => {
    for (let i = 0; i < n; i++) W.set(row, i, V.get(i, k) / Math.sqrt(values[k]!));
  });
  const d = Matrix.columnVector(members.map((k, i) => (device.means[k]! - mean[k]!) * scale[i]!));
  const white = W.mmul(d);
  const chiSquare = white.to1DArray().reduce((sum, x) => sum + x * x, 0);
  const part = (C: Float64Array, factor: number, freedom: number): number => {
    const M = W.mmul(scaled(C, factor)).mmul(W.transpose());
    return (M.mmul(M).trace() + M.trace() ** 2) / freedom;
  };
  const spread = part(device.covariance, 1, device.shots - 1) + part(between, 1 + 1 / D, D - 1);
  const effective = Math.max((rank + rank * rank) / spread, rank + 0.5);
  const rest = effective - rank + 1;
  return {
    chiSquare,
    degreesOfFreedom: rank,
    effective,
    pValue: fTail((chiSquare * rest) / (effective * rank), rank, rest),
  };
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
const told = (mean: number, sem: number, count: number) => ({
  mean: finite(mean),
  sem: count > 1 ? finite(sem) : null,
});
