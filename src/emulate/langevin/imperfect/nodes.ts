import type { Board } from './board.js';
import type { CircuitKind, Imperfections } from './imperfections.js';

/**
 * The constants of the free nodes at a board's temperature:
 *
 * dx_i = μ_i (−∂_i V + …) dt + √(2 μ_i T_i) dW_i,  T_i = leak_i·T + extra_i·c
 *
 * with T the program's temperature (of the node) and c the coupling factor. Of a voltage on conductances (C_i, R_i over
 * nominal): μ = C/C_i, wells × R/R_i, T_i = (T R/R_i + γ/2 Σ|J|) C/C_i: the capacitor divides every current. Of a charge behind a
 * resistor: μ = R/R_i, wells × C/C_i, T_i = T + γ/2 Σ|J|: one temperature whatever the parts.
 */
export class Nodes {
  readonly mobility: Float64Array;
  /** What quadratic wells are multiplied by. */
  readonly weight: Float64Array;
  readonly leak: Float64Array;
  readonly extra: Float64Array;

  constructor(
    private readonly board: Board,
    private readonly imperfections: Imperfections,
    private readonly free: Int32Array,
  ) {
    const n = free.length;
    this.mobility = new Float64Array(n);
    this.weight = new Float64Array(n);
    this.leak = new Float64Array(n);
    this.extra = new Float64Array(n);
    this.warm(0);
  }

  /** @param deviation of the board's temperature from its mean, kelvin */
  warm(deviation: number): void {
    const { board, free, mobility, weight, leak, extra } = this;
    const { resistanceTempco, capacitanceTempco, temperatureK, wells } = this.imperfections;
    const hotter = Math.max(0, 1 + deviation / temperatureK);
    const conducts = 1 / Math.max(0.01, 1 + resistanceTempco * deviation);
    const holds = Math.max(0.01, 1 + capacitanceTempco * deviation);
    for (let k = 0; k < free.length; k++) {
      const i = free[k]!;
      const C = board.capacitance[i]! * holds;
      const G = board.conductance[i]! * conducts;
      const own = constants(wells, C, G, board.excess[i]!);
      mobility[k] = own.mobility;
      weight[k] = own.weight;
      leak[k] = hotter * own.leak;
      extra[k] = hotter * own.extra;
    }
  }
}

interface NodeConstants {
  readonly mobility: number;
  readonly weight: number;
  readonly leak: number;
  readonly extra: number;
}

/** Of one node: {@link Nodes}. C, G: capacitance and conductance over nominal. */
function constants(
  wells: CircuitKind['wells'],
  C: number,
  G: number,
  excess: number,
): NodeConstants {
  return wells === 'conductance'
    ? { mobility: 1 / C, weight: G, leak: G / C, extra: excess / C }
    : { mobility: G, weight: 1 / C, leak: 1, extra: excess };
}

/** Weights of the quadratic wells of all sites at the mean temperature. */
export const siteWeights = (board: Board, { wells }: CircuitKind): Float64Array =>
  wells === 'conductance' ? board.conductance.slice() : board.capacitance.map((C) => 1 / C);
