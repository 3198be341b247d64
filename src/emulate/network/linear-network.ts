import { EigenvalueDecomposition, inverse, Matrix } from 'ml-matrix';
import {
  BOLTZMANN_J_PER_K,
  RelaxdError,
  throwViolations,
  type Violation,
} from '../../core/index.js';
import { slowestDecay, stationaryCovariance } from '../langevin/lyapunov.js';
import {
  checkNetlist,
  GROUND,
  type Inductor,
  type Netlist,
  type NetworkElement,
  type Resistor,
} from './netlist.js';

/** A combination of nodes with less capacitance than this share of their own has none. */
const MASSLESS = 1e-12;

/**
 * A linear network as a diffusion, in SI: node voltages V and inductor currents i obey
 *
 *   C dV = −G V dt − K i dt + dN,  L di = Kᵀ V dt,  ⟨dN dNᵀ⟩ = 2k_B Σ_r T_r g_r u_r u_rᵀ dt,
 *
 * with the Maxwell capacitance matrix C, conductances g_r along u_r, inductors along the columns of K. With x = (V, i) that is
 * dx = −A x dt + noise of diffusion D.
 */
export class LinearNetwork {
  /** Names of the nodes, in the order of V; ground is none of them. */
  readonly nodes: readonly string[];
  readonly resistors: readonly Resistor[];
  readonly inductors: readonly Inductor[];
  /** Maxwell capacitance matrix, F. */
  readonly capacitance: Matrix;
  readonly inverseCapacitance: Matrix;
  /** Conductance matrix, S. */
  readonly conductance: Matrix;
  /** A: V/s per V and per A, A/s per V. */
  readonly drift: Matrix;
  /** D: V²/s; inductors have no noise. */
  readonly diffusion: Matrix;
  /** √(k_B T/C) of each node and √(k_B T/L) of each inductor at the highest temperature: natural units of x. */
  readonly scales: Float64Array;
  private readonly along: (element: NetworkElement) => number[];
  private stationary: Matrix | null = null;

  /**
   * @throws RelaxdError `invalid-input` with every violation: elements that are none, nodes without capacitance (their
   *   white noise would have no bound: Freitas, Delvenne & Esposito, arXiv 1906.11233)
   */
  constructor(readonly netlist: Netlist) {
    checkNetlist(netlist);
    const names: string[] = [];
    for (const { between } of netlist) {
      for (const name of between) if (name !== GROUND && !names.includes(name)) names.push(name);
    }
    this.nodes = names;
    const n = names.length;
    this.along = ({ between: [a, b] }) => {
      const u = Array<number>(n).fill(0);
      if (a !== GROUND) u[names.indexOf(a)]! += 1;
      if (b !== GROUND) u[names.indexOf(b)]! -= 1;
      return u;
    };
    this.resistors = netlist.filter((element) => element.kind === 'resistor');
    this.inductors = netlist.filter((element) => element.kind === 'inductor');
    this.capacitance = Matrix.zeros(n, n);
    this.conductance = Matrix.zeros(n, n);
    for (const element of netlist) {
      if (element.kind === 'inductor') continue;
      const u = Matrix.columnVector(this.along(element));
      const outer = u.mmul(u.transpose());
      if (element.kind === 'capacitor') {
        this.capacitance.add(Matrix.mul(outer, element.capacitanceF));
      } else this.conductance.add(Matrix.mul(outer, 1 / element.resistanceOhm));
    }
    throwViolations('invalid-input', 'network', this.masslessNodes());
    this.inverseCapacitance = inverse(this.capacitance);
    const hottest = Math.max(...this.resistors.map((r) => r.temperatureK), 0) || 1;
    const kT = BOLTZMANN_J_PER_K * hottest;
    this.scales = Float64Array.from([
      ...this.capacitance.diagonal().map((C) => Math.sqrt(kT / C)),
      ...this.inductors.map(({ inductanceH: L }) => Math.sqrt(kT / L)),
    ]);
    this.drift = this.buildDrift();
    this.diffusion = this.buildDiffusion();
  }

  /** Number of variables: nodes and inductors. */
  get size(): number {
    return this.scales.length;
  }

  /** u_r: +1 at an element's first node, −1 at its second. */
  direction(element: NetworkElement): readonly number[] {
    return this.along(element);
  }

  /** A and D in the natural units of {@link scales}: numbers of one size, whatever the components. */
  scaled(): { readonly A: Matrix; readonly D: Matrix } {
    const { drift, diffusion, scales } = this;
    const A = drift.clone();
    const D = diffusion.clone();
    for (let i = 0; i < this.size; i++) {
      for (let j = 0; j < this.size; j++) {
        A.set(i, j, (A.get(i, j) * scales[j]!) / scales[i]!);
        D.set(i, j, D.get(i, j) / scales[i]! / scales[j]!);
      }
    }
    return { A, D };
  }

