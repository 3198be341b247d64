import { emptySystem, type LinearSystem } from '../linear/linear-system.js';
import {
  NODE,
  timeUnitS,
  type CircuitParameters,
  type NodeParameter,
} from './circuit-parameters.js';
import type { CircuitSetting } from './circuit-setting.js';
import { lagCouplings, type LagHeat } from './lagging-couplings.js';

/** A group of coupled nodes as a linear device, times in t0, states in V0; and which parameters it depends on. */
export interface GroupSystem {
  readonly nodes: readonly number[];
  readonly system: LinearSystem;
  /** Where each of the system's parameters stands in the board's list. */
  readonly parameters: readonly number[];
  /** C_i over nominal of each state that gives heat off, 0 of the others, and its derivatives: {@link meanHeat}. */
  readonly masses: Float64Array;
  readonly dMasses: readonly Float64Array[];
  /** What late couplings add to the heat of each state; null: they are not late. */
  readonly lagHeat: LagHeat | null;
  /** −k x³ of each state, and its derivatives. */
  readonly cubic: Float64Array;
  readonly dCubic: readonly Float64Array[];
}

/** Over the nominal pole: what is faster is taken as this, which no sample tells from none. */
const LEAST_POLE = 1e-4;

/**
 * The equations of {@link CircuitParameters} for one group of nodes at one point of the parameters, with their derivatives. Behind a readout's pole
 * there is one more state a node, τ y' = x − y. Couplings that lag do so to first order ({@link lagCouplings}). Inputs are 1 and the drives' amplitudes.
 * @param at coordinates of all parameters
 * @param isRead false: the states of the nodes alone, without the readout's poles
 */
