import { addSymmetric, addTo, invertPositive, product, productTransposed } from './small-matrix.js';
import type { LinearSystem } from './linear-system.js';
import type { IntervalStep, StepCourse } from './step-course.js';

/** A covariance whose relative change a step is below this has come to rest. */
const AT_REST = 1e-13;

/** What a Kalman filter does at one sample, whatever the data are. */
export interface Gain {
  /** S⁻¹ of the innovation's covariance S, k × k, and ln |S|. */
  readonly precision: Float64Array;
  readonly logDeterminant: number;
  /** m × k */
  readonly K: Float64Array;
  /** S⁻¹ dS S⁻¹, one a parameter; null: S does not depend on it. */
  readonly dPrecision: readonly (Float64Array | null)[];
  /** tr S⁻¹ dS */
  readonly trace: Float64Array;
  /** ½ tr S⁻¹ dS_a S⁻¹ dS_b, p × p, upper triangle */
  readonly information: Float64Array;
  readonly dK: readonly (Float64Array | null)[];
}

/**
 * The data-independent half of a Kalman filter with its derivatives: covariances and gains sample by sample. Once they have come
 * to rest the same gain serves for ever. Joins all shots of a program; a lost sample asks for a course of its own.
 */
export class GainCourse {
  private readonly gains: Gain[] = [];
  private readonly P: Float64Array;
  private readonly dP: (Float64Array | null)[];
  private isAtRest = false;
  private readonly lastP: Float64Array;
  private readonly lastDP: readonly Float64Array[];
  private readonly work: Workspace;

  /**
   * @param covariance of the state before the first sample; null: the state is known
   * @param isLost which samples were lost; null: none
   */
  constructor(
    private readonly system: LinearSystem,
    private readonly steps: StepCourse,
    covariance: {
      readonly covariance: Float64Array;
      readonly dCovariance: readonly (Float64Array | null)[];
    } | null,
    private readonly isLost: ((sample: number) => boolean) | null = null,
  ) {
    const { states: m } = system;
    this.P = covariance?.covariance.slice() ?? new Float64Array(m * m);
    this.dP = system.dA.map((_, a) => {
      const given = covariance?.dCovariance[a] ?? null;
      return given === null ? null : given.slice();
    });
    // Whatever moves the step, the output or the noise moves covariances from the first update on.
    for (let a = 0; a < system.parameters; a++) {
      if (this.dP[a] === null && this.movesCovariance(a)) this.dP[a] = new Float64Array(m * m);
    }
    this.lastP = new Float64Array(m * m);
    this.lastDP = system.dA.map(() => new Float64Array(m * m));
    this.work = workspace(system);
  }

  private movesCovariance(a: number): boolean {
    const moves = (list: Float64Array): boolean => list.some((v) => v !== 0);
    return (
      this.steps.at(0).d[a]?.movesCovariance === true ||
      moves(this.system.dH[a]!) ||
      moves(this.system.dR[a]!)
    );
  }

  /** Samples are asked for in order. @returns null for a lost one */
  at(sample: number): Gain | null {
    if (this.isLost !== null) {
      const gain = this.isLost(sample) ? null : this.update();
      this.predict(this.steps.at(sample));
      return gain;
    }
    while (!this.isAtRest && this.gains.length <= sample) {
      const { length } = this.gains;
      this.gains.push(this.update());
      this.isAtRest = this.predict(this.steps.at(length)) && length >= this.steps.restsFrom;
    }
    return this.gains[Math.min(sample, this.gains.length - 1)]!;
  }

