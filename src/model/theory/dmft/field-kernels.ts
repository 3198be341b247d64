import type { ResolvedDmft } from './setting.js';

/**
 * What a spin feels of the other memories: Gaussian noise φ of covariance D, and a reaction Σ_j K_kj s_j to its own past,
 * both from the correlation C and the response G of the spins, row by row. G_kj is the derivative of ⟨s_k⟩ with respect
 * to a field that acts on the step from t_j on, so G and K are strictly lower triangular and no steps' widths appear.
 */
export interface FieldKernels {
  /** D_k0 … D_kk, from C and G up to row k. */
  covariance(k: number): Float64Array;
  /** K_k0 … K_k,k−1. */
  reaction(k: number): Float64Array;
  /** Energy per spin of the other memories at t_k. */
  energy(k: number): number;
}

/** Square matrices, row by row: [k·size + j]. C is filled on both sides of its diagonal. */
export interface TwoTimes {
  readonly size: number;
  readonly correlation: Float64Array;
  readonly response: Float64Array;
}

export function fieldKernels(
  setting: Pick<ResolvedDmft, 'interaction' | 'load' | 'degree'>,
  two: TwoTimes,
): FieldKernels {
  return setting.interaction === 'hopfield'
    ? new HopfieldKernels(setting.load, two)
    : new DenseKernels(setting.load, noiseSeries(setting.degree, setting.interaction), two);
}

/**
 * n = 2: R = (1 − G)^{−1}, D = α R C Rᵀ, K = α(R − 1): a memory that is not condensed answers to its own field, and J_ii = 0
 * takes the instantaneous part of the reaction away (physics page §2.5).
 */
class HopfieldKernels implements FieldKernels {
  private readonly resolvent: Float64Array;
  private readonly row: Float64Array;
  private readonly carried: Float64Array;
  private readonly kernel: Float64Array;

  constructor(
    private readonly load: number,
    private readonly two: TwoTimes,
  ) {
    this.resolvent = new Float64Array(two.size * two.size);
    this.row = new Float64Array(two.size);
    this.carried = new Float64Array(two.size);
    this.kernel = new Float64Array(two.size);
  }

  covariance(k: number): Float64Array {
    const { size, correlation, response } = this.two;
    const { resolvent, carried, row, load } = this;
    const own = resolvent.subarray(k * size, k * size + k + 1);
    // R = 1 + G R.
    for (let i = 0; i < k; i++) {
      const g = response[k * size + i]!;
      if (g !== 0) for (let j = 0; j <= i; j++) own[j] = own[j]! + g * resolvent[i * size + j]!;
    }
    own[k] = 1;
    carried.fill(0, 0, k + 1);
    for (let i = 0; i <= k; i++) {
      const r = own[i]!;
      for (let j = 0; j <= k; j++) carried[j] = carried[j]! + r * correlation[i * size + j]!;
    }
    for (let j = 0; j <= k; j++) {
      let sum = 0;
      for (let i = 0; i <= j; i++) sum += carried[i]! * resolvent[j * size + i]!;
      row[j] = load * sum;
    }
    return row.subarray(0, k + 1);
  }

  reaction(k: number): Float64Array {
    const { resolvent, kernel, load } = this;
    for (let j = 0; j < k; j++) kernel[j] = load * resolvent[k * this.two.size + j]!;
    return kernel.subarray(0, k);
  }

  /** −½⟨s_k (φ_k + Σ K_kj s_j)⟩, of which ⟨s_k φ_k⟩ = Σ_j G_kj D_kj (Novikov). After `covariance(k)`. */
  energy(k: number): number {
    const { size, correlation, response } = this.two;
    const kernel = this.reaction(k);
    let sum = 0;
    for (let j = 0; j < k; j++) {
      sum += response[k * size + j]! * this.row[j]! + kernel[j]! * correlation[k * size + j]!;
    }
    return -sum / 2;
  }
}

/**
 * n ≥ 3: D = α Σ_l c_l C^l, K = α Σ_l c_l l C^{l−1} G, where c_l belongs to interactions of l + 1 different spins. A memory
 * does not answer to its own field at this load, so there is no resolvent.
 */
class DenseKernels implements FieldKernels {
  private readonly row: Float64Array;
  private readonly kernel: Float64Array;

  constructor(
    private readonly load: number,
    private readonly series: readonly number[],
    private readonly two: TwoTimes,
  ) {
    this.row = new Float64Array(two.size);
    this.kernel = new Float64Array(two.size);
  }

  covariance(k: number): Float64Array {
    const { series, load, row } = this;
    for (let j = 0; j <= k; j++) {
      const c = this.two.correlation[k * this.two.size + j]!;
      let sum = 0;
      for (let l = series.length - 1; l >= 0; l--) sum = sum * c + series[l]!;
      row[j] = load * sum;
    }
    return row.subarray(0, k + 1);
  }

  reaction(k: number): Float64Array {
    const { series, load, kernel } = this;
    const { size, correlation, response } = this.two;
    for (let j = 0; j < k; j++) {
      const c = correlation[k * size + j]!;
      let slope = 0;
      for (let l = series.length - 1; l >= 1; l--) slope = slope * c + l * series[l]!;
      kernel[j] = load * slope * response[k * size + j]!;
    }
    return kernel.subarray(0, k);
  }

  /**
   * Interactions of l + 1 spins hold −⟨s_k b_k⟩/(l + 1), and ⟨s_k b_k⟩ = Σ_j (G_kj D_kj + K_kj C_kj) = (l + 1) Σ_j G_kj D_kj of their
   * part: together −Σ_j G_kj D_kj. Constants (s² = 1 in even powers) are left out. After `covariance(k)`.
   */
  energy(k: number): number {
    let sum = 0;
    for (let j = 0; j < k; j++) sum += this.two.response[k * this.two.size + j]! * this.row[j]!;
    return -sum;
  }
}

/**
 * c_l of ⟨φφ⟩ = α Σ_l c_l C^l. Powers of the full overlap, g(x) = x^{n−1} of a normal x: E[g(x) g(x')] in Hermite polynomials,
 * x^p = Σ_l p!/(2^s s! l!) He_l with s = (p − l)/2, so c_l = l! times that factor squared; n = 3: 1 + 2C², n = 4: 9C + 6C³.
 * Pure: (n − 1)! C^{n−1}.
 */
export function noiseSeries(degree: number, interaction: 'full-overlap' | 'pure'): number[] {
  const power = degree - 1;
  const series = new Array<number>(power + 1).fill(0);
  if (interaction === 'pure') series[power] = factorial(power);
  else {
    for (let l = power; l >= 0; l -= 2) {
      const s = (power - l) / 2;
      const factor = factorial(power) / (2 ** s * factorial(s) * factorial(l));
      series[l] = factor ** 2 * factorial(l);
    }
  }
  return series;
}

function factorial(n: number): number {
  let product = 1;
  for (let k = 2; k <= n; k++) product *= k;
  return product;
}