export function groupSystem(
  parameters: CircuitParameters,
  setting: CircuitSetting,
  nodes: readonly number[],
  at: Float64Array,
  isRead = true,
): GroupSystem {
  const { nominal } = parameters;
  const n = nodes.length;
  const hasPole = isRead && parameters.statesANode === 2;
  const members = groupMembers(parameters, setting, nodes, isRead);
  const local = new Map(members.map((global, a) => [global, a]));
  const m = hasPole ? 2 * n : n;
  const q = 1 + setting.drives.length;
  const system = emptySystem(m, n, q, members.length);
  const masses = new Float64Array(m);
  const dMasses = members.map(() => new Float64Array(m));
  const cubic = new Float64Array(m);
  const dCubic = members.map(() => new Float64Array(m));
  const { A, D, B, H, b, R, dA, dD, dB, dH, db, dR } = system;
  nodes.forEach((site, i) => {
    const coordinate = (name: NodeParameter): number => at[parameters.node(name, site)]!;
    const of = (name: NodeParameter): number => local.get(parameters.node(name, site))!;
    const c = Math.exp(coordinate('capacitance'));
    const leak = 1 / Math.exp(coordinate('resistance'));
    const well = Math.exp(coordinate('wellGain'));
    const heat = Math.exp(coordinate('temperature'));
    const gain = Math.exp(coordinate('readoutGain'));
    const field = Math.exp(coordinate('fieldGain'));
    masses[i] = c;
    dMasses[of('capacitance')]![i] = c;
    const tuned = (2 * (setting.quadratic[site]! - 1) * well) / c;
    const own = i * m + i;
    A[own] = (2 * leak) / c + tuned;
    dA[of('capacitance')]![own] = -A[own];
    dA[of('resistance')]![own] = (-2 * leak) / c;
    dA[of('wellGain')]![own] = tuned;
    const quartic = setting.quartic?.[site] ?? 0;
    if (quartic !== 0) {
      const gain = parameters.quarticWell(site);
      cubic[i] = (4 * quartic * Math.exp(at[gain]!)) / c;
      dCubic[local.get(gain)!]![i] = cubic[i];
      dCubic[of('capacitance')]![i] = -cubic[i];
    }
    const { temperature } = setting;
    const bath = typeof temperature === 'number' ? temperature : temperature[site]!;
    D[own] = (2 * bath * heat * leak) / (c * c);
    dD[of('temperature')]![own] = D[own]!;
    dD[of('resistance')]![own] = -D[own];
    dD[of('capacitance')]![own] = -2 * D[own];
    const set = (field * setting.fields[site]!) / c;
    B[i * q] = set + coordinate('offsetCurrent') / c;
    dB[of('fieldGain')]![i * q] = set;
    dB[of('offsetCurrent')]![i * q] = 1 / c;
    dB[of('capacitance')]![i * q] = -B[i * q]!;
    setting.drives.forEach(({ index, pattern }, d) => {
      const driveGain = Math.exp(at[parameters.drive(index)]!);
      const pushed = (field * driveGain * pattern[site]!) / c;
      B[i * q + 1 + d] = pushed;
      dB[of('fieldGain')]![i * q + 1 + d] = pushed;
      dB[local.get(parameters.drive(index))!]![i * q + 1 + d] = pushed;
      dB[of('capacitance')]![i * q + 1 + d] = -pushed;
    });
    const seen = hasPole ? n + i : i;
    H[i * m + seen] = gain;
    dH[of('readoutGain')]![i * m + seen] = gain;
    b[i] = gain * coordinate('readoutOffset');
    db[of('readoutGain')]![i] = b[i]!;
    db[of('readoutOffset')]![i] = gain;
    const noise = parameters.list[parameters.node('readoutNoise', site)]!.nominal / nominal.unitV;
    R[i] = (noise * Math.exp(coordinate('readoutNoise'))) ** 2;
    dR[of('readoutNoise')]![i] = 2 * R[i];
    if (!hasPole) return;
    const unit = nominal.readoutPoleS / timeUnitS(nominal);
    const tau = unit * Math.max(1 + at[parameters.board('readoutPole')]!, LEAST_POLE);
    const pole = dA[local.get(parameters.board('readoutPole'))!]!;
    A[seen * m + i] = -1 / tau;
    A[seen * m + seen] = 1 / tau;
    pole[seen * m + i] = unit / (tau * tau);
    pole[seen * m + seen] = -unit / (tau * tau);
  });
  const { couplings } = setting;
  for (let k = 0; k < couplings.length; k += 3) {
    const [i, j, J] = [couplings[k]!, couplings[k + 1]!, couplings[k + 2]!];
    const row = nodes.indexOf(i);
    if (J === 0 || row < 0) continue;
    const column = nodes.indexOf(j);
    for (const [to, from, a, c] of [
      [i, j, row, column],
      [j, i, column, row],
    ] as const) {
      const gain = parameters.coupling(to, from);
      const share = -J * Math.exp(at[gain]! - at[parameters.node('capacitance', to)]!);
      A[a * m + c] = share;
      dA[local.get(gain)!]![a * m + c] = share;
      dA[local.get(parameters.node('capacitance', to))!]![a * m + c] = -share;
    }
  }
  const late = (nominal.couplingPoleS ?? 0) / timeUnitS(nominal);
  const isLate = late > 0 && n > 1;
  const lagHeat = isLate ? lagCouplings(system, n, late, masses, dMasses) : null;
  return { nodes, system, parameters: members, masses, dMasses, cubic, dCubic, lagHeat };
}

/** Where the parameters of a group stand in the board's list: {@link GroupSystem.parameters}. */
export function groupMembers(
  parameters: CircuitParameters,
  { drives, couplings, quartic }: CircuitSetting,
  nodes: readonly number[],
  isRead: boolean,
): number[] {
  const members = new Set<number>();
  for (const site of nodes) {
    for (const name of Object.keys(NODE) as NodeParameter[])
      members.add(parameters.node(name, site));
    if ((quartic?.[site] ?? 0) !== 0) members.add(parameters.quarticWell(site));
  }
  for (const { index } of drives) members.add(parameters.drive(index));
  if (isRead && parameters.statesANode === 2) members.add(parameters.board('readoutPole'));
  for (let k = 0; k < couplings.length; k += 3) {
    if (couplings[k + 2] === 0 || !nodes.includes(couplings[k]!)) continue;
    members.add(parameters.coupling(couplings[k]!, couplings[k + 1]!));
    members.add(parameters.coupling(couplings[k + 1]!, couplings[k]!));
  }
  return [...members];
}