  private update(): Gain {
    const { system, P, dP, work } = this;
    const { states: m, outputs: k, parameters: p, H, R } = system;
    const { HP, S, PHt, km, mk, mk2, kk, mm, mm2 } = work;
    product(H, P, HP, k, m, m);
    productTransposed(HP, H, S, k, m, k);
    for (let i = 0; i < k; i++) S[i * k + i] = S[i * k + i]! + R[i]!;
    const precision = new Float64Array(k * k);
    const logDeterminant = invertPositive(S, k, precision);
    for (let i = 0; i < m; i++) for (let j = 0; j < k; j++) PHt[i * k + j] = HP[j * m + i]!;
    const K = new Float64Array(m * k);
    product(PHt, precision, K, m, k, k);
    const dPrecision: (Float64Array | null)[] = [];
    const dK: (Float64Array | null)[] = [];
    const trace = new Float64Array(p);
    /** S⁻¹ dS of each parameter, for the information. */
    const shares: (Float64Array | null)[] = [];
    for (let a = 0; a < p; a++) {
      const d = dP[a]!;
      if (d === null) {
        dPrecision.push(null);
        dK.push(null);
        shares.push(null);
        continue;
      }
      // dS = H dP Hᵀ + dH P Hᵀ + (…)ᵀ + dR
      const dH = system.dH[a]!;
      const dS = new Float64Array(k * k);
      product(H, d, km, k, m, m);
      productTransposed(km, H, dS, k, m, k);
      productTransposed(HP, dH, kk, k, m, k);
      addSymmetric(dS, kk, k);
      for (let i = 0; i < k; i++) dS[i * k + i] = dS[i * k + i]! + system.dR[a]![i]!;
      const share = new Float64Array(k * k);
      product(precision, dS, share, k, k, k);
      shares.push(share);
      for (let i = 0; i < k; i++) trace[a] = trace[a]! + share[i * k + i]!;
      const dp = new Float64Array(k * k);
      product(share, precision, dp, k, k, k);
      dPrecision.push(dp);
      // dK = (dP Hᵀ + P dHᵀ − K dS) S⁻¹
      const gain = new Float64Array(m * k);
      productTransposed(d, H, mk2, m, m, k);
      productTransposed(P, dH, mk, m, m, k);
      addTo(mk2, mk);
      product(K, dS, mk, m, k, k);
      addTo(mk2, mk, -1);
      product(mk2, precision, gain, m, k, k);
      dK.push(gain);
      // dP⁺ = dP − dK S Kᵀ − (…)ᵀ − K dS Kᵀ
      product(gain, S, mk, m, k, k);
      productTransposed(mk, K, mm, m, k, m);
      product(K, dS, mk, m, k, k);
      productTransposed(mk, K, mm2, m, k, m);
      addTo(d, mm2, -1);
      addSymmetric(d, mm, m, -1);
    }
    const information = new Float64Array(p * p);
    for (let a = 0; a < p; a++) {
      const left = shares[a]!;
      if (left === null) continue;
      for (let b = a; b < p; b++) {
        const right = shares[b]!;
        if (right === null) continue;
        let sum = 0;
        for (let i = 0; i < k; i++)
          for (let j = 0; j < k; j++) sum += left[i * k + j]! * right[j * k + i]!;
        information[a * p + b] = sum / 2;
      }
    }
    // P⁺ = P − K S Kᵀ
    product(K, S, mk, m, k, k);
    productTransposed(mk, K, mm, m, k, m);
    addTo(P, mm, -1);
    return { precision, logDeterminant, K, dPrecision, trace, information, dK };
  }

  /** P ← E P Eᵀ + Q and its derivatives. @returns whether they are what they were a sample before */
  private predict(step: IntervalStep): boolean {
    const { system, P, dP, lastP, lastDP } = this;
    const { states: m } = system;
    const { E, Q } = step;
    const { mm, mm2 } = this.work;
    let isAtRest = true;
    const size = largest(lastP);
    for (let a = 0; a < dP.length; a++) {
      const d = dP[a]!;
      if (d === null) continue;
      const derivative = step.d[a] ?? null;
      product(E, d, mm, m, m, m);
      productTransposed(mm, E, d, m, m, m);
      if (derivative !== null && derivative.movesCovariance) {
        addTo(d, derivative.Q);
        product(derivative.E, P, mm, m, m, m);
        productTransposed(mm, E, mm2, m, m, m);
        addSymmetric(d, mm2, m);
      }
      if (hasChanged(d, lastDP[a]!, size)) isAtRest = false;
    }
    product(E, P, mm, m, m, m);
    productTransposed(mm, E, P, m, m, m);
    addTo(P, Q);
    return !hasChanged(P, lastP, size) && isAtRest;
  }
}

/**
 * Whether a list differs from what it was, beyond rounding; remembers it.
 * @param size of the covariances: a derivative that dies away is measured by them
 */
function hasChanged(list: Float64Array, last: Float64Array, size: number): boolean {
  let change = 0;
  for (let i = 0; i < list.length; i++) {
    change = Math.max(change, Math.abs(list[i]! - last[i]!));
    last[i] = list[i]!;
  }
  return change > AT_REST * Math.max(size, largest(list));
}

const largest = (list: Float64Array): number => {
  let most = 0;
  for (const v of list) most = Math.max(most, Math.abs(v));
  return most;
};

type Workspace = ReturnType<typeof workspace>;

/** Matrices on the way, named by their rows and columns. */
function workspace({ states: m, outputs: k }: LinearSystem) {
  return {
    HP: new Float64Array(k * m),
    S: new Float64Array(k * k),
    PHt: new Float64Array(m * k),
    km: new Float64Array(k * m),
    mk: new Float64Array(m * k),
    mk2: new Float64Array(m * k),
    kk: new Float64Array(k * k),
    mm: new Float64Array(m * m),
    mm2: new Float64Array(m * m),
  };
}
