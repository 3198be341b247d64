import { linearStep } from '../linear/linear-step.js';
import type { Likelihood } from '../linear/linear-likelihood.js';
import type { LinearSystem, SampledShots } from '../linear/linear-system.js';
import { invertPositive, product } from '../linear/small-matrix.js';

/** A device with cubic forces: what its linear part leaves out is −k_i x_i³ of each state. */
export interface QuarticSystem {
  /** States are what is seen; its output matrix and readout are not used. */
  readonly linear: LinearSystem;
  /** k, m, and its derivatives, one a parameter. */
  readonly cubic: Float64Array;
  readonly dCubic: readonly Float64Array[];
}

/**
 * The likelihood of a device with quartic wells by the splitting scheme that emulates it best: half of the exact cubic flow
 * x/√(1 + khx²), an exact linear step, the other half (C-O-C; Strang). Its transition density is a normal one in f⁻¹(x') = x'/√(1 − khx'²), of order h²,
 * while a density of Euler and Maruyama is of order h and diverges (Pilipovic, Samson & Ditlevsen, Ann. Stat. 52, 842 (2024)). Derivatives
 * are analytic; information is Fisher's of the density that is normal near its mean, to leading order in h.
 *
 * States are taken for what they are shown to be: the readout's noise must be small beside what a step's noise adds, √(D h).
 *
 * @param data every state seen; a start that is known is not a sample
 * @returns −Infinity where a sample is beyond the reach of the scheme, |x| ≥ 1/√|kh|: sample more often
 */
