/** A continuous-time chain over the 2ⁿ states of n spins that flip one at a time; bit i of a code set: s_i = +1. */
export interface FlipChain {
  readonly sites: number;
  /** Energy of a code at a time. */
  readonly energy: (code: number, t: number) => number;
  /** Rate of a flip of the given cost at a time. */
  readonly rate: (cost: number, t: number) => number;
}

/**
 * Integrates dp/dt of the chain by Runge–Kutta of fourth order: the distribution at `duration` from `start`, and the mean
 * heat Σ −ΔE given to the bath on the way. Jumps of energies or rates must fall on the grid of steps. An oracle without
 * sampling.
 */
export function evolveFlips(
  chain: FlipChain,
  start: Float64Array,
  duration: number,
  steps: number,
): { readonly distribution: Float64Array; readonly heat: number } {
  const states = 2 ** chain.sites;
  const slope = (p: Float64Array, t: number): Float64Array => {
    const energies = Float64Array.from({ length: states }, (_, code) => chain.energy(code, t));
    const change = new Float64Array(states + 1);
    for (let code = 0; code < states; code++) {
      for (let i = 0; i < chain.sites; i++) {
        const to = code ^ (1 << i);
        const cost = energies[to]! - energies[code]!;
        const flow = p[code]! * chain.rate(cost, t);
        change[code] = change[code]! - flow;
        change[to] = change[to]! + flow;
        change[states] = change[states]! - cost * flow;
      }
    }
    return change;
  };
  const dt = duration / steps;
  let p = Float64Array.of(...start, 0);
  const moved = (k: Float64Array, by: number): Float64Array => p.map((v, i) => v + by * k[i]!);
  for (let n = 0; n < steps; n++) {
    const t = n * dt;
    const k1 = slope(p, t);
    const end = t + dt * (1 - 1e-9); // before any jump there
    const k2 = slope(moved(k1, dt / 2), t + dt / 2);
    const k3 = slope(moved(k2, dt / 2), t + dt / 2);
    const k4 = slope(moved(k3, dt), end);
    p = p.map((v, i) => v + (dt / 6) * (k1[i]! + 2 * k2[i]! + 2 * k3[i]! + k4[i]!));
  }
  return { distribution: p.slice(0, states), heat: p[states]! };
}