  /**
   * Stationary covariance of (V, i) in V², VA, A², from A S + S Aᵀ = D. At one temperature that of V is k_B T C⁻¹ and that of i
   * is k_B T L⁻¹, whatever the resistors.
   * @throws RelaxdError `not-supported` where a mode does not decay
   */
  covariance(): Matrix {
    if (this.stationary === null) {
      const { A, D } = this.scaled();
      const S = stationaryCovariance(A, D);
      if (S === null) throw undamped(slowestDecay(A));
      for (let i = 0; i < this.size; i++) {
        for (let j = 0; j < this.size; j++) {
          S.set(i, j, S.get(i, j) * this.scales[i]! * this.scales[j]!);
        }
      }
      this.stationary = S;
    }
    return this.stationary.clone();
  }

  /**
   * Mean heat current into each resistor in the stationary state, W, in the order of {@link resistors}: the Stratonovich
   * ⟨u·V ∘ i_r⟩ = g_r(uᵀSu − k_B T_r uᵀC⁻¹u). They add up to zero.
   */
  heatCurrents(): Float64Array {
    const S = this.covariance();
    return Float64Array.from(this.resistors, (resistor) => {
      const u = this.along(resistor);
      const own = quadraticForm(this.inverseCapacitance, u);
      const found = quadraticForm(S, u);
      return (found - BOLTZMANN_J_PER_K * resistor.temperatureK * own) / resistor.resistanceOhm;
    });
  }

  /** Entropy production rate Σ Q̇_r/T_r in the stationary state, W/K; NaN where a resistor is at 0 K. */
  entropyProductionRate(): number {
    const heat = this.heatCurrents();
    if (this.resistors.some((r) => r.temperatureK === 0)) return NaN;
    return this.resistors.reduce((sum, r, k) => sum + heat[k]! / r.temperatureK, 0);
  }

  private buildDrift(): Matrix {
    const n = this.nodes.length;
    const A = Matrix.zeros(this.size, this.size);
    A.setSubMatrix(this.inverseCapacitance.mmul(this.conductance), 0, 0);
    this.inductors.forEach((inductor, m) => {
      const u = this.along(inductor);
      const column = this.inverseCapacitance.mmul(Matrix.columnVector(u));
      A.setSubMatrix(column, 0, n + m);
      u.forEach((sign, i) => A.set(n + m, i, -sign / inductor.inductanceH || 0));
    });
    return A;
  }

  private buildDiffusion(): Matrix {
    const D = Matrix.zeros(this.size, this.size);
    const currents = Matrix.zeros(this.nodes.length, this.nodes.length);
    for (const resistor of this.resistors) {
      const u = Matrix.columnVector(this.along(resistor));
      const density = (2 * BOLTZMANN_J_PER_K * resistor.temperatureK) / resistor.resistanceOhm;
      currents.add(Matrix.mul(u.mmul(u.transpose()), density));
    }
    D.setSubMatrix(this.inverseCapacitance.mmul(currents).mmul(this.inverseCapacitance), 0, 0);
    return D;
  }

  /** Nodes, or groups of them, that carry no capacitance. */
  private masslessNodes(): Violation[] {
    const { capacitance, conductance, nodes } = this;
    const C = capacitance.diagonal();
    const without = nodes.filter((_, i) => C[i] === 0);
    const violation = (names: readonly string[], resistive: boolean): Violation => ({
      code: 'invalid-input',
      path: '',
      message: resistive
        ? `a resistor touches ${names.join(', ')} without capacitance to ground: its white noise there would dissipate without bound; give it a capacitor`
        : `${names.join(', ')} has no capacitance to ground: no equation of motion; join its elements into one, or give it a capacitor`,
      value: [...names],
      limit: 'capacitance at every node',
    });
    if (without.length > 0) {
      return without.map((name) =>
        violation([name], conductance.get(nodes.indexOf(name), nodes.indexOf(name)) > 0),
      );
    }
    const normalised = Matrix.zeros(nodes.length, nodes.length);
    for (let i = 0; i < nodes.length; i++) {
      for (let j = 0; j < nodes.length; j++) {
        normalised.set(i, j, capacitance.get(i, j) / Math.sqrt(C[i]! * C[j]!));
      }
    }
    const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(normalised, {
      assumeSymmetric: true,
    });
    return realEigenvalues.flatMap((value, k) => {
      if (value > MASSLESS) return [];
      const mode = nodes.map((_, i) => eigenvectorMatrix.get(i, k) / Math.sqrt(C[i]!));
      const largest = Math.max(...mode.map(Math.abs));
      const part = nodes.filter((_, i) => Math.abs(mode[i]!) > 1e-6 * largest);
      const lost = quadraticForm(conductance, mode) / largest ** 2;
      return [violation([part.join(' + ')], lost > 1e-9 * Math.max(...conductance.diagonal()))];
    });
  }
}

function undamped(slowest: number): RelaxdError {
  return new RelaxdError(
    'not-supported',
    'a mode of the network does not decay: there is no stationary state',
    {
      path: '',
      value: slowest,
      limit: '> 0',
      hint: 'give the mode a resistor: every node and every loop of inductors needs a way to lose energy',
    },
  );
}

function quadraticForm(matrix: Matrix, u: readonly number[]): number {
  let sum = 0;
  u.forEach((a, i) => u.forEach((b, j) => (sum += a * b * matrix.get(i, j))));
  return sum;
}