export function quarticLikelihood(system: QuarticSystem, data: SampledShots): Likelihood {
  const { linear, cubic, dCubic } = system;
  const { states: m, parameters: p, inputs: q } = linear;
  const { interval: h, length, before, after } = data.course;
  const step = linearStep(linear, h);
  const precision = new Float64Array(m * m);
  const logDeterminant = invertPositive(step.Q, m, precision);
  // tr Q⁻¹dQ and Q⁻¹ dQ Q⁻¹ of each parameter.
  const spreads = step.d.map((d) => {
    if (d === null || !d.movesCovariance) return null;
    const share = new Float64Array(m * m);
    const dPrecision = new Float64Array(m * m);
    product(precision, d.Q, share, m, m, m);
    product(share, precision, dPrecision, m, m, m);
    let trace = 0;
    for (let i = 0; i < m; i++) trace += share[i * m + i]!;
    return { share, dPrecision, trace };
  });
  const isCubic = dCubic.map((list) => list.some((v) => v !== 0));
  /** S⁻¹ ∂S of what a step spreads in x', one a parameter. */
  const shares = Array.from({ length: p }, () => new Float64Array(m * m));
  const score = new Float64Array(p);
  const information = new Float64Array(p * p);
  let value = 0;
  let count = 0;
  let squares = 0;
  const z = new Float64Array(m);
  const e = new Float64Array(m);
  const weighted = new Float64Array(m);
  const mean = new Float64Array(m);
  const de = new Float64Array(p * m);
  /** The same where a step ends at its mean: what the information is made of. */
  const still = new Float64Array(p * m);
  const spreadOf = (a: number, to: Float64Array): void => {
    const share = shares[a]!;
    share.fill(0);
    const own = spreads[a]!;
    if (own !== null) share.set(own.share);
    if (!isCubic[a]!) return;
    // x' spreads as f⁻¹ does, times (1 − khx'²)^{3/2}.
    for (let i = 0; i < m; i++) {
      const x2 = to[i]! ** 2;
      const stretch = (-1.5 * h * x2 * dCubic[a]![i]!) / (1 - cubic[i]! * h * x2);
      share[i * m + i] = share[i * m + i]! + 2 * stretch;
    }
  };
  for (const shot of data.shots) {
    for (let s = 0; s + 1 < length; s++) {
      const from = shot.subarray(s * m, (s + 1) * m);
      const to = shot.subarray((s + 1) * m, (s + 2) * m);
      if (from.some(Number.isNaN) || to.some(Number.isNaN)) continue;
      let jacobian = 0;
      for (let i = 0; i < m; i++) {
        const kh = cubic[i]! * h;
        const reach = 1 - kh * to[i]! ** 2;
        if (!(reach > 0) || !(1 + kh * from[i]! ** 2 > 0))
          return { value: -Infinity, score, information, count, squares };
        z[i] = from[i]! / Math.sqrt(1 + kh * from[i]! ** 2);
        e[i] = to[i]! / Math.sqrt(reach);
        jacobian -= 1.5 * Math.log(reach);
      }
      const u = (j: number): number => after[s * q + j]!;
      const slope = (j: number): number => (before[(s + 1) * q + j]! - u(j)) / h;
      for (let i = 0; i < m; i++) {
        let sum = 0;
        for (let j = 0; j < m; j++) sum += step.E[i * m + j]! * z[j]!;
        for (let j = 0; j < q; j++) {
          sum += step.G[i * q + j]! * u(j) + step.K[i * q + j]! * slope(j);
        }
        mean[i] = sum;
      }
      for (let a = 0; a < p; a++) {
        const d = step.d[a]!;
        for (let i = 0; i < m; i++) {
          let sum = 0;
          for (let j = 0; j < m; j++) {
            const dk = dCubic[a]![j]!;
            // d z/dk = −½ h x³ (1 + khx²)^{−3/2}
            if (dk !== 0) sum += step.E[i * m + j]! * dk * 0.5 * h * z[j]! ** 3;
            if (d?.movesCovariance === true) sum -= d.E[i * m + j]! * z[j]!;
          }
          if (d !== null) {
            for (let j = 0; j < q; j++) {
              sum -= d.G[i * q + j]! * u(j) + d.K[i * q + j]! * slope(j);
            }
          }
          // d f⁻¹/dk = ½ h x'³ (1 − khx'²)^{−3/2}
          const bend = 0.5 * h * dCubic[a]![i]!;
          de[a * m + i] = sum + bend * e[i]! ** 3;
          still[a * m + i] = sum + bend * mean[i]! ** 3;
        }
      }
      for (let i = 0; i < m; i++) e[i] = e[i]! - mean[i]!;
      let square = 0;
      for (let i = 0; i < m; i++) {
        let sum = 0;
        for (let j = 0; j < m; j++) sum += precision[i * m + j]! * e[j]!;
        weighted[i] = sum;
        square += sum * e[i]!;
      }
      count += m;
      squares += square;
      value += jacobian - 0.5 * (m * LN_2PI + logDeterminant + square);
      for (let a = 0; a < p; a++) {
        const spread = spreads[a]!;
        let slopeOfValue = 0;
        for (let i = 0; i < m; i++) {
          const dk = dCubic[a]![i]!;
          if (dk !== 0) {
            const x2 = to[i]! ** 2;
            slopeOfValue += (1.5 * h * x2 * dk) / (1 - cubic[i]! * h * x2);
          }
          slopeOfValue -= de[a * m + i]! * weighted[i]!;
        }
        if (spread !== null) {
          slopeOfValue -= 0.5 * spread.trace;
          for (let i = 0; i < m; i++)
            for (let j = 0; j < m; j++)
              slopeOfValue += 0.5 * e[i]! * spread.dPrecision[i * m + j]! * e[j]!;
        }
        score[a] = score[a]! + slopeOfValue;
      }
      for (let a = 0; a < p; a++) spreadOf(a, to);
      for (let a = 0; a < p; a++) {
        for (let b = a; b < p; b++) {
          let sum = 0;
          for (let i = 0; i < m; i++) {
            for (let j = 0; j < m; j++) {
              sum += still[a * m + i]! * precision[i * m + j]! * still[b * m + j]!;
              sum += 0.5 * shares[a]![i * m + j]! * shares[b]![j * m + i]!;
            }
          }
          information[a * p + b] = information[a * p + b]! + sum;
        }
      }
    }
  }
  for (let a = 0; a < p; a++)
    for (let b = 0; b < a; b++) information[a * p + b] = information[b * p + a]!;
  return { value, score, information, count, squares };
}

const LN_2PI = Math.log(2 * Math.PI);
