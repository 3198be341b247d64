import type { DeviceResult, SampleChunk } from '../device/index.js';
import { SUCCESS_OVERLAP } from './predict-success.js';

export interface MeanEstimate {
  readonly mean: number | null;
  /** Standard error of the mean; null for fewer than two values. */
  readonly sem: number | null;
}

/** How well a retrieval went: the `retrieval` member of its result. */
export interface RetrievalSummary {
  readonly target: number;
  /** Share of shots that end at overlap ≥ 0.95 with the target; null where no shot ended. */
  readonly success: number | null;
  /** Share of shots that end with every site equal (continuous sites: their signs). */
  readonly exact: number | null;
  /** Of the final overlap with the target. */
  readonly overlap: MeanEstimate;
  /** Of the readout time from which a shot stays at 0.95 or above to its end; over the shots that have one. */
  readonly time: MeanEstimate;
}

/** A retrieval's summary, and the reason for each null in it. */
export type ObservedRetrieval = {
  readonly retrieval: RetrievalSummary;
  readonly warnings: readonly string[];
};

/** Rounding of an overlap that a device computed in single precision. */
const ROUNDING = 1e-6;

/**
 * Watches the overlaps of a retrieval as they come. Rows of a shot come in the order of time; shots may come in any
 * order and interleaved. Shots that do not reach their last readout (a run that was stopped) are left out.
 */
export class RetrievalObserver {
  private readonly last: number[] = [];
  private readonly lastTime: number[] = [];
  /** Time of the first readout of the stretch at ≥ 0.95 that a shot is in; NaN: it is below. */
  private readonly since: number[] = [];

  /**
   * @param target which reference is to be retrieved
   * @param references number of references that overlaps are taken with
   * @param pattern the target itself, for chunks that carry states and no overlaps
   * @param duration of a shot, in the device's unit
   */
  constructor(
    private readonly target: number,
    private readonly references: number,
    private readonly pattern: Int8Array,
    private readonly duration: number,
  ) {}

  onSamples(chunk: SampleChunk): void {
    const { overlaps, stateRows, state, shot, t } = chunk;
    if (overlaps !== null) {
      for (let row = 0; row < chunk.rows; row++) {
        this.take(shot[row]!, t[row]!, overlaps[row * this.references + this.target]!);
      }
      return;
    }
    const N = this.pattern.length;
    stateRows.forEach((row, k) => {
      let sum = 0;
      for (let i = 0; i < N; i++) sum += this.pattern[i]! * (state[k * N + i]! < 0 ? -1 : 1);
      this.take(shot[row]!, t[row]!, sum / N);
    });
  }

  finish(result: DeviceResult): ObservedRetrieval {
    const ended: number[] = [];
    const times: number[] = [];
    this.last.forEach((overlap, shot) => {
      if (this.lastTime[shot]! < this.duration * (1 - 1e-9)) return;
      ended.push(overlap);
      const since = this.since[shot]!;
      if (!Number.isNaN(since)) times.push(since);
    });
    // A device that streams no samples still answers with the final overlaps of the first shots.
    if (ended.length === 0) {
      for (const overlaps of result.final.overlaps) {
        const overlap = overlaps[this.target];
        if (overlap !== undefined) ended.push(overlap);
      }
    }
    const share = (least: number): number | null =>
      ended.length === 0 ? null : ended.filter((m) => m >= least - ROUNDING).length / ended.length;
    return {
      retrieval: {
        target: this.target,
        success: share(SUCCESS_OVERLAP),
        // One wrong site takes 2/N off.
        exact: share(1 - 1 / this.pattern.length),
        overlap: estimate(ended),
        time: estimate(times),
      },
      warnings: reasons(ended.length, times.length),
    };
  }

  private take(shot: number, t: number, overlap: number): void {
    const above = overlap >= SUCCESS_OVERLAP - ROUNDING;
    const since = this.since[shot];
    if (!above) this.since[shot] = NaN;
    else if (since === undefined || Number.isNaN(since)) this.since[shot] = t;
    this.last[shot] = overlap;
    this.lastTime[shot] = t;
  }
}

function reasons(ended: number, passages: number): string[] {
  if (ended === 0) {
    return ['retrieval.success, exact, overlap and time are null: no shot came to its end'];
  }
  const few =
    passages === 0 ? 'retrieval.overlap.sem is' : 'retrieval.overlap.sem and time.sem are';
  return [
    ...(ended === 1 ? [`${few} null: a standard error needs at least two shots`] : []),
    ...(passages === 0
      ? [`retrieval.time is null: no shot was seen to reach overlap ${SUCCESS_OVERLAP} and stay`]
      : []),
    ...(passages === 1 && ended > 1
      ? ['retrieval.time.sem is null: only one shot reached its target and stayed']
      : []),
  ];
}

function estimate(values: readonly number[]): MeanEstimate {
  const n = values.length;
  if (n === 0) return { mean: null, sem: null };
  const mean = values.reduce((sum, v) => sum + v, 0) / n;
  if (n < 2) return { mean, sem: null };
  const squares = values.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  return { mean, sem: Math.sqrt(squares / (n - 1) / n) };
}
