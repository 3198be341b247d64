import type { CavityLight } from '../cavity-light.js';
import type { MediatedCouplings } from '../mediated-couplings.js';
import { redfield, thresholdRate, type Redfield } from './redfield.js';

/** Spins ½ and the modes that couple them, the light eliminated; everything at threshold (pump 1) and in ω_z. */
export interface SpinLight {
  readonly sites: number;
  readonly light: CavityLight;
  readonly numbers: Redfield;
  /** Γ_ij = Σ_m g_im g_jm, N×N. */
  readonly gamma: Float64Array;
  /** Row m: g_im of effective mode m; N modes at most, from the eigenvectors of Γ. */
  readonly modes: Float64Array;
  readonly modeCount: number;
}

/** Modes weaker than this part of the strongest are left out. */
const NEGLIGIBLE = 1e-12;

/** @param couplings without negative eigenvalues (`isMediated`) */
export function spinLight(couplings: MediatedCouplings, light: CavityLight): SpinLight {
  const { sites, strengths } = couplings;
  const rate = thresholdRate(light);
  const weak = strengths.findIndex((s) => s <= NEGLIGIBLE);
  const modeCount = weak < 0 ? sites : weak;
  const modes = new Float64Array(modeCount * sites);
  for (let m = 0; m < modeCount; m++) {
    const g = Math.sqrt(rate * strengths[m]!);
    for (let i = 0; i < sites; i++) modes[m * sites + i] = g * couplings.modes[m * sites + i]!;
  }
  return {
    sites,
    light,
    numbers: redfield(light),
    gamma: couplings.matrix.map((value) => rate * value),
    modes,
    modeCount,
  };
}
