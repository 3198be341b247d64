import { normalTail } from '../model/index.js';

/**
 * What one site does in a static field b, all other sites held: the single-site problem that signal-to-noise estimates
 * and mean fields are built of. Fields and temperatures in the program's unit. `before` is the probability that the
 * site pointed to −1 at the start, which matters only where a site can hold its sign against its field.
 */
export interface SiteResponse {
  /** Probability that the site points to −1 in field b at the end. */
  wrong(b: number, before: number): number;
  /** Mean of the site in field b, where it points to −1 with probability `wrong`. */
  mean(b: number, wrong: number): number;
  /** The average of `wrong` over a Gaussian field. */
  meanWrong(mean: number, deviation: number, before: number): number;
}

/** A ±1 site in a heat bath; T = 0: along its field, and at a tie where it is. */
export function spinResponse(temperature: number): SiteResponse {
  const mean = (_b: number, wrong: number): number => 1 - 2 * wrong;
  if (temperature === 0) {
    return {
      mean,
      wrong: (b, before) => (b < 0 ? 1 : b > 0 ? 0 : before),
      meanWrong: (b, deviation, before) =>
        deviation > 0 ? normalTail(b / deviation) : b < 0 ? 1 : b > 0 ? 0 : before,
    };
  }
  const wrong = (b: number): number => 1 / (1 + Math.exp((2 * b) / temperature));
  return { mean, wrong, meanWrong: (b, deviation) => averaged(wrong, b, deviation) };
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
 * A continuous site in the well q x² + r x⁴ − b x at temperature T, with mobility 1 for a time `duration`. Its law on
 * either side of zero is that of equilibrium (quadrature over exp(−V/T)); how much of it crosses between the two sides
 * is a two-state process with Kramers' rates √(V″(x_min)|V″(x_top)|)/2π · e^{−ΔV/T}, instantaneous where there is no
 * barrier. Tabulated for |b| ≤ `largest` and interpolated; fields beyond count as the largest.
 *
 * @param quartic r > 0
 */
export function wellResponse(
  well: { readonly quadratic: number; readonly quartic: number },
  temperature: number,
  duration: number,
  largest: number,
): SiteResponse {
  const top = Math.max(largest, 1e-9);
  const table = (): Float64Array => new Float64Array(FIELD_STEPS + 1);
  const [up, down, below, held] = [table(), table(), table(), table()];
  for (let k = 0; k <= FIELD_STEPS; k++) {
    const b = (top * k) / FIELD_STEPS;
    const sides = temperature > 0 ? warmSides(well, temperature, b) : coldSides(well, b);
    up[k] = sides.up;
    down[k] = sides.down;
    below[k] = sides.below;
    held[k] = Math.exp(-duration * crossingRate(well, temperature, b));
  }
  const look = (values: Float64Array, b: number): number => {
    const at = Math.min(FIELD_STEPS, (Math.abs(b) / top) * FIELD_STEPS);
    const low = Math.min(FIELD_STEPS - 1, Math.floor(at));
    return values[low]! + (at - low) * (values[low + 1]! - values[low]!);
  };
  const wrong = (b: number, before: number): number => {
    const settled = b < 0 ? 1 - look(below, b) : look(below, b);
    return settled + (before - settled) * look(held, b);
  };
  return {
    wrong,
    mean: (b, share) =>
      b < 0
        ? -share * look(up, b) - (1 - share) * look(down, b)
        : (1 - share) * look(up, b) + share * look(down, b),
    meanWrong: (mean, deviation, before) => averaged((b) => wrong(b, before), mean, deviation),
  };
}

interface Well {
  readonly quadratic: number;
  readonly quartic: number;
}
/** For b ≥ 0: mean x above zero and below it, and the equilibrium share below it. */
interface Sides {
  readonly up: number;
  readonly down: number;
  readonly below: number;
}

const energyOf = ({ quadratic, quartic }: Well, b: number, x: number): number =>
  x * (x * (quadratic + quartic * x * x) - b);

/** Where 4 r x³ + 2 q x = b, from the lowest x to the highest: one place, or two minima about a top. */
export function restingPlaces({ quadratic, quartic }: Well, b: number): number[] {
  const p = quadratic / (2 * quartic);
  const c = -b / (4 * quartic);
  const inside = -p > 0 ? ((3 * c) / (2 * p)) * Math.sqrt(-3 / p) : Infinity;
  if (Math.abs(inside) < 1) {
    const size = 2 * Math.sqrt(-p / 3);
    const angle = Math.acos(inside) / 3;
    return [0, 1, 2]
      .map((k) => size * Math.cos(angle - (2 * Math.PI * k) / 3))
      .sort((x, y) => x - y);
  }
  // One real root of x³ + p x + c (Cardano), in the form that does not cancel.
  const root = Math.sqrt(Math.max(0, (c * c) / 4 + (p * p * p) / 27));
  const big = Math.cbrt(-c / 2 - (c > 0 ? root : -root));
  return [big === 0 ? 0 : big - p / (3 * big)];
}

/** Sum of the two Kramers rates between the wells in field b; Infinity where there is but one. */
function crossingRate(well: Well, temperature: number, b: number): number {
  const [left, over, right] = restingPlaces(well, b);
  if (left === undefined || over === undefined || right === undefined) return Infinity;
  if (temperature === 0) return 0;
  const curvature = (x: number): number => 2 * well.quadratic + 12 * well.quartic * x * x;
  const rate = (x: number): number =>
    (Math.sqrt(Math.abs(curvature(x) * curvature(over))) / (2 * Math.PI)) *
    Math.exp((energyOf(well, b, x) - energyOf(well, b, over)) / temperature);
  return rate(left) + rate(right);
}

function coldSides(well: Well, b: number): Sides {
  const places = restingPlaces(well, b);
  const up = places[places.length - 1]!;
  return { up, down: places.length > 1 ? places[0]! : up, below: 0 };
}

function warmSides(well: Well, temperature: number, b: number): Sides {
  const places = restingPlaces(well, b);
  const lowest = Math.min(...places.map((x) => energyOf(well, b, x)));
  const reach = (x: number): number => (energyOf(well, b, x) - lowest) / temperature;
  let right = Math.max(0, ...places) + 1;
  while (reach(right) < 40) right *= 1.5;
  let left = Math.min(0, ...places) - 1;
  while (reach(left) < 40) left *= 1.5;
  const above = halfMoments(0, right, reach);
  const under = halfMoments(left, 0, reach);
  return {
    up: above.mean,
    down: under.mean,
    below: under.weight / (above.weight + under.weight),
  };
}

function halfMoments(
  from: number,
  to: number,
  reach: (x: number) => number,
): { weight: number; mean: number } {
  const step = (to - from) / SITE_STEPS;
  let weight = 0;
  let first = 0;
  let lowest = Infinity;
  for (let k = 0; k < SITE_STEPS; k++) lowest = Math.min(lowest, reach(from + (k + 0.5) * step));
  for (let k = 0; k < SITE_STEPS; k++) {
    const x = from + (k + 0.5) * step;
    const w = Math.exp(lowest - reach(x));
    weight += w;
    first += w * x;
  }
  return { weight: weight * step * Math.exp(-lowest), mean: first / weight };
}
