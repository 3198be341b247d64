import type { LinearSystem } from '../linear/linear-system.js';
import { addTo } from '../linear/small-matrix.js';

/** What the couplings' lag makes of heat: a rate of each state, and its derivatives, one a parameter. */
export interface LagHeat {
  readonly rates: Float64Array;
  readonly dRates: readonly Float64Array[];
}

/**
 * Makes couplings late, in place, to first order in their time constant: where node i receives Ĵ_ij y_j with τ y_j' = x_j − y_j, over times
 * that are long beside τ it receives Ĵ_ij (x_j − τ x_j'), noise of x_j included. So with L = 1 − τĴ
 *
 *     dx = (−L A x + L B u) dt + noise of L D Lᵀ
 *
 * Ĵ is what is beside the diagonal of −A among nodes. Of heat Σ F_i ∘ dx_i, F_i the current that flows, there is beside that of this system
 *
 *     −τ μ_i Σ_j Ĵ_ij (Ĵ_ij D_jj − Ĵ_ji D_ii)
 *
 * a unit of time: what noise carries from j to i takes its time.
 * @param nodes how many of the states, the first ones, are nodes
 * @param tau in the system's unit of time
 * @param masses μ_i of heat; dMasses their derivatives
 */
export function lagCouplings(
  system: LinearSystem,
  nodes: number,
  tau: number,
  masses: Float64Array,
  dMasses: readonly Float64Array[],
): LagHeat {
  const { states: m, inputs: q, A, B, D, dA, dB, dD } = system;
  const O = beside(A, m, nodes);
  const dO = dA.map((slope) => beside(slope, m, nodes));
  const heat = heatOfLag(O, dO, system, tau, masses, dMasses);
  const noise = D.slice();
  dA.forEach((slope, a) => {
    const moved = applied(dO[a]!, A, m, tau);
    addTo(moved, applied(O, slope, m, tau));
    addTo(slope, moved);
    const pushed = applied(dO[a]!, B, q, tau);
    addTo(pushed, applied(O, dB[a]!, q, tau));
    addTo(dB[a]!, pushed);
    // dL D Lᵀ + (…)ᵀ + L dD Lᵀ
    const half = bothSides(applied(dO[a]!, noise, m, tau), null, O, m, tau);
    const own = bothSides(dD[a]!, O, O, m, tau);
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < m; j++) {
        dD[a]![i * m + j] = own[i * m + j]! + half[i * m + j]! + half[j * m + i]!;
      }
    }
  });
  addTo(A, applied(O, A.slice(), m, tau));
  addTo(B, applied(O, B.slice(), q, tau));
  D.set(bothSides(noise, O, O, m, tau));
  return heat;
}

/** Entries of a matrix of few: row, column, value, … */
type Entries = readonly number[];

function beside(X: Float64Array, m: number, nodes: number): Entries {
  const out: number[] = [];
  for (let i = 0; i < nodes; i++) {
    for (let j = 0; j < nodes; j++) {
      if (i !== j && X[i * m + j] !== 0) out.push(i, j, X[i * m + j]!);
    }
  }
  return out;
}

/** τ O X; O is −Ĵ. */
function applied(O: Entries, X: Float64Array, columns: number, tau: number): Float64Array {
  const out = new Float64Array(X.length);
  for (let k = 0; k < O.length; k += 3) {
    const to = O[k]! * columns;
    const from = O[k + 1]! * columns;
    const factor = tau * O[k + 2]!;
    for (let j = 0; j < columns; j++) out[to + j] = out[to + j]! + factor * X[from + j]!;
  }
  return out;
}

/** (1 + τ left) X (1 + τ right)ᵀ; null: 1 */
function bothSides(
  X: Float64Array,
  left: Entries | null,
  right: Entries,
  m: number,
  tau: number,
): Float64Array {
  const one = X.slice();
  if (left !== null) addTo(one, applied(left, X, m, tau));
  const out = one.slice();
  for (let k = 0; k < right.length; k += 3) {
    const to = right[k]!;
    const from = right[k + 1]!;
    const factor = tau * right[k + 2]!;
    for (let i = 0; i < m; i++) out[i * m + to] = out[i * m + to]! + factor * one[i * m + from]!;
  }
  return out;
}

function heatOfLag(
  O: Entries,
  dO: readonly Entries[],
  { states: m, A, D, dA, dD }: LinearSystem,
  tau: number,
  masses: Float64Array,
  dMasses: readonly Float64Array[],
): LagHeat {
  const rates = new Float64Array(m);
  const dRates = dO.map(() => new Float64Array(m));
  for (let k = 0; k < O.length; k += 3) {
    const [i, j, there] = [O[k]!, O[k + 1]!, O[k + 2]!];
    const back = A[j * m + i]!;
    const [Di, Dj] = [D[i * m + i]!, D[j * m + j]!];
    const carried = there * (there * Dj - back * Di);
    rates[i] = rates[i]! - tau * masses[i]! * carried;
    dRates.forEach((slopes, a) => {
      const dThere = dA[a]![i * m + j]!;
      const dBack = dA[a]![j * m + i]!;
      const moved =
        dThere * (2 * there * Dj - back * Di) +
        there * (there * dD[a]![j * m + j]! - dBack * Di - back * dD[a]![i * m + i]!);
      slopes[i] = slopes[i]! - tau * (dMasses[a]![i]! * carried + masses[i]! * moved);
    });
  }
  return { rates, dRates };
}
