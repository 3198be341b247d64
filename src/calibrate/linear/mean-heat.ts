import { linearStep } from './linear-step.js';
import type { InputCourse, LinearSystem, StartOfShots } from './linear-system.js';
import { addSymmetric, addTo, product, productTransposed } from './small-matrix.js';
import { stationaryState } from './stationary-state.js';

/** Heat between two samples is summed over steps of at most this over the fastest rate: Simpson's rule is then 1e-6 off. */
const FINE = 0.05;

/** A mean and what each parameter does to it. */
export interface MeanWithSlopes {
  readonly value: number;
  readonly slopes: Float64Array;
}

/**
 * Mean heat of a linear device over a course of inputs, Σ_i ∫ F_i ∘ dx_i with the force F_i = μ_i (drift)_i: its rate is
 *
 *     Σ_i μ_i {⟨drift_i⟩² + (A P Aᵀ)_ii − ½ (A D)_ii}
 *
 * (Stratonovich; P the covariance of the state), integrated by Simpson's rule over exact steps; derivatives are carried along.
 *
 * @param masses μ_i, m; 0 of a state that gives no heat off
 * @param dMasses their derivatives, one a parameter
 */
export function meanHeat(
  system: LinearSystem,
  masses: Float64Array,
  dMasses: readonly Float64Array[],
  course: InputCourse,
  start: StartOfShots,
): MeanWithSlopes {
  const { states: m, parameters: p, inputs: q, A } = system;
  let fastest = 0;
  for (let i = 0; i < m; i++) {
    let sum = 0;
    for (let j = 0; j < m; j++) sum += Math.abs(A[i * m + j]!);
    fastest = Math.max(fastest, sum);
  }
  const parts = 2 * Math.max(1, Math.ceil((course.interval * fastest) / FINE / 2));
  const h = course.interval / parts;
  const step = linearStep(system, h);
  const still =
    start.kind === 'stationary'
      ? stationaryState(system, step, course.before.subarray(0, q))
      : null;
  const mean = (start.kind === 'known' ? start.mean : still!.mean).slice();
  const P = still?.covariance.slice() ?? new Float64Array(m * m);
  const dMean = system.dA.map((_, a) => still?.dMean[a]!.slice() ?? new Float64Array(m));
  const dP = system.dA.map((_, a) => still?.dCovariance[a]?.slice() ?? new Float64Array(m * m));
  const rate = new Rate(system, masses, dMasses);
  const total = { value: 0, slopes: new Float64Array(p) };
  const u = new Float64Array(q);
  const next = new Float64Array(m);
  const one = new Float64Array(m * m);
  const two = new Float64Array(m * m);
  for (let s = 0; s + 1 < course.length; s++) {
    const from = course.after.subarray(s * q, (s + 1) * q);
    const to = course.before.subarray((s + 1) * q, (s + 2) * q);
    for (let part = 0; part <= parts; part++) {
      for (let j = 0; j < q; j++) u[j] = from[j]! + ((to[j]! - from[j]!) * part) / parts;
      const weight = (h / 3) * (part === 0 || part === parts ? 1 : part % 2 === 1 ? 4 : 2);
      rate.add(total, weight, u, mean, P, dMean, dP);
      if (part === parts) break;
      const slope = (j: number): number => (to[j]! - from[j]!) / course.interval;
      for (let a = 0; a < p; a++) {
        const d = step.d[a] ?? null;
        const moved = dMean[a]!;
        product(step.E, moved, next, m, m, 1);
        if (d !== null) {
          for (let i = 0; i < m; i++) {
            let sum = next[i]!;
            for (let j = 0; j < m; j++) sum += d.E[i * m + j]! * mean[j]!;
            for (let j = 0; j < q; j++) sum += d.G[i * q + j]! * u[j]! + d.K[i * q + j]! * slope(j);
            next[i] = sum;
          }
        }
        moved.set(next);
        product(step.E, dP[a]!, one, m, m, m);
        productTransposed(one, step.E, dP[a]!, m, m, m);
        if (d?.movesCovariance !== true) continue;
        addTo(dP[a]!, d.Q);
        product(d.E, P, one, m, m, m);
        productTransposed(one, step.E, two, m, m, m);
        addSymmetric(dP[a]!, two, m);
      }
      product(step.E, mean, next, m, m, 1);
      for (let i = 0; i < m; i++) {
        let sum = next[i]!;
        for (let j = 0; j < q; j++)
          sum += step.G[i * q + j]! * u[j]! + step.K[i * q + j]! * slope(j);
        mean[i] = sum;
      }
      product(step.E, P, one, m, m, m);
      productTransposed(one, step.E, P, m, m, m);
      addTo(P, step.Q);
    }
  }
  return total;
}

/** The heat's rate at one moment. */
class Rate {
  private readonly drift: Float64Array;
  private readonly AP: Float64Array;

  constructor(
    private readonly system: LinearSystem,
    private readonly masses: Float64Array,
    private readonly dMasses: readonly Float64Array[],
  ) {
    this.drift = new Float64Array(system.states);
    this.AP = new Float64Array(system.states ** 2);
  }

  add(
    total: { value: number; readonly slopes: Float64Array },
    weight: number,
    u: Float64Array,
    mean: Float64Array,
    P: Float64Array,
    dMean: readonly Float64Array[],
    dP: readonly Float64Array[],
  ): void {
    const { masses, dMasses, drift, AP } = this;
    const { states: m, parameters: p, inputs: q, A, B, D, dA, dB, dD } = this.system;
    product(A, P, AP, m, m, m);
    for (let i = 0; i < m; i++) {
      let sum = 0;
      for (let j = 0; j < q; j++) sum += B[i * q + j]! * u[j]!;
      for (let j = 0; j < m; j++) sum -= A[i * m + j]! * mean[j]!;
      drift[i] = sum;
    }
    for (let i = 0; i < m; i++) {
      const mass = masses[i]!;
      if (mass === 0) continue;
      let square = drift[i]! ** 2;
      for (let j = 0; j < m; j++) {
        square += AP[i * m + j]! * A[i * m + j]! - 0.5 * A[i * m + j]! * D[j * m + i]!;
      }
      total.value += weight * mass * square;
      for (let a = 0; a < p; a++) {
        let sum = dMasses[a]![i]! * square;
        let moved = 0;
        let spread = 0;
        for (let j = 0; j < q; j++) moved += dB[a]![i * q + j]! * u[j]!;
        for (let j = 0; j < m; j++) {
          const slope = dA[a]![i * m + j]!;
          moved -= slope * mean[j]! + A[i * m + j]! * dMean[a]![j]!;
          spread += 2 * AP[i * m + j]! * slope;
          spread -= 0.5 * (slope * D[j * m + i]! + A[i * m + j]! * dD[a]![j * m + i]!);
          for (let l = 0; l < m; l++) {
            spread += A[i * m + j]! * dP[a]![j * m + l]! * A[i * m + l]!;
          }
        }
        sum += mass * (2 * drift[i]! * moved + spread);
        total.slopes[a] = total.slopes[a]! + weight * sum;
      }
    }
  }
}
