/** Means and standard errors of several quantities, by Welford's recursion. */
export class MeanList {
  #count;
  #mean;
  #squares;

  /** @param {number} length how many quantities */
  constructor(length) {
    this.#count = new Float64Array(length);
    this.#mean = new Float64Array(length);
    this.#squares = new Float64Array(length);
  }

  add(at, value) {
    const count = ++this.#count[at];
    const before = value - this.#mean[at];
    this.#mean[at] += before / count;
    this.#squares[at] += before * (value - this.#mean[at]);
  }

  /** Null where there is nothing to take a mean of. */
  means() {
    return Array.from(this.#mean, (mean, k) => (this.#count[k] > 0 ? mean : null));
  }
  /** Null for fewer than two values. */
  variances() {
    return Array.from(this.#squares, (sum, k) =>
      this.#count[k] > 1 ? sum / (this.#count[k] - 1) : null,
    );
  }
  sems() {
    return this.variances().map((v, k) => (v === null ? null : Math.sqrt(v / this.#count[k])));
  }
}
