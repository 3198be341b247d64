import type { NeuronKernel } from './neuron.js';

/** ln(1 + e^x) without overflow. */
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
/** Below this e^x is less than one draw can show. */
const NEVER = -40;

/**
 * Rate of escape of a neuron whose potential is z over its threshold, in units of field, times the escape time:
 * `sigmoidal` ln(1 + e^{2z/T}), so that a neuron that stays at z fires within one escape time with probability
 * ½(1 + tanh z/T), Glauber's; `exponential` e^{2z/T} (Gerstner & van Hemmen 1992). Both are limits of one another
 * far below the threshold; at T = 0 both fire over the threshold and never at or below it.
 */
export function escapeRate(z: number, temperature: number, escape: NeuronKernel['escape']): number {
  if (temperature === 0) return z > 0 ? Infinity : 0;
  const x = (2 * z) / temperature;
  if (x < NEVER) return 0;
  return escape === 'exponential' ? Math.exp(x) : softplus(x);
}

/**
 * {@link escapeRate} of `count` neurons at once.
 * @param over how far each is over its threshold; −∞: at rest for a time, rate 0
 */
export function escapeRates(
  over: Float64Array,
  temperature: number,
  escape: NeuronKernel['escape'],
  rates: Float64Array,
  count: number,
): void {
  const exponential = escape === 'exponential';
  for (let k = 0; k < count; k++) {
    if (temperature === 0) {
      rates[k] = over[k]! > 0 ? Infinity : 0;
      continue;
    }
    const x = (2 * over[k]!) / temperature;
    if (x < NEVER) rates[k] = 0;
    else if (exponential) rates[k] = Math.exp(x);
    else rates[k] = Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  }
}

/** Probability to fire within a time in which the rate has the mean `rate` (both in escape times). */
export function escapeProbability(rate: number, elapsed: number): number {
  return -Math.expm1(-rate * elapsed);
}
