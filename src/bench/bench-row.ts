/** One contestant of one workload. */
export interface BenchRow {
  readonly workload: string;
  readonly title: string;
  readonly engine: string;
  readonly variant: string | null;
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly unit: string;
  readonly lowerIsBetter: boolean;
  readonly samples: readonly number[];
  /** How many times as fast as what it is compared with: the best peer, or the reference where no peer is installed. */
  readonly ratioTo: { readonly engine: string; readonly ratio: number } | null;
  /** 10⁹ operations and bytes a second, counted from the definition; null where they are not counted. */
  readonly gflops: number | null;
  readonly gbytes: number | null;
  /** Of the engine's own peak, measured in the same run. */
  readonly fractionOfPeak: number | null;
  readonly fractionOfCache: number | null;
  /** What is wrong with what it left behind; null: nothing. */
  readonly fault: string | null;
}

/** What did not take part, and why. */
export interface Skipped {
  readonly workload: string | null;
  readonly engine: string | null;
  readonly reason: string;
}
