/** The entropy of the states at the shots' ends, bounded from above by what is seen of them. */
export interface EndEntropy {
  /** Shots that were followed. */
  readonly count: number;
  /** What the bound is, for a method's name. */
  readonly how: string;
  /** The final state of the next shot, N values from `at` on. */
  add(states: ArrayLike<number>, at?: number): void;
  /**
   * The bound, nats; NaN where there is none.
   * @param without a part of the shots (their number modulo 10) that is left out; null: none
   */
  entropyBound(without?: number | null): number;
}
