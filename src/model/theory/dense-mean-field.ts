import { checkOrder, checkTemperature } from './check-parameter.js';
import { findMaximum, findRoot } from './search.js';

/**
 * Memories at low or intermediate load, N → ∞: m = tanh(m^{n−1}/T) (unit-field convention; physics page §2.4, §5.6).
 * With u = m^{n−1}/T the roots are T = tanh(u)^{n−1}/u, a curve with one maximum, the spinodal, for n ≥ 3: retrieval
 * states have larger u, basin edges smaller.
 */

/** Entropy of a spin of mean m, in nats. */
export function spinEntropy(m: number): number {
  const part = (p: number): number => (p > 0 ? -p * Math.log(p) : 0);
  return part((1 + m) / 2) + part((1 - m) / 2);
}

function temperatureAt(u: number, degree: number): number {
  return u === 0 ? (degree === 2 ? 1 : 0) : Math.tanh(u) ** (degree - 1) / u;
}

function spinodalArgument(degree: number): number {
  return degree === 2 ? 0 : findMaximum((u) => temperatureAt(u, degree), 1e-6, 20 * degree);
}

/**
 * The highest temperature with a retrieval state, and its overlap there. n = 2: T = 1, continuous.
 * @param degree n ≥ 2
 */
export function denseSpinodal(degree: number): { temperature: number; m: number } {
  checkOrder(degree);
  const u = spinodalArgument(degree);
  return { temperature: temperatureAt(u, degree), m: Math.tanh(u) };
}

/**
 * The overlap of the retrieval state, the largest root of m = tanh(m^{n−1}/T); 0 above the spinodal.
 * @param degree n ≥ 2
 * @param temperature T > 0
 */
export function denseRetrievalOverlap(degree: number, temperature: number): number {
  checkOrder(degree);
  checkTemperature(temperature);
  const low = spinodalArgument(degree);
  if (temperature >= temperatureAt(low, degree)) return 0;
  // tanh ≤ 1 bounds u by 1/T.
  const gap = (u: number): number => temperatureAt(u, degree) - temperature;
  const high = 1 / temperature;
  return Math.tanh(gap(high) === 0 ? high : findRoot(gap, low, high));
}

/** The root of m = tanh(m/T) with m ≥ 0: Hopfield's model at low load. */
export function meanFieldOverlap(temperature: number): number {
  return denseRetrievalOverlap(2, temperature);
}

/**
 * The basin edge m*(T), the unstable root of m = tanh(m^{n−1}/T): a cue retrieves if its overlap is larger. 0 for
 * n = 2 below T = 1; null above the spinodal, where nothing is retrieved.
 * @param degree n ≥ 2
 * @param temperature T > 0
 */
export function denseBasinEdge(degree: number, temperature: number): number | null {
  checkOrder(degree);
  checkTemperature(temperature);
  const high = spinodalArgument(degree);
  if (temperature >= temperatureAt(high, degree)) return null;
  if (degree === 2) return 0;
  return Math.tanh(findRoot((u) => temperatureAt(u, degree) - temperature, 0, high));
}

/**
 * The temperature of the first-order transition, where retrieval and paramagnet have the same free energy
 * f = −mⁿ/n − T S(m). n = 2: 1, continuous.
 * @param degree n ≥ 2
 */
export function denseTransitionTemperature(degree: number): number {
  checkOrder(degree);
  if (degree === 2) return 1;
  const gap = (u: number): number => {
    const m = Math.tanh(u);
    return -(m ** degree) / degree + temperatureAt(u, degree) * (Math.LN2 - spinEntropy(m));
  };
  return temperatureAt(findRoot(gap, spinodalArgument(degree), 20 * degree), degree);
}
