import { checkLoad, checkParameter } from './check-parameter.js';
import { normalDensity, normalTail } from './erf.js';
import { capacityOf, solveLoad, type Capacity } from './load-curve.js';
import { retrievalSignal } from './retrieval-signal.js';
import { findMaximum } from './search.js';

/**
 * Hopfield's model with couplings that a device holds imperfectly, J = (√P/N) φ(z), z normal (Sompolinsky; physics page
 * §2.7, §5.9). The excess noise κ = ⟨φ²⟩/⟨zφ⟩² − 1 adds ακ, and additive noise of variance δ²/N adds δ², to the noise on
 * the field at T = 0: V = α/(1 − C)² + ακ + δ².
 */
export interface CouplingNoise {
  /** κ ≥ 0. */
  readonly kappa: number;
  /** δ ≥ 0: additive Gaussian noise of variance δ²/N on each coupling. */
  readonly delta: number;
}

/** κ of couplings of which only the sign is kept: π/2 − 1. */
export function signKappa(): number {
  return Math.PI / 2 - 1;
}

/** κ of couplings −1, 0, 1 with a threshold in units of σ = √P/N. */
export function ternaryKappa(threshold: number): number {
  checkParameter('threshold', threshold, (t) => t >= 0, '≥ 0');
  return (2 * normalTail(threshold)) / (2 * normalDensity(threshold)) ** 2 - 1;
}

/**
 * κ of a uniform quantiser with 2^bits levels symmetric about zero (no level at zero), the outer ones saturating.
 * @param bits ≥ 1
 * @param step distance of levels in units of σ = √P/N
 */
export function quantiserKappa(bits: number, step: number): number {
  checkParameter('bits', bits, (b) => Number.isInteger(b) && b >= 1 && b <= 16, '1 … 16');
  checkParameter('step', step, (d) => d > 0, '> 0');
  const half = 2 ** (bits - 1);
  let slope = normalDensity(0);
  let square = 0;
  for (let k = 0; k < half; k++) {
    if (k > 0) slope += 2 * normalDensity(k * step);
    const outer = k + 1 < half ? normalTail((k + 1) * step) : 0;
    square += 2 * (k + 0.5) ** 2 * (normalTail(k * step) - outer);
  }
  return square / slope ** 2 - 1;
}

/** The step, in units of σ, with the least κ for a number of bits, and that κ. */
export function optimalStep(bits: number): { step: number; kappa: number } {
  if (bits === 1) return { step: 1, kappa: signKappa() };
  const step = findMaximum((d) => -quantiserKappa(bits, d), 0.2 * 2 ** -bits, 12 * 2 ** -bits);
  return { step, kappa: quantiserKappa(bits, step) };
}

/** κ of couplings clipped at ±limit, in units of σ = √P/N. */
export function saturationKappa(limit: number): number {
  checkParameter('limit', limit, (c) => c > 0, '> 0');
  const inside = 1 - 2 * normalTail(limit);
  const square = inside - 2 * limit * normalDensity(limit) + 2 * limit ** 2 * normalTail(limit);
  return square / inside ** 2 - 1;
}

/** κ of symmetric dilution that keeps a share c of the couplings: (1 − c)/c. Loads stay P/N. */
export function dilutionKappa(keep: number): number {
  checkParameter('keep', keep, (c) => c > 0 && c <= 1, 'above 0, up to 1');
  return (1 - keep) / keep;
}

function loadWith({ kappa, delta }: CouplingNoise): (y: number) => number {
  checkParameter('kappa', kappa, (k) => k >= 0, '≥ 0');
  checkParameter('delta', delta, (d) => d >= 0, '≥ 0');
  return (y) => {
    const { variance, susceptibility } = retrievalSignal(y);
    const stiffness = (1 - susceptibility) ** 2;
    return ((variance - delta ** 2) * stiffness) / (1 + kappa * stiffness);
  };
}

/** The largest P/N with a retrieval state at T = 0; null where the noise leaves none (δ ≥ √(2/π) at κ = 0). */
export function imperfectCapacity(noise: CouplingNoise): Capacity | null {
  if (noise.delta >= additiveNoiseLimit()) return null;
  const capacity = capacityOf(loadWith(noise));
  return capacity.alpha > 0 ? capacity : null;
}

/** The overlap of the retrieval state at T = 0, or null above capacity. */
export function imperfectOverlap(alpha: number, noise: CouplingNoise): number | null {
  checkLoad(alpha);
  if (imperfectCapacity(noise) === null) return null;
  const y = solveLoad(loadWith(noise), alpha);
  return y === null ? null : retrievalSignal(y).m;
}

/** √(2/π): additive coupling noise beyond it leaves no retrieval at any load. */
export function additiveNoiseLimit(): number {
  return Math.sqrt(2 / Math.PI);
}
