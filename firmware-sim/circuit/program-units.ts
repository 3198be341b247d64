import type { CircuitProfile } from './circuit-profile.js';

/**
 * Program units and SI (circuit page, §4.3, with J2 = 1). A node of capacitance C and leak R obeys C dV = I dt + dN; in units
 * V0 = unitV and t0 = 2 R C that is dx = −∂E/∂x dt + √(2T) dW, one unit of energy being C V0²/2 joules.
 */
export interface ProgramUnits {
  readonly timeS: number;
  readonly voltageV: number;
  /** Of one unit of field: C V0 / t0. */
  readonly currentA: number;
  /** Of one unit of coupling, I_i = J_ij g0 V_j: C / t0. */
  readonly transconductanceS: number;
  /** Of quartic 1: I = −g3 V³. */
  readonly cubicAV3: number;
  readonly energyJ: number;
}

export function programUnits(
  profile: Pick<CircuitProfile, 'capacitanceF' | 'resistanceOhm' | 'unitV'>,
): ProgramUnits {
  const { capacitanceF: c, resistanceOhm: r, unitV } = profile;
  const timeS = 2 * r * c;
  return {
    timeS,
    voltageV: unitV,
    currentA: (c * unitV) / timeS,
    transconductanceS: c / timeS,
    cubicAV3: (4 * c) / (timeS * unitV * unitV),
    energyJ: (c * unitV * unitV) / 2,
  };
}

/** Currents into a node, at V and with the voltages of the others: what −∂E/∂x_i of a program is in amperes. */
export interface NodeLaw {
  /** A, into the node */
  readonly constantA: number;
  /** S, I_i = + g_ij V_j */
  readonly couplingS: number;
  /** S, I_i = − G V_i */
  readonly leakS: number;
  /** A/V³, I_i = − g3 V_i³ */
  readonly cubicAV3: number;
}

/**
 * The edge between the program's signs and the circuit's. The program's energy is
 * E = −½ Σ J_ij x_i x_j − Σ h_i x_i + Σ (quadratic_i x_i² + quartic_i x_i⁴): a positive J or h pulls x_i up and is a current into the
 * node; a positive well is a conductance out of it.
 */
export function nodeLawOfProgram(
  program: { coupling: number; field: number; quadratic: number; quartic: number },
  units: ProgramUnits,
): NodeLaw {
  return {
    constantA: program.field * units.currentA,
    couplingS: program.coupling * units.transconductanceS,
    leakS: 2 * program.quadratic * units.transconductanceS,
    cubicAV3: program.quartic * units.cubicAV3,
  };
}
