/**
 * The moment from which a course keeps above a level that it has passed: the last upward passage of 0, interpolated between
 * readouts; 0 for one that was above all the time, null for one that ends below.
 */
export class LastPassage {
  private before = NaN;
  private beforeTime = NaN;
  private at: number | null = null;

  /** Readouts in the order of time. */
  take(t: number, gap: number): void {
    if (gap <= 0) this.at = null;
    else if (this.at === null) {
      this.at = Number.isNaN(this.before)
        ? t
        : this.beforeTime + ((t - this.beforeTime) * -this.before) / (gap - this.before);
    }
    this.before = gap;
    this.beforeTime = t;
  }

  get time(): number | null {
    return this.at;
  }
}

/** The last passage of a whole course. */
export function lastPassage(t: ArrayLike<number>, gap: (k: number) => number): number | null {
  const passage = new LastPassage();
  for (let k = 0; k < t.length; k++) passage.take(t[k]!, gap(k));
  return passage.time;
}
