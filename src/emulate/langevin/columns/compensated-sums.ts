/** Compensated sums (Neumaier 1974), one a column. */
export class CompensatedSums {
  private readonly sums: Float64Array;
  private readonly compensations: Float64Array;

  constructor(columns: number) {
    this.sums = new Float64Array(columns);
    this.compensations = new Float64Array(columns);
  }

  reset(): void {
    this.sums.fill(0);
    this.compensations.fill(0);
  }

  add(column: number, x: number): void {
    const sum = this.sums[column]!;
    const t = sum + x;
    this.compensations[column]! += Math.abs(sum) >= Math.abs(x) ? sum - t + x : x - t + sum;
    this.sums[column] = t;
  }

  at(column: number): number {
    return this.sums[column]! + this.compensations[column]!;
  }
}
