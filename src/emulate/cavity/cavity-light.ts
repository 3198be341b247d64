import { FIELD_DECAY_HZ } from './geometry.js';

/**
 * What the fidelities with atoms and light of their own assume where a device parameter is not given (physics page §5).
 * Frequencies are ordinary ones (over 2π), in hertz.
 */
export const CAVITY_DEFAULTS = {
  /** Δ_C: pump less mode frequency, red is negative. A choice. */
  deltaHz: -20e6,
  /** κ: field decay rate, half width at half maximum. Recalled, of an earlier cavity. */
  kappaHz: FIELD_DECAY_HZ,
  /** ω_z = 2E_r of the density wave of rubidium 87 at 780 nm. Exact. */
  omegaZHz: 7540,
  /** S = M/2 of M = 10⁴ atoms in one ensemble. A choice. */
  spinSize: 5000,
  /** α of Landau–Lifshitz–Gilbert damping. Phenomenological, a choice (hazard HZ3). */
  damping: 0.05,
  /** β, local coupling of a cloud with itself over J0: clouds of 3.5 µm rms in a waist of 35 µm. A choice. */
  localStrength: 12.5,
  /** Share of the nonlocal interaction of an ensemble with itself on the diagonal of J: none, as in §4.3b. */
  selfCoupling: 0,
  /** ω_z/Γ0 of fidelity `kinetic`: how fast spins precess against how fast they flip. A choice. */
  splittingPerRate: 1,
  /** φ_LO of the homodyne detector, radians. A choice: 0 reads S^x where |Δ| ≫ κ. */
  localOscillatorPhase: 0,
} as const;

/** The device's parameters in units of ω_z, and what follows from them. */
export interface CavityLight {
  /** Δ/ω_z, negative. */
  readonly delta: number;
  /** κ/ω_z, field decay. */
  readonly kappa: number;
  readonly spinSize: number;
  readonly damping: number;
  readonly localOscillatorPhase: number;
}

/** @param parameters of the device, by name; what is missing has its default */
export function cavityLight(parameters: Readonly<Record<string, number>>): CavityLight {
  const value = (name: keyof typeof CAVITY_DEFAULTS): number =>
    parameters[name] ?? CAVITY_DEFAULTS[name];
  const omegaZ = value('omegaZHz');
  return {
    delta: value('deltaHz') / omegaZ,
    kappa: value('kappaHz') / omegaZ,
    spinSize: value('spinSize'),
    damping: value('damping'),
    localOscillatorPhase: value('localOscillatorPhase'),
  };
}

/** τ_d = 2κ/(Δ²+κ²): how far the light lags behind the atoms, 1/ω_z (physics page §3.6). */
export function lightDelay({ delta, kappa }: CavityLight): number {
  return (2 * kappa) / (delta * delta + kappa * kappa);
}

/** T_eff = (Δ²+κ²)/(4|Δ|), ħω_z: the temperature that the cavity's noise and friction share (physics page §3.6). */
export function lightTemperature({ delta, kappa }: CavityLight): number {
  return (delta * delta + kappa * kappa) / (4 * Math.abs(delta));
}
