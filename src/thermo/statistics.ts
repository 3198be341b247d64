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
