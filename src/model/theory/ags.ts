import { checkLoad, checkTemperature } from './check-parameter.js';
import { capacityOf, solveLoad, type Capacity } from './load-curve.js';
import { meanSpin, spinFreeEnergy, spinOrder } from './noisy-field.js';
import { retrievalSignal } from './retrieval-signal.js';
import { findMaximum, findRoot } from './search.js';

/**
 * Replica-symmetric theory of the Hopfield model at extensive load α = P/N (Amit, Gutfreund & Sompolinsky;
 * physics page §2.3). At T > 0 the equations
 *   m = ∫Dz tanh β(m + vz), q = ∫Dz tanh² β(m + vz), v² = αr, r = q/(1 − β(1 − q))²
 * are walked along v: for given v, m and q follow, and then α = v²(1 − β(1 − q))²/q.
 */

/** A replica-symmetric state. */
export interface AgsState {
  /** Overlap with the retrieved memory. */
  readonly m: number;
  /** Edwards–Anderson order parameter. */
  readonly q: number;
  /** Mean square overlap with the other memories, over α. */
  readonly r: number;
  /** Free energy per spin. */
  readonly freeEnergy: number;
}

/** α(y) at T = 0: √(2α) = erf(y)/y − (2/√π) e^{−y²}, that is V = α/(1 − C)². */
function zeroTemperatureLoad(y: number): number {
  const { variance, susceptibility } = retrievalSignal(y);
  return variance * (1 - susceptibility) ** 2;
}

/** Capacity of the Hopfield model at T = 0: α_c = .137905566, m_c = .967417 (exact within replica symmetry). */
export function hopfieldCapacity(): Capacity {
  return capacityOf(zeroTemperatureLoad);
}

/**
 * The retrieval state at T = 0, or null above capacity. Its free energy is the energy per spin, the limit of that at T > 0:
 * ½m² + α/2 + ½αrC − α/2(1 − C) − m erf y − √(2V/π) e^{−y²}, V = αr.
 * @param alpha load P/N > 0
 */
export function agsZeroTemperature(alpha: number): AgsState | null {
  checkLoad(alpha);
  const y = solveLoad(zeroTemperatureLoad, alpha);
  if (y === null) return null;
  const { m, variance, susceptibility } = retrievalSignal(y);
  const field = m * m + Math.sqrt((2 * variance) / Math.PI) * Math.exp(-y * y);
  const freeEnergy =
    (m * m + alpha + variance * susceptibility - alpha / (1 - susceptibility)) / 2 - field;
  return { m, q: 1, r: variance / alpha, freeEnergy };
}

/**
 * The retrieval state at T > 0, or null where there is none (T > T_M(α)).
 * @param alpha load P/N > 0
 * @param temperature T > 0
 */
export function agsRetrieval(alpha: number, temperature: number): AgsState | null {
  checkLoad(alpha);
  checkTemperature(temperature);
  const top = largestLoad(temperature);
  if (top === null || alpha > top.alpha) return null;
  const v = findRoot((width) => loadAt(width, temperature, true) - alpha, top.v * 1e-9, top.v);
  return stateAt(v, temperature, alpha, true);
}

/**
 * The spin-glass state (m = 0, q > 0) at T > 0, or null above T_g(α).
 * @param alpha load P/N > 0
 * @param temperature T > 0
 */
export function agsSpinGlass(alpha: number, temperature: number): AgsState | null {
  checkLoad(alpha);
  checkTemperature(temperature);
  if (temperature >= glassTemperature(alpha)) return null;
  const load = (v: number): number => loadAt(v, temperature, false) - alpha;
  // The load vanishes where β(1 − q) = 1 (T < 1) and tends to (T − 1)² < α as v → 0 (T ≥ 1); it grows beyond.
  const low = temperature < 1 ? retrievalEnd(temperature) : 1e-6;
  let high = 2 * low + 1;
  while (load(high) < 0) high *= 2;
  const v = findRoot(load, low, high);
  return stateAt(v, temperature, alpha, false);
}

/** T_g = 1 + √α: below it the paramagnet gives way to the spin glass. */
export function glassTemperature(alpha: number): number {
  checkLoad(alpha);
  return 1 + Math.sqrt(alpha);
}

/** T_M(α): below it retrieval states exist (first as metastable ones). Null above the capacity at T = 0. */
export function retrievalTemperature(alpha: number): number | null {
  checkLoad(alpha);
  const coldest = 0.01;
  const margin = (temperature: number): number => (largestLoad(temperature)?.alpha ?? 0) - alpha;
  if (margin(coldest) < 0) return null;
  return findRoot(margin, coldest, 1);
}

/**
 * T_c(α): below it the retrieval states are the global minima of the free energy. Null where they never are
 * (α above about .051; temperatures below .02 are not searched).
 */
export function retrievalGroundTemperature(alpha: number): number | null {
  const upper = retrievalTemperature(alpha);
  if (upper === null) return null;
  const gap = (temperature: number): number => {
    const retrieval = agsRetrieval(alpha, temperature);
    const glass = agsSpinGlass(alpha, temperature);
    if (retrieval === null || glass === null) return NaN;
    return retrieval.freeEnergy - glass.freeEnergy;
  };
  const coldest = 0.02;
  const warmest = upper * (1 - 1e-9);
  if (coldest >= warmest || gap(coldest) > 0) return null;
  return findRoot(gap, coldest, warmest);
}

/** The largest root of m = ∫Dz tanh β(m + vz): the right side is concave, so Newton from above cannot miss it. */
function overlapAt(width: number, temperature: number): number {
  let m = 1;
  for (let iteration = 0; iteration < 200; iteration++) {
    const field = { mean: m, width, temperature };
    const next = m - (meanSpin(field) - m) / (spinOrder(field).susceptibility - 1);
    if (!(next < m - 1e-16) || next <= 0) return Math.max(next, 0);
    m = next;
  }
  return m;
}

function loadAt(width: number, temperature: number, retrieval: boolean): number {
  const mean = retrieval ? overlapAt(width, temperature) : 0;
  const { q, susceptibility } = spinOrder({ mean, width, temperature });
  const stiffness = 1 - susceptibility;
  return (width * width * stiffness * Math.abs(stiffness)) / q;
}

/** The v at which the retrieval branch reaches m = 0: β∫Dz sech²(βvz) = 1. T < 1. */
function retrievalEnd(temperature: number): number {
  const slope = (width: number): number =>
    spinOrder({ mean: 0, width, temperature }).susceptibility - 1;
  let high = 1;
  while (slope(high) > 0) high *= 2;
  return findRoot(slope, 1e-12, high);
}

/** The largest load with a retrieval state at T, and the v there; null for T ≥ 1. */
function largestLoad(temperature: number): { alpha: number; v: number } | null {
  if (temperature >= 1) return null;
  const v = findMaximum((width) => loadAt(width, temperature, true), 0, retrievalEnd(temperature));
  return { alpha: loadAt(v, temperature, true), v };
}

function stateAt(width: number, temperature: number, alpha: number, retrieval: boolean): AgsState {
  const m = retrieval ? overlapAt(width, temperature) : 0;
  const field = { mean: m, width, temperature };
  const { q, susceptibility } = spinOrder(field);
  const stiffness = 1 - susceptibility;
  const r = q / stiffness ** 2;
  const freeEnergy =
    (m * m + alpha + alpha * r * susceptibility) / 2 +
    (alpha / 2) * (temperature * Math.log(stiffness) - q / stiffness) -
    spinFreeEnergy(field);
  return { m, q, r, freeEnergy };
}
