/** Running mean and variance (Welford 1962): one pass, no cancellation, the same result for the same order. */
export class RunningMoments {
  count = 0;
  mean = 0;
  private squares = 0;

  add(x: number): void {
    this.count++;
    const delta = x - this.mean;
    this.mean += delta / this.count;
    this.squares += delta * (x - this.mean);
  }

  /** Unbiased variance; NaN for fewer than two values. */
  get variance(): number {
    return this.count > 1 ? this.squares / (this.count - 1) : NaN;
  }

  /** Standard error of the mean of independent values; NaN for fewer than two. */
  get sem(): number {
    return this.count > 1 ? Math.sqrt(this.variance / this.count) : NaN;
  }
}

/** {@link RunningMoments} of many quantities, in three lists. */
export class MomentList {
  private readonly counts: Int32Array;
  private readonly means: Float64Array;
  private readonly squares: Float64Array;

  constructor(readonly length: number) {
    this.counts = new Int32Array(length);
    this.means = new Float64Array(length);
    this.squares = new Float64Array(length);
  }

  add(at: number, x: number): void {
    const count = this.counts[at]! + 1;
    const delta = x - this.means[at]!;
    const mean = this.means[at]! + delta / count;
    this.counts[at] = count;
    this.means[at] = mean;
    this.squares[at] = this.squares[at]! + delta * (x - mean);
  }

  /** One value for each of `length` quantities from `at` on, which have had equally many so far. */
  addRow(at: number, values: Float64Array, from: number, length: number): void {
    const { counts, means, squares } = this;
    const count = counts[at]! + 1;
    for (let k = 0; k < length; k++) {
      const x = values[from + k]!;
      const before = means[at + k]!;
      const delta = x - before;
      const mean = before + delta / count;
      means[at + k] = mean;
      squares[at + k] = squares[at + k]! + delta * (x - mean);
      counts[at + k] = count;
    }
  }

  /** NaN where there is no value. */
  mean(at: number): number {
    return this.counts[at] === 0 ? NaN : this.means[at]!;
  }

  /** Standard error of the mean of independent values; NaN for fewer than two. */
  sem(at: number): number {
    const count = this.counts[at]!;
    return count > 1 ? Math.sqrt(this.squares[at]! / (count - 1) / count) : NaN;
  }
}

export function moments(values: ArrayLike<number>): RunningMoments {
  const running = new RunningMoments();
  for (let i = 0; i < values.length; i++) running.add(values[i]!);
  return running;
}

/** Compensated summation (Neumaier 1974): the ledger's sums stay exact to rounding over millions of flips. */
export class CompensatedSum {
  private sum = 0;
  private compensation = 0;

  add(x: number): void {
    const t = this.sum + x;
    this.compensation += Math.abs(this.sum) >= Math.abs(x) ? this.sum - t + x : x - t + this.sum;
    this.sum = t;
  }

  get value(): number {
    return this.sum + this.compensation;
  }

  reset(): void {
    this.sum = 0;
    this.compensation = 0;
  }
}
