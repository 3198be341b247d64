/** A pivot below this share of the variance is rounding: the number is then a combination of the earlier ones. */
const RANK_TOLERANCE = 1e-10;

/**
 * The lower triangular factor L of a covariance D = L Lᵀ that grows by a row at a time, as times are added to a Gaussian
 * process. Where a row adds no variance (frozen spins) its diagonal is 0 and so is the column below.
 */
export class CovarianceFactor {
  private readonly l: Float64Array;

  constructor(private readonly size: number) {
    this.l = new Float64Array(size * size);
  }

  /**
   * Row k of L.
   * @param covariance D_k0 … D_kk
   */
  append(k: number, covariance: Float64Array): Float64Array {
    const { l, size } = this;
    const row = l.subarray(k * size, k * size + k + 1);
    let rest = covariance[k]!;
    for (let j = 0; j < k; j++) {
      const pivot = l[j * size + j]!;
      if (pivot === 0) continue;
      let sum = covariance[j]!;
      const other = j * size;
      for (let i = 0; i < j; i++) sum -= row[i]! * l[other + i]!;
      row[j] = sum / pivot;
      rest -= row[j]! ** 2;
    }
    row[k] = rest > RANK_TOLERANCE * covariance[k]! ? Math.sqrt(rest) : 0;
    return row;
  }
}
