/**
 * Capacitors between nodes (circuit page, §4.1): q = C v with Maxwell’s matrix C, C_ii = C_i0 + Σ_j C_ij and −C_ij beside the
 * diagonal, a grounded resistor at each node:
 *
 *     C dv = (−G v + I) dt + dN        G diagonal; U = ½ vᵀ C v
 *
 * One step is the implicit midpoint, dv = (C + h G/2)⁻¹ (−h G v + h I + δN). It has the stationary covariance of A S + S Aᵀ = D for any
 * h, and q' − q = −h G (v + v')/2 + h I + δN makes U' − U = Σ ½ (v + v') (q' − q) to rounding. It allocates nothing per step.
 */
export class CapacitorNetwork {
  /** C⁻¹, [n × n] 1/F. */
  readonly inverse: Float64Array;
  private readonly solver: Float64Array;
  /** [n] each: columns of a row of the solver beyond which there are zeros; groups of nodes are nothing to each other. */
  private readonly spanFrom: Int32Array;
  private readonly spanTo: Int32Array;
  private readonly sum: Float64Array;
  private readonly push: Float64Array;
  private solverFor = { h: NaN, capacitance: NaN, leak: NaN };

  /**
   * @param matrix Maxwell’s, [n × n] F; kept, not copied
   * @param leakS [n]
   * @throws Error where a node has no capacitance
   */
  constructor(
    readonly n: number,
    readonly matrix: Float64Array,
    readonly leakS: Float64Array,
  ) {
    this.inverse = new Float64Array(n * n);
    this.solver = new Float64Array(n * n);
    this.spanFrom = new Int32Array(n);
    this.spanTo = new Int32Array(n);
    this.sum = new Float64Array(n * n);
    this.push = new Float64Array(n);
    invert(matrix, n, this.inverse);
  }

  /** A bound of the fastest rate, 1/s: the largest row of C⁻¹ times the largest conductance. */
  get fastestRate(): number {
    let most = 0;
    for (let i = 0; i < this.n; i++) {
      let sum = 0;
      for (let j = 0; j < this.n; j++) sum += Math.abs(this.inverse[i * this.n + j]!);
      most = Math.max(most, sum);
    }
    return most * this.leakS.reduce((a, b) => Math.max(a, b), 0);
  }

  /** Makes ready for steps of h. @param capacitance and leak: factors on all of them */
  prepare(h: number, capacitance: number, leak: number): void {
    const { n, matrix, leakS, solver, solverFor: done } = this;
    const same =
      Math.abs(done.h - h) <= 1e-9 * h && done.capacitance === capacitance && done.leak === leak;
    if (same) return;
    this.solverFor = { h, capacitance, leak };
    const { sum } = this;
    for (let k = 0; k < n * n; k++) sum[k] = capacitance * matrix[k]!;
    for (let i = 0; i < n; i++) sum[i * n + i] = sum[i * n + i]! + (h * leak * leakS[i]!) / 2;
    invert(sum, n, solver);
    for (let i = 0; i < n; i++) {
      let from = 0;
      let to = n;
      while (from < i && solver[i * n + from] === 0) from++;
      while (to > i + 1 && solver[i * n + to - 1] === 0) to--;
      this.spanFrom[i] = from;
      this.spanTo[i] = to;
    }
  }

  /**
   * One step of those that are prepared.
   *
   * @param currentA [n] constant over the step
   * @param noiseC [n] charge that noise brings
   * @param nextV [n] takes v'
   * @param chargeC [n] takes q' − q
   */
  step(
    v: Float64Array,
    currentA: Float64Array,
    noiseC: Float64Array,
    nextV: Float64Array,
    chargeC: Float64Array,
  ): void {
    const { n, leakS, solver, push, spanFrom, spanTo } = this;
    const { h, leak } = this.solverFor;
    for (let i = 0; i < n; i++) {
      push[i] = h * (currentA[i]! - leak * leakS[i]! * v[i]!) + noiseC[i]!;
    }
    for (let i = 0; i < n; i++) {
      let dv = 0;
      const row = i * n;
      const end = spanTo[i]!;
      for (let j = spanFrom[i]!; j < end; j++) dv += solver[row + j]! * push[j]!;
      nextV[i] = v[i]! + dv;
      // −h G (v + v')/2 + h I + δN
      chargeC[i] = push[i]! - (h * leak * leakS[i]! * dv) / 2;
    }
  }

  /** out = C (b − a), coulombs; of a step that rails have cut short. @param capacitance factor */
  charge(a: Float64Array, b: Float64Array, capacitance: number, out: Float64Array): void {
    const { n, matrix } = this;
    for (let i = 0; i < n; i++) {
      let q = 0;
      for (let j = 0, at = i * n; j < n; j++, at++) q += matrix[at]! * (b[j]! - a[j]!);
      out[i] = capacitance * q;
    }
  }

  /** ½ vᵀ C v, joules. @param capacitance factor */
  energy(v: Float64Array, capacitance: number): number {
    const { n, matrix } = this;
    let sum = 0;
    for (let i = 0; i < n; i++) {
      let q = 0;
      for (let j = 0, at = i * n; j < n; j++, at++) q += matrix[at]! * v[j]!;
      sum += v[i]! * q;
    }
    return (capacitance * sum) / 2;
  }

  /**
   * Mean heat of a step that its ends do not show: the sum ½ (v + v') (q − q') is off by h²/4 Σ_j M_ij² (s_i G_j − s_j G_i), M = C⁻¹, where
   * nodes are at different temperatures (the circuit page’s §7.2 to first order). out = what is to be added, J.
   *
   * @param noise [n] A² s, two-sided densities of the currents
   * @returns false: all at one temperature, nothing is to be added
   */
  areaHeat(noise: Float64Array, out: Float64Array): boolean {
    const { n, leakS, inverse } = this;
    const { h, leak, capacitance } = this.solverFor;
    let isUniform = true;
    const first = noise[0]! / leakS[0]!;
    for (let i = 1; i < n && isUniform; i++) {
      isUniform = Math.abs(noise[i]! / leakS[i]! - first) <= 1e-12 * Math.abs(first);
    }
    if (isUniform) return false;
    const scale = (h * h * leak) / (4 * capacitance * capacitance);
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let j = 0, at = i * n; j < n; j++, at++) {
        const m = inverse[at]!;
        sum += m * m * (noise[j]! * leakS[i]! - noise[i]! * leakS[j]!);
      }
      out[i] = scale * sum;
    }
    return true;
  }
}

/** Inverse of a symmetric positive definite matrix by Gauss and Jordan, in the order of the diagonal. */
function invert(matrix: Float64Array, n: number, out: Float64Array): void {
  out.set(matrix);
  for (let p = 0; p < n; p++) {
    const pivot = out[p * n + p]!;
    if (!(pivot > 0)) throw new Error(`node ${p} has no capacitance of its own`);
    const over = 1 / pivot;
    out[p * n + p] = 1;
    for (let c = 0; c < n; c++) out[p * n + c] = out[p * n + c]! * over;
    for (let r = 0; r < n; r++) {
      if (r === p) continue;
      const factor = out[r * n + p]!;
      if (factor === 0) continue;
      out[r * n + p] = 0;
      for (let c = 0; c < n; c++) out[r * n + c] = out[r * n + c]! - factor * out[p * n + c]!;
    }
  }
}
