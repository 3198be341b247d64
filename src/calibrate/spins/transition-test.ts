import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { chiSquareTail } from '../job/chi-square.js';
import type { SiteRun, SpinKernelFit } from './fit-spin-kernel.js';
import { singleSpinLikelihood } from './single-spin-likelihood.js';

/** Flips between readouts, seen and expected, of one probe and one direction. */
export interface FlipShare {
  readonly probe: number;
  /** Cost of the flip, program energy. */
  readonly cost: number;
  /** Share of samples that show the spin on the other side. */
  readonly measured: number;
  readonly standardError: number;
  readonly predicted: number;
}

/** Whether what followed on what agrees with the fit. */
export interface TransitionTest {
  readonly chiSquare: number;
  readonly degreesOfFreedom: number;
  readonly pValue: number;
  readonly shares: readonly FlipShare[];
  /** Of each site: (seen − expected)/standard deviation of the flips of all its probes. */
  readonly sites: readonly number[];
}

/** Histories of two samples; sites in so many blocks at most. */
const HISTORIES = 4;
const BLOCKS = 8;
/** A group of less variance is no sum of many. */
const LEAST_VARIANCE = 5;
/** Directions in which a fit leaves less than that of their variance are its own. */
const LEFT = 0.05;

/**
 * χ² of what followed on what: samples are grouped by probe, block of sites and the two samples before, and in each group those that show +1
 * are held against the sum r of their probabilities, given all that was seen before. The deviations are a martingale's, of variance V = Σ P(1 − P);
 * at the fitted values their covariance is V − C F⁻¹ Cᵀ with C = Σ ∂P/∂θ (the Rao–Robson–Nikulin form of Pearson's test). A kernel of another shape shows
 * between probes, memory between histories.
 */
export function transitionTest(fit: SpinKernelFit, runs: readonly SiteRun[]): TransitionTest {
  const { parameters, estimate, atBound } = fit;
  const { sites, count: p } = parameters;
  const blocks = Math.min(sites, BLOCKS);
  const probes = runs.reduce((most, { probe }) => Math.max(most, probe + 1), 0);
  const groups = probes * blocks * HISTORIES;
  const off = new Float64Array(groups);
  const variance = new Float64Array(groups);
  const bySlope = new Float64Array(groups * p);
  const shares = Array.from({ length: 2 * probes }, () => ({ n: 0, flips: 0, sum: 0, square: 0 }));
  const costs = new Float64Array(probes);
  const siteOff = new Float64Array(sites);
  const siteVariance = new Float64Array(sites);
  for (const run of runs) {
    const { law, error } = parameters.kernelAt(run.site, estimate.at);
    const places = parameters.placesOf(run.site);
    const m = places.length;
    const along = Math.sign(run.field);
    costs[run.probe] = 2 * Math.abs(run.field);
    const block = Math.floor((run.site * blocks) / sites);
    singleSpinLikelihood(
      parameters.device.kernel,
      law,
      error,
      run,
      (seen, before, longBefore, up, slopes) => {
        const v = up * (1 - up);
        const r = (seen > 0 ? 1 : 0) - up;
        const history = (before * along > 0 ? 1 : 0) + (longBefore * along > 0 ? 2 : 0);
        const g = (run.probe * blocks + block) * HISTORIES + history;
        // Signs are those of the field: sites whose fields differ in sign go together.
        off[g] = off[g]! + along * r;
        variance[g] = variance[g]! + v;
        for (let b = 0; b < m; b++) {
          const scale = b === m - 1 ? parameters.errorScale : 1;
          const entry = g * p + places[b]!;
          bySlope[entry] = bySlope[entry]! + along * scale * slopes[b]!;
        }
        siteOff[run.site] = siteOff[run.site]! + (before > 0 ? -r : r);
        siteVariance[run.site] = siteVariance[run.site]! + v;
        if (before === 0) return;
        const share = shares[2 * run.probe + (before * along > 0 ? 1 : 0)]!;
        const flip = before > 0 ? 1 - up : up;
        share.n++;
        share.flips += seen === before ? 0 : 1;
        share.sum += flip;
        share.square += v;
      },
    );
  }
  const kept = Array.from(variance.keys()).filter((g) => variance[g]! >= LEAST_VARIANCE);
  const n = kept.length;
  const covariance = new Float64Array(p * p);
  // What stands at a bound was not fitted.
  for (let a = 0; a < p; a++) {
    for (let b = 0; b < p; b++) {
      if (!atBound.has(a) && !atBound.has(b)) covariance[a * p + b] = estimate.covariance.at(a, b);
    }
  }
  const left = Matrix.zeros(n, n);
  const times = new Float64Array(p);
  for (let i = 0; i < n; i++) {
    const gi = kept[i]! * p;
    for (let b = 0; b < p; b++) {
      let sum = 0;
      for (let a = 0; a < p; a++) sum += bySlope[gi + a]! * covariance[a * p + b]!;
      times[b] = sum;
    }
    for (let j = 0; j <= i; j++) {
      const gj = kept[j]! * p;
      let sum = i === j ? variance[kept[i]!]! : 0;
      for (let b = 0; b < p; b++) sum -= times[b]! * bySlope[gj + b]!;
      const scaled = sum / Math.sqrt(variance[kept[i]!]! * variance[kept[j]!]!);
      left.set(i, j, scaled);
      left.set(j, i, scaled);
    }
  }
  let chiSquare = 0;
  let degreesOfFreedom = 0;
  if (n > 0) {
    const evd = new EigenvalueDecomposition(left, { assumeSymmetric: true });
    evd.realEigenvalues.forEach((value, k) => {
      if (value < LEFT) return;
      let along = 0;
      for (let i = 0; i < n; i++) {
        along +=
          (evd.eigenvectorMatrix.get(i, k) * off[kept[i]!]!) / Math.sqrt(variance[kept[i]!]!);
      }
      chiSquare += (along * along) / value;
      degreesOfFreedom++;
    });
  }
  return {
    chiSquare,
    degreesOfFreedom,
    pValue: degreesOfFreedom === 0 ? 1 : chiSquareTail(chiSquare, degreesOfFreedom),
    shares: shares.flatMap(({ n: seen, flips, sum, square }, k) =>
      seen === 0
        ? []
        : [
            {
              probe: k >> 1,
              cost: (k % 2 === 1 ? 1 : -1) * costs[k >> 1]!,
              measured: flips / seen,
              standardError: Math.sqrt(square) / seen,
              predicted: sum / seen,
            },
          ],
    ),
    sites: Array.from(siteOff, (r, i) =>
      siteVariance[i]! > 0 ? r / Math.sqrt(siteVariance[i]!) : 0,
    ),
  };
}
