import { checkLoad, checkOrder } from './check-parameter.js';
import { erf, erfc } from './erf.js';

/** (2n − 3)!!: the noise of a memory with all powers of its overlap, relative to α (1 for n = 2). */
export function doubleFactorial(odd: number): number {
  let product = 1;
  for (let k = odd; k > 1; k -= 2) product *= k;
  return product;
}

/**
 * Overlap after one parallel step at T = 0 of Hopfield's model: m₁ = erf(m₀/√(2α)) (physics page §2.3).
 * @param alpha P/N > 0
 */
export function oneStepOverlap(alpha: number, m0: number): number {
  return denseOneStepOverlap(2, alpha, m0);
}

/**
 * Overlap after one parallel step at T = 0 of a dense memory: m₁ = erf(m₀^{n−1}/√(2α(2n−3)!!)), α = P/N^{n−1}.
 * @param degree n ≥ 2
 * @param alpha P/N^{n−1} > 0
 */
export function denseOneStepOverlap(degree: number, alpha: number, m0: number): number {
  checkOrder(degree);
  checkLoad(alpha);
  return erf(m0 ** (degree - 1) / Math.sqrt(2 * alpha * doubleFactorial(2 * degree - 3)));
}

/** Share of bits that a parallel step flips away from a stored memory: ½ erfc(1/√(2α)) (physics page §5.1). */
export function oneStepBitError(alpha: number): number {
  return denseOneStepBitError(2, alpha);
}

/** The same for a dense memory: ½ erfc(1/√(2α(2n−3)!!)), α = P/N^{n−1}. Rectified memories have half the variance. */
export function denseOneStepBitError(degree: number, alpha: number): number {
  checkOrder(degree);
  checkLoad(alpha);
  return erfc(1 / Math.sqrt(2 * alpha * doubleFactorial(2 * degree - 3))) / 2;
}
