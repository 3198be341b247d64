import { normalTail } from '../model/index.js';

/**
 * What one site does in a static field b, all other sites held: the single-site problem that signal-to-noise estimates
 * and mean fields are built of. Fields and temperatures in the program's unit.
 */
export interface SiteResponse {
  /** Mean of the site in field b: tanh(b/T) for ±1. */
  mean(b: number): number;
  /** Probability that the site points the other way than +1 in field b. */
  wrong(b: number): number;
  /** The average of `wrong` over a Gaussian field. */
  meanWrong(mean: number, deviation: number): number;
}

/** A ±1 site in a heat bath; T = 0: along its field, and at a tie where it is. */
export function spinResponse(temperature: number): SiteResponse {
  if (temperature === 0) {
    return {
      mean: (b) => (b < 0 ? -1 : 1),
      wrong: (b) => (b < 0 ? 1 : 0),
      meanWrong: (mean, deviation) =>
        deviation > 0 ? normalTail(mean / deviation) : mean < 0 ? 1 : 0,
    };
  }
  const wrong = (b: number): number => 1 / (1 + Math.exp((2 * b) / temperature));
  return {
    mean: (b) => Math.tanh(b / temperature),
    wrong,
    meanWrong: (mean, deviation) => averaged(wrong, mean, deviation),
  };
}

const NODES = 33;
const REACH = 5;
/** Nodes and normalised weights of the normal law on a grid: error far below that of the Gaussian assumption. */
const NORMAL_WEIGHTS = (() => {
  const weights = Float64Array.from({ length: NODES }, (_, k) => {
    const z = (2 * REACH * k) / (NODES - 1) - REACH;
    return Math.exp((-z * z) / 2);
  });
  const sum = weights.reduce((total, w) => total + w, 0);
  return weights.map((w) => w / sum);
})();

function averaged(f: (b: number) => number, mean: number, deviation: number): number {
  if (!(deviation > 0)) return f(mean);
  let sum = 0;
  for (let k = 0; k < NODES; k++) {
    sum += NORMAL_WEIGHTS[k]! * f(mean + deviation * ((2 * REACH * k) / (NODES - 1) - REACH));
  }
  return sum;
}

const FIELD_STEPS = 400;
const SITE_STEPS = 800;

/**
 * A continuous site in the well q x² + r x⁴ − b x at temperature T, by quadrature over exp(−V/T), tabulated for
 * |b| ≤ `largest` and interpolated; fields beyond count as the largest. T = 0: the lowest minimum.
 *
 * @param quartic r > 0
 */
export function wellResponse(
  quadratic: number,
  quartic: number,
  temperature: number,
  largest: number,
): SiteResponse {
  const means = new Float64Array(FIELD_STEPS + 1);
  const wrongs = new Float64Array(FIELD_STEPS + 1);
  const top = Math.max(largest, 1e-9);
  for (let k = 0; k <= FIELD_STEPS; k++) {
    const b = (top * k) / FIELD_STEPS;
    if (temperature === 0) {
      means[k] = wellMinimum(quadratic, quartic, b);
      wrongs[k] = 0;
    } else {
      const moments = wellMoments(quadratic, quartic, temperature, b);
      means[k] = moments.mean;
      wrongs[k] = moments.wrong;
    }
  }
  const look = (table: Float64Array, b: number): number => {
    const at = Math.min(FIELD_STEPS, (Math.abs(b) / top) * FIELD_STEPS);
    const low = Math.min(FIELD_STEPS - 1, Math.floor(at));
    return table[low]! + (at - low) * (table[low + 1]! - table[low]!);
  };
  const wrong = (b: number): number => (b < 0 ? 1 - look(wrongs, b) : look(wrongs, b));
  return {
    mean: (b) => (b < 0 ? -look(means, b) : look(means, b)),
    wrong,
    meanWrong: (mean, deviation) => averaged(wrong, mean, deviation),
  };
}

/** The lowest minimum of q x² + r x⁴ − b x for b ≥ 0: the largest root of 4 r x³ + 2 q x = b. */
export function wellMinimum(quadratic: number, quartic: number, b: number): number {
  // Beyond its inflection the slope is convex and rising, so Newton from above goes straight to the largest root.
  let x = Math.cbrt(b / (4 * quartic)) + Math.sqrt(Math.max(0, -quadratic / (2 * quartic))) + 1e-12;
  if (quadratic > 0) x = Math.min(x, b / (2 * quadratic) + 1e-12);
  for (let round = 0; round < 100; round++) {
    const slope = 4 * quartic * x ** 3 + 2 * quadratic * x - b;
    const curvature = 12 * quartic * x * x + 2 * quadratic;
    if (!(curvature > 0)) break;
    const next = x - slope / curvature;
    if (!(Math.abs(next - x) > 1e-14 * Math.max(1, x))) break;
    x = Math.max(0, next);
  }
  return x;
}

function wellMoments(
  quadratic: number,
  quartic: number,
  temperature: number,
  b: number,
): { mean: number; wrong: number } {
  const potential = (x: number): number => x * (x * (quadratic + quartic * x * x) - b);
  const bottom = wellMinimum(quadratic, quartic, b);
  const lowest = potential(bottom);
  let right = bottom + 1;
  while (potential(right) - lowest < 40 * temperature) right *= 1.5;
  let left = -1;
  while (potential(left) - lowest < 40 * temperature) left *= 1.5;
  const step = (right - left) / SITE_STEPS;
  let sum = 0;
  let first = 0;
  let below = 0;
  for (let k = 0; k < SITE_STEPS; k++) {
    const x = left + (k + 0.5) * step;
    const weight = Math.exp((lowest - potential(x)) / temperature);
    sum += weight;
    first += weight * x;
    // The step that zero lies in is shared out between the two sides.
    below += weight * Math.min(1, Math.max(0, 0.5 - x / step));
  }
  return { mean: first / sum, wrong: below / sum };
}
