import type { SpinSystem } from '../spin/spin-system.js';

/** ln(2 cosh x) without overflow. */
const logTwoCosh = (x: number): number => Math.abs(x) + Math.log1p(Math.exp(-2 * Math.abs(x)));

/**
 * The log ratio of one step of memoryless neurons, all at once, and its reverse under the same fields (Peretto 1984):
 * Σ_i [s_i' b_i(s) − s_i b_i(s')]/T − ln cosh(b_i(s)/T) + ln cosh(b_i(s')/T), s before and s' after; NaN at T = 0.
 *
 * @param before the state before, N
 * @param fieldsBefore total fields of the state before, N
 * @param couplingFields of the state after, N, at scale 1
 * @param offset of the threshold, in units of field
 */
export function pathEntropy(
  system: SpinSystem,
  before: Int8Array,
  fieldsBefore: Float64Array,
  couplingFields: Float64Array,
  offset: number,
  temperature: number,
): number {
  const { free, state } = system;
  let sum = 0;
  for (let k = 0; k < free.length; k++) {
    const site = free[k]!;
    const was = (fieldsBefore[site]! + offset) / temperature;
    const field = system.protocol.coupling * couplingFields[site]! + system.externalField(site);
    const is = (field + offset) / temperature;
    sum += state[site]! * was - before[site]! * is + logTwoCosh(is) - logTwoCosh(was);
  }
  return sum;
}
