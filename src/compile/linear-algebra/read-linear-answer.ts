import { RelaxdError } from '../../core/index.js';
import type { DeviceResult, SampleChunk } from '../../device/index.js';
import type { LinearPlan } from './plan-linear-algebra.js';

/** What a run of a plan came to. */
export interface LinearAnswer {
  /** x of A x = b, or A⁻¹ row by row. */
  readonly answer: Float64Array;
  /** Of each entry, by the scatter of the run's stretches; null where the run is too short to be cut into them. */
  readonly standardErrors: Float64Array | null;
  /** Root of their squares' sum over the size of the answer: to be compared with the plan's `predictedError`. */
  readonly statisticalError: number | null;
  /** Distance from the plan's exact answer over its size: noise and rounding together. */
  readonly trueError: number;
  /** Readouts that were averaged. */
  readonly readouts: number;
}

/** Stretches that a run is cut into for its standard error, each at least so many lives of the slowest mode long. */
const FEWEST_BATCHES = 4;
const MOST_BATCHES = 20;
const LIVES = 8;

/**
 * Averages the states of a run of {@link planLinearSolve} or {@link planInverse} as they come: give it every chunk, then ask.
 * With one shot the batches are stretches of it; runs of fewer than 32 lives of the slowest mode are too short to be cut,
 * and have the plan's prediction only.
 */
export class LinearAnswerReader {
  private readonly entries: number;
  private readonly rows: number;
  private readonly sums: Float64Array[];
  private readonly batches: number;
  private readonly counts: Float64Array;
  private seen = 0;

  /** @throws RelaxdError `invalid-input` for a plan of samples: those are a result's last states */
  constructor(private readonly plan: LinearPlan) {
    if (plan.kind === 'sampling') {
      throw new RelaxdError('invalid-input', 'samples are the last states of the shots', {
        path: 'kind',
        value: plan.kind,
        limit: ['solve', 'inverse'],
        hint: 'use gaussianSamples',
      });
    }
    const d = plan.fitted.sites;
    const { duration, readout } = plan.program as {
      duration: number;
      readout: { every: number };
    };
    this.rows = Math.round(duration / readout.every) + 1;
    this.entries = plan.kind === 'solve' ? d : d * d;
    const lives = (duration * plan.slowestRate) / LIVES;
    this.batches = Math.max(1, Math.min(MOST_BATCHES, Math.floor(lives)));
    this.counts = new Float64Array(this.batches);
    this.sums = Array.from({ length: this.batches }, () => new Float64Array(this.entries));
  }

  /** The states of a chunk, or of a part of a record: `state` holds one row of d values for each of `stateRows`. */
  onSamples(chunk: Pick<SampleChunk, 'state' | 'stateRows'>): void {
    const d = this.plan.fitted.sites;
    const { batches } = this;
    for (let k = 0; k < chunk.stateRows.length; k++) {
      const batch = Math.min(batches - 1, Math.floor((this.seen / this.rows) * batches));
      const sum = this.sums[batch]!;
      this.counts[batch]!++;
      this.seen++;
      const at = k * d;
      for (let i = 0; i < d; i++) {
        const x = chunk.state[at + i]!;
        if (this.plan.kind === 'solve') sum[i]! += x;
        else for (let j = 0; j < d; j++) sum[i * d + j]! += x * chunk.state[at + j]!;
      }
    }
  }

  /** @throws RelaxdError `invalid-input` where fewer states came than the plan has readouts */
  finish(): LinearAnswer {
    const { plan, entries, sums, counts, seen, rows, batches } = this;
    if (seen < rows) {
      throw new RelaxdError('invalid-input', `${seen} states came of ${rows} readouts`, {
        path: 'state',
        value: seen,
        limit: rows,
        hint: 'the program must read out the state channel, and the run must have come to its end',
      });
    }
    const { scale } = plan.fitted;
    // Positions are a·x; their covariance is T(sA)⁻¹.
    const unit = plan.kind === 'solve' ? 1 / plan.amplitude : scale / plan.temperature;
    const answer = new Float64Array(entries);
    const standardErrors = new Float64Array(entries);
    for (let i = 0; i < entries; i++) {
      for (const sum of sums) answer[i]! += (unit * sum[i]!) / seen;
      let squares = 0;
      for (let b = 0; b < batches; b++) {
        squares += ((unit * sums[b]![i]!) / counts[b]! - answer[i]!) ** 2;
      }
      standardErrors[i] = Math.sqrt(squares / (batches - 1) / batches);
    }
    const size = Math.hypot(...plan.exact);
    const cut = batches >= FEWEST_BATCHES;
    return {
      answer,
      standardErrors: cut ? standardErrors : null,
      statisticalError: cut ? Math.hypot(...standardErrors) / size : null,
      trueError: Math.hypot(...answer.map((value, i) => value - plan.exact[i]!)) / size,
      readouts: seen,
    };
  }
}

/** The samples of a run of `planSampling`, one row of d values a shot: the last states in the problem's own unit. */
export function gaussianSamples(
  plan: LinearPlan,
  { final }: Pick<DeviceResult, 'final'>,
): Float64Array[] {
  return final.states.map((state) => Float64Array.from(state, (z) => z / plan.amplitude));
}
