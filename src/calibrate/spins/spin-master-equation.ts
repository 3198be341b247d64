import { RelaxdError } from '../../core/index.js';
import type { FlipKernel } from './flip-kernels.js';
import type { SpinSetting } from './spin-likelihood.js';

/** Largest Λ t of one stretch: its terms stay in range, and e^{−Λt} too. */
const STRETCH = 30;
const NOTHING = 1e-14;

/**
 * Probabilities of all 2^N states after a time, of spins that flip one by one at their kernel's rates: uniformisation (Jensen 1953) of dp/dt = W p,
 * e^{Wt} = Σ Poisson(k; Λt) (1 + W/Λ)^k.
 *
 * @param laws coordinates of each site's kernel
 * @param start probabilities at t = 0; bit i of a state is 1 where spin i is +1
 * @throws RelaxdError `invalid-input` for a flip that costs nothing, where the law has no rate there
 */
export function statesAfter(
  kernel: FlipKernel,
  { sites, couplings, fields }: SpinSetting,
  laws: readonly Float64Array[],
  start: Float64Array,
  time: number,
): Float64Array {
  const states = 2 ** sites;
  const rates = new Float64Array(states * sites);
  const slopes = new Float64Array(4);
  let fastest = 0;
  for (let state = 0; state < states; state++) {
    let total = 0;
    for (let i = 0; i < sites; i++) {
      let field = fields[i]!;
      for (let j = 0; j < sites; j++) field += couplings[i * sites + j]! * spinOf(state, j);
      const cost = 2 * spinOf(state, i) * field;
      const rate = Math.exp(kernel.logRate(cost, laws[i]!, slopes));
      if (!Number.isFinite(rate)) {
        throw new RelaxdError('invalid-input', `the kernel has no rate at a cost of ${cost}`, {
          path: 'couplings',
          value: cost,
          limit: 'costs other than 0',
        });
      }
      rates[state * sites + i] = rate;
      total += rate;
    }
    fastest = Math.max(fastest, total);
  }
  let p: Float64Array = start.slice();
  const stretches = Math.max(1, Math.ceil((fastest * time) / STRETCH));
  const lambda = (fastest * time) / stretches;
  for (let s = 0; s < stretches; s++) {
    let weight = Math.exp(-lambda);
    let term = p;
    let left = 1 - weight;
    const sum = p.map((v) => v * weight);
    for (let k = 1; left > NOTHING && k < 10 * STRETCH; k++) {
      term = jump(term, rates, sites, fastest);
      weight *= lambda / k;
      left -= weight;
      for (let i = 0; i < states; i++) sum[i] = sum[i]! + weight * term[i]!;
    }
    p = sum;
  }
  return p;
}

/** (1 + W/Λ) p */
function jump(p: Float64Array, rates: Float64Array, sites: number, fastest: number): Float64Array {
  const next = p.slice();
  for (let state = 0; state < p.length; state++) {
    const share = p[state]! / fastest;
    if (share === 0) continue;
    for (let i = 0; i < sites; i++) {
      const flow = share * rates[state * sites + i]!;
      const to = state ^ (1 << i);
      next[to] = next[to]! + flow;
      next[state] = next[state]! - flow;
    }
  }
  return next;
}

/** ±1 of a spin in a state. */
export const spinOf = (state: number, i: number): number => (((state >> i) & 1) === 1 ? 1 : -1);

/** E = −½ Σ J s s − Σ h s */
export function energyOf({ sites, couplings, fields }: SpinSetting, state: number): number {
  let energy = 0;
  for (let i = 0; i < sites; i++) {
    const s = spinOf(state, i);
    energy -= fields[i]! * s;
    for (let j = 0; j < i; j++) energy -= couplings[i * sites + j]! * s * spinOf(state, j);
  }
  return energy;
}
