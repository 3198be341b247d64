import { BOLTZMANN_J_PER_K } from '../../core/index.js';

/** Cells of inductor, capacitor and resistor in parallel, each with a white noise current. */
export interface RlcComponents {
  readonly inductanceH: number;
  readonly capacitanceF: number;
  /** Of every cell, or one a cell. */
  readonly resistanceOhm: number | readonly number[];
  /** T_eff: k_B T_eff = κ₀R at the mean R. */
  readonly temperatureK: number;
  /**
   * What the noise current comes from. `johnson`: the cell's own resistor, density 2k_B T/R (two-sided), so that every cell is at
   * T. `source`: the same density 2κ₀ in every cell, so that a cell is at κ₀Rᵢ/k_B: unequal resistors are then
   * unequal temperatures.
   */
  readonly noise: 'johnson' | 'source';
}

/** L = 1 mH, C = 1 nF, R = 1 kΩ, 300 K: a quality factor of 1. A choice, no published device. */
export const BENCH_CELL: RlcComponents = {
  inductanceH: 1e-3,
  capacitanceF: 1e-9,
  resistanceOhm: 1e3,
  temperatureK: 300,
  noise: 'johnson',
};

const SPU_CAPACITANCE_F = 1e-9;
const SPU_VOLTAGE_V = 0.05;
/** Cells of the preset `spu8`. */
export const SPU_CELLS = 8;
/** 100 pF beside 1 nF: the strongest coupling of two `spu8` cells, as a share of a cell. */
export const SPU_STRONGEST_SHARE = 0.1;
export const SPU_COUPLING_BITS = 4;

/**
 * The preset `spu8`: L = 100 µH, C = 1 nF, R = 2 kΩ (quality factor 6.3), noise sources for 50 mV rms. A choice: not the
 * values of the published board, which are not known here.
 */
export const SPU8_CELL: RlcComponents = {
  inductanceH: 1e-4,
  capacitanceF: SPU_CAPACITANCE_F,
  resistanceOhm: 2e3,
  // ⟨V²⟩ = k_B T_eff/C
  temperatureK: (SPU_CAPACITANCE_F * SPU_VOLTAGE_V ** 2) / BOLTZMANN_J_PER_K,
  noise: 'source',
};

/** What one dimensionless unit is in SI, for cells whose inductor is the quadratic well `quadratic`. */
export interface RlcUnits {
  /** t₀ = √(2 J2 L C) */
  readonly timeS: number;
  /** φ₀ = √(2 J2 k_B T L): x = φ/φ₀, φ = L·(current of the inductor). */
  readonly fluxWb: number;
  /** φ₀/t₀ = √(k_B T/C): a velocity of 1. */
  readonly voltageV: number;
  /** One unit of energy (k_B T_eff). */
  readonly energyJ: number;
  /** k_B T/φ₀: current of a field of 1. */
  readonly currentA: number;
  /** φ₀²/k_B T = 2 J2 L: a coupling of 1 is a mutual inductance of that reciprocal. */
  readonly inductanceH: number;
  /** 4 k_B T/φ₀⁴: a quartic well of 1 adds the inductor current φ³ times this. */
  readonly cubicAPerWb3: number;
  /** κ₀ = k_B T/R̄: half the two-sided density of the noise current. */
  readonly kappaA2PerHz: number;
  /** Q = R̄√(C/L) of a cell by itself. */
  readonly qualityFactor: number;
}

/** Mean of the cells' resistances: what Q, κ₀ and T_eff refer to. */
export const meanResistance = ({ resistanceOhm: R }: RlcComponents): number =>
  typeof R === 'number' ? R : R.reduce((a, b) => a + b, 0) / R.length;

/**
 * The mapping of ẍ = −∂V − γẋ + √(2γT) ξ to cells C φ̈ = −φ/L − φ̇/R + noise (Nat. Commun. 16, 3757, eqs 4–5 with φ = L i, v = φ̇).
 * Derivation in the driver's README.
 *
 * @param quadratic J2 that the inductor realises, > 0
 */
export function rlcUnits(components: RlcComponents, quadratic = 1): RlcUnits {
  const { inductanceH: L, capacitanceF: C, temperatureK } = components;
  const R = meanResistance(components);
  const energyJ = BOLTZMANN_J_PER_K * temperatureK;
  const fluxWb = Math.sqrt(2 * quadratic * energyJ * L);
  return {
    timeS: Math.sqrt(2 * quadratic * L * C),
    fluxWb,
    voltageV: Math.sqrt(energyJ / C),
    energyJ,
    currentA: energyJ / fluxWb,
    inductanceH: 2 * quadratic * L,
    cubicAPerWb3: (4 * energyJ) / fluxWb ** 4,
    kappaA2PerHz: energyJ / R,
    qualityFactor: R * Math.sqrt(C / L),
  };
}

/**
 * γ of each cell in 1/t₀: t₀/(RᵢC) = (√2/Q)·R̄/Rᵢ at J2 = 1.
 * @param qualityFactor Q at the mean resistance
 * @param sites how many, where the cells are all alike
 */
export function cellFriction(
  components: RlcComponents,
  qualityFactor: number,
  sites: number,
): Float64Array {
  const gamma = Math.SQRT2 / qualityFactor;
  const { resistanceOhm: R } = components;
  if (typeof R === 'number') return new Float64Array(sites).fill(gamma);
  const mean = meanResistance(components);
  return Float64Array.from({ length: sites }, (_, i) => gamma * (mean / R[i]!));
}

/** Temperature of each cell over T_eff; null where all are at T_eff. */
export function cellTemperatures(components: RlcComponents, sites: number): Float64Array | null {
  const { resistanceOhm: R, noise } = components;
  if (typeof R === 'number' || noise === 'johnson' || R.every((ohm) => ohm === R[0])) return null;
  const mean = meanResistance(components);
  return Float64Array.from({ length: sites }, (_, i) => R[i]! / mean);
}
