import { BOLTZMANN_J_PER_K } from '../../core/index.js';

/** Components of one node: leak resistance, capacitance, effective temperature of its noise. */
export interface CircuitComponents {
  readonly resistanceOhm: number;
  readonly capacitanceF: number;
  readonly temperatureK: number;
}

/** R = 1 MΩ, C = 1 pF, T = 300 K: the preset `chip`. A choice, no published device. */
export const CHIP: CircuitComponents = {
  resistanceOhm: 1e6,
  capacitanceF: 1e-12,
  temperatureK: 300,
};

/** What one dimensionless unit is in SI, for a circuit whose leak is the quadratic well `quadratic`. */
export interface CircuitUnits {
  /** t₀ = 2 J2 R C */
  readonly timeS: number;
  /** V₀ = √(2 J2 k_B T / C): x = V/V₀ */
  readonly voltageV: number;
  /** One unit of energy (k_B T_eff). */
  readonly energyJ: number;
  /** C/t₀: transconductance of a coupling of 1. */
  readonly transconductanceS: number;
  /** C V₀/t₀: current of a field of 1. */
  readonly currentA: number;
  /** g₃ = 4 C/(t₀ V₀²): cubic conductance of a quartic well of 1. */
  readonly cubicAPerV3: number;
  /** √(4 k_B T/R): one-sided noise current density. */
  readonly noiseAPerRootHz: number;
}

/**
 * The mapping of a dimensionless potential to components: dx = −∂V dt + √2 dW with V in units of k_B T_eff is
 * C dV = −(V/R + g₃ V³ + …) dt + noise. Derivation in the driver's README.
 *
 * @param quadratic J2 that the leak R realises, > 0
 */
export function circuitUnits(components: CircuitComponents, quadratic = 1): CircuitUnits {
  const { resistanceOhm: R, capacitanceF: C, temperatureK } = components;
  const energyJ = BOLTZMANN_J_PER_K * temperatureK;
  const timeS = 2 * quadratic * R * C;
  const voltageV = Math.sqrt((2 * quadratic * energyJ) / C);
  return {
    timeS,
    voltageV,
    energyJ,
    transconductanceS: C / timeS,
    currentA: (C * voltageV) / timeS,
    cubicAPerV3: (4 * C) / (timeS * voltageV ** 2),
    noiseAPerRootHz: Math.sqrt((4 * energyJ) / R),
  };
}
