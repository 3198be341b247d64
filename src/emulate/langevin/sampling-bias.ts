import { Matrix } from 'ml-matrix';
import { RelaxdError } from '../../core/index.js';
import { generalOrnsteinUhlenbeck } from './general-ornstein-uhlenbeck.js';
import { stationaryCovariance } from './lyapunov.js';

/** A linear circuit in its stationary state: V = ½xᵀKx, site i overdamped with its own mobility and bath. */
export interface LinearCircuit {
  /** Stiffness, symmetric, [site][site]. */
  readonly stiffness: readonly (readonly number[])[];
  /** Of each site's own bath. */
  readonly temperatures: readonly number[];
  /** 1/friction of each site. */
  readonly mobilities: readonly number[];
}

/** A heat current into one site's bath, and what sampling makes of it. */
export interface SampledCurrent {
  /** As it is: heat a unit of time. */
  readonly current: number;
  /** What the Stratonovich sum ½(F + F′)Δx over samples that far apart reads on average. */
  readonly stratonovich: number;
  /** What the sum of Harada and Sasa reads, with velocities and responses of the same samples, up to ω = π/interval. */
  readonly haradaSasa: number;
}

/**
 * Heat currents of the stationary state into each site's bath, ½[K(SA' − AS)]_ii with A = MK and S from Lyapunov's equation; null where there
 * is no stationary state.
 */
export function stationaryCurrents(circuit: LinearCircuit): number[] | null {
  const { A, K, S } = lyapunov(circuit);
  if (S === null) return null;
  const AS = A.mmul(S);
  const flow = K.mmul(Matrix.sub(AS.transpose(), AS));
  return circuit.mobilities.map((_, i) => flow.get(i, i) / 2);
}

function lyapunov({ stiffness, temperatures, mobilities }: LinearCircuit): {
  readonly K: Matrix;
  readonly A: Matrix;
  readonly D: Matrix;
  readonly S: Matrix | null;
} {
  const K = new Matrix(stiffness.map((row) => [...row]));
  const A = Matrix.diag([...mobilities]).mmul(K);
  const D = Matrix.diag(mobilities.map((mu, i) => 2 * mu * temperatures[i]!));
  return { K, A, D, S: stationaryCovariance(A, D) };
}

/**
 * What a finite sampling rate does to measured heat currents of a linear circuit, exactly (physics page of the circuits, §7.2, for two
 * sites of equal mobility: (e^{−l₁τ} − e^{−l₂τ})/((l₂ − l₁)τ)). With dx = −MKx dt + noise, C(τ) = e^{−MKτ}S and S from
 * Lyapunov's equation:
 *
 * - the current itself is that of {@link stationaryCurrents},
 * - Stratonovich sums read ½[K(C(τ) − C(τ)')]_ii/τ,
 * - Harada and Sasa's sum reads γ_i{2[S − C(τ)]_ii/τ² − 2T_i M_ii [∫₀^τ e^{−As}ds]_ii/τ²}.
 *
 * A measured current times `current/stratonovich` is free of the bias, as far as the circuit is the linear one.
 * @param interval between two samples, > 0
 * @returns one a site
 * @throws RelaxdError `invalid-input` where the circuit has no stationary state or the interval is not above 0
 */
export function sampledCurrents(circuit: LinearCircuit, interval: number): SampledCurrent[] {
  if (!(interval > 0)) {
    throw new RelaxdError('invalid-input', `${interval} is no time between samples`, {
      path: 'interval',
      value: interval,
      limit: '> 0',
    });
  }
  const { temperatures, mobilities } = circuit;
  const { K, A, D, S } = lyapunov(circuit);
  const currents = stationaryCurrents(circuit);
  if (S === null || currents === null) {
    throw new RelaxdError('invalid-input', 'the circuit has no stationary state', {
      path: 'stiffness',
      limit: 'a positive definite matrix',
    });
  }
  const { propagator, response } = generalOrnsteinUhlenbeck(A, D, interval);
  const C = propagator.mmul(S);
  const sampled = K.mmul(Matrix.sub(C, C.transpose()));
  return mobilities.map((mu, i) => ({
    current: currents[i]!,
    stratonovich: sampled.get(i, i) / (2 * interval),
    haradaSasa:
      ((2 * (S.get(i, i) - C.get(i, i))) / interval ** 2 -
        (2 * temperatures[i]! * mu * response.get(i, i)) / interval ** 2) /
      mu,
  }));
}
