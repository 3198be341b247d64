import type { CavityMode } from './flip-bath.js';

/**
 * The flip integral for weak coupling, without dephasing, |δε| ≫ g²κ/(Δ²+κ²) (physics page §3.6): a time.
 * Σ_m g² κ / {δε² [(Δ_m − δε)² + κ²]}. K is (ω_z²/2)[S(S+1) − ss′] times it.
 */
export function weakCouplingIntegral(modes: readonly CavityMode[], cost: number): number {
  let sum = 0;
  for (const { coupling, detuning, linewidth } of modes) {
    const off = detuning - cost;
    sum += (coupling * coupling * linewidth) / (off * off + linewidth * linewidth);
  }
  return sum / (cost * cost);
}

/**
 * The flip integral under white dephasing Γ ≪ |Δ| (physics page §3.6): (Γ − J_ii τ_d δε)/(Γ² + δε²), τ_d = 2κ/(Δ² + κ²),
 * summed over modes: J_ii τ_d = Σ_m J_m τ_m.
 */
export function dephasedIntegral(
  modes: readonly CavityMode[],
  dephasing: number,
  cost: number,
): number {
  let friction = 0;
  for (const mode of modes) friction += selfCoupling([mode]) * retardation(mode);
  return (dephasing - friction * cost) / (dephasing * dephasing + cost * cost);
}

/** J_ii = −Σ_m Δ_m g_im²/(Δ_m² + κ²), in the double sum's unit (physics page §3.1). */
export function selfCoupling(modes: readonly CavityMode[]): number {
  let sum = 0;
  for (const { coupling, detuning, linewidth } of modes) {
    sum -= (detuning * coupling * coupling) / (detuning * detuning + linewidth * linewidth);
  }
  return sum;
}

/** τ_d = 2κ/(Δ² + κ²): how far the light lags behind the spins (physics page §3.6). */
export function retardation(mode: Pick<CavityMode, 'detuning' | 'linewidth'>): number {
  return (2 * mode.linewidth) / (mode.detuning ** 2 + mode.linewidth ** 2);
}

/**
 * T_eff = (Δ² + κ²)/(4|Δ|): uphill against downhill flips of small cost are as in a bath of this temperature (red
 * detuning, physics page §3.6).
 */
export function effectiveTemperature(detuning: number, linewidth: number): number {
  return (detuning * detuning + linewidth * linewidth) / (4 * Math.abs(detuning));
}

/** K(−ε)/K(ε) of one mode for weak coupling, exactly: [(Δ + ε)² + κ²]^{-1} [(Δ − ε)² + κ²]; red detuning: > 1. */
export function lorentzRatio(detuning: number, linewidth: number, cost: number): number {
  const square = linewidth * linewidth;
  return ((detuning - cost) ** 2 + square) / ((detuning + cost) ** 2 + square);
}
