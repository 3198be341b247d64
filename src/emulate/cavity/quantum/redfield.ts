import type { CavityLight } from '../cavity-light.js';
import { over, plus, scaled, times, type Complex } from '../complex.js';

/**
 * What a spin ½ does to a mode and back, the light eliminated to second order (physics page §4.3c): with
 * c∓ = 1/(Δ ± ω_z + iκ) a mode's amplitude follows A_m = Σ_i g_im a_i, a = ½(c₋ S⁻ + c₊ S⁺), and
 * H_int = ½ Σ_m (A_m† G_m + G_m A_m), G_m = Σ_i g_im S_i^x, jumps L_m = √(2κ) A_m e^{−iφ}. All of it depends on the g
 * through Γ_ij = Σ_m g_im g_jm alone, and each product of two spins' operators is Γ_ij times one of these numbers.
 * Frequencies in ω_z.
 */
export interface Redfield {
  /** a = lower·S⁻ + raise·S⁺. */
  readonly lower: Complex;
  readonly raise: Complex;
  /** H_int and the drift K of the linear trajectory equation, for Γ = 1. */
  readonly interaction: PairNumbers;
  readonly drift: PairNumbers;
}

/** A two-spin operator Σ_ij Γ_ij o_ij by what multiplies each product of ladder operators. */
export interface PairNumbers {
  /** S_i⁺S_j⁺ and S_i⁻S_j⁻ and S_i⁺S_j⁻ (+ its mirror image), per pair i < j. */
  readonly raiseBoth: Complex;
  readonly lowerBoth: Complex;
  readonly exchange: Complex;
  /** i = j: on a spin that is up (S⁺S⁻) and on one that is down (S⁻S⁺). */
  readonly up: Complex;
  readonly down: Complex;
}

const conjugate = ([re, im]: Complex): Complex => [re, -im];
const size = ([re, im]: Complex): Complex => [re * re + im * im, 0];
const sum = (...terms: Complex[]): Complex => terms.reduce(plus, [0, 0]);

/** γ² = Γ of a mode of strength 1 at threshold: spins ½ and modes of one detuning have J = p Ĵ ω_z (S = ½). */
export function thresholdRate({ delta, kappa }: CavityLight): number {
  return (delta * delta + kappa * kappa) / Math.abs(delta);
}

/**
 * Drift: d|ψ⟩ = K|ψ⟩dt + Σ_m L_m|ψ⟩ ∘ dY_m in the Stratonovich sense has K = −iH − ½ΣL†L − ½ΣL², and the L_m commute
 * with each other (on one spin a² = c₋c₊/4), so their part of a step is a product of exact one-spin exponentials.
 */
export function redfield(light: CavityLight): Redfield {
  const { delta, kappa, localOscillatorPhase } = light;
  const minus = over([1, 0], [delta + 1, kappa]);
  const plusHalf = over([1, 0], [delta - 1, kappa]);
  const lower = scaled(minus, 0.5);
  const raise = scaled(plusHalf, 0.5);
  // ½(a_i†X_j + X_i a_j), X = ½(S⁺ + S⁻), both orders of a pair together
  const interaction: PairNumbers = {
    raiseBoth: scaled(plus(conjugate(lower), raise), 0.5),
    lowerBoth: scaled(plus(conjugate(raise), lower), 0.5),
    exchange: [0.5 * (lower[0] + raise[0]), 0],
    up: [0.5 * lower[0], 0],
    down: [0.5 * raise[0], 0],
  };
  // Σ L†L = 2κ Σ Γ a_i†a_j
  const loss: PairNumbers = {
    raiseBoth: scaled(times(conjugate(lower), raise), 2),
    lowerBoth: scaled(times(conjugate(raise), lower), 2),
    exchange: sum(size(lower), size(raise)),
    up: size(lower),
    down: size(raise),
  };
  // Σ L² = 2κ e^{−2iφ} Σ Γ a_i a_j
  const product = times(lower, raise);
  const squares: PairNumbers = {
    raiseBoth: scaled(times(raise, raise), 2),
    lowerBoth: scaled(times(lower, lower), 2),
    exchange: scaled(product, 2),
    up: product,
    down: product,
  };
  const turn: Complex = [
    -kappa * Math.cos(2 * localOscillatorPhase),
    kappa * Math.sin(2 * localOscillatorPhase),
  ];
  const of = (name: keyof PairNumbers): Complex =>
    sum(times([0, -1], interaction[name]), scaled(loss[name], -kappa), times(turn, squares[name]));
  return {
    lower,
    raise,
    interaction,
    drift: {
      raiseBoth: of('raiseBoth'),
      lowerBoth: of('lowerBoth'),
      exchange: of('exchange'),
      up: of('up'),
      down: of('down'),
    },
  };
}
