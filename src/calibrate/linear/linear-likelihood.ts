import { GainCourse, type Gain } from './gain-course.js';
import { linearStep } from './linear-step.js';
import type { LinearSystem, SampledShots } from './linear-system.js';
import { stationaryState, type StationaryState } from './stationary-state.js';
import { linearCourse, type StepCourse } from './step-course.js';
import { product } from './small-matrix.js';

/** A log-likelihood with its derivatives. */
export interface Likelihood {
  readonly value: number;
  /** ∂/∂θ, p */
  readonly score: Float64Array;
  /** Fisher's information, p × p, of these samples: expected given what was seen up to each of them. */
  readonly information: Float64Array;
  /** Numbers that were seen. */
  readonly count: number;
  /** Σ e S⁻¹ e over them: `count` on average where the model is right. */
  readonly squares: number;
}

/** Σ e S⁻¹ e over the numbers whose variance S is one that the model claims to know. */
export interface Spread {
  readonly count: number;
  readonly squares: number;
  /** Σ tr S⁻¹ ∂S, p: by how much `squares` falls on average where a parameter moves. */
  readonly slopes: Float64Array;
}

/** Of Gaussian steps: a likelihood that says, too, how its prediction errors spread. */
export interface FilteredLikelihood extends Likelihood {
  readonly spread: Spread;
}

/** Share of a number's variance that may be a readout's noise which is only known to be no larger. */
const MOST_BOUND = 0.01;

/**
 * The exact likelihood of samples of a linear device with readout noise, at any sampling rate: Kalman's filter over exact steps
 * (prediction errors e of covariance S, ln L = −½ Σ [ln |2πS| + e S⁻¹ e]) with analytic derivatives. Information is Σ ½ tr S⁻¹ ∂S S⁻¹ ∂S
 * + ∂e S⁻¹ ∂e (Schweppe, IEEE Trans. Autom. Control 11, 61 (1965); Segal & Weinstein, IEEE Trans. Inf. Theory 35, 682 (1989)).
 * @param isBound outputs whose readout's noise is only known to be no larger than it is taken to be: numbers that show little else are not in `spread`
 */
export function linearLikelihood(
  system: LinearSystem,
  data: SampledShots,
  isBound: readonly boolean[] = [],
): FilteredLikelihood {
  const { course, start, shots } = data;
  const step = linearStep(system, course.interval);
  const inputs = course.before.subarray(0, system.inputs);
  const still = start.kind === 'stationary' ? stationaryState(system, step, inputs) : null;
  const from = start.kind === 'known' ? start.mean : still!;
  return filterShots(system, linearCourse(system, step, course), from, shots, isBound);
}

/**
 * The same for Gaussian steps of any kind, seen as the system's output matrix and readout say.
 * @param start a state that is known, or the law of one
 */
export function filterShots(
  system: LinearSystem,
  steps: StepCourse,
  start: Float64Array | StationaryState,
  shots: readonly Float64Array[],
  isBound: readonly boolean[] = [],
): FilteredLikelihood {
  const still = start instanceof Float64Array ? null : start;
  const mean = start instanceof Float64Array ? start : start.mean;
  const filter = new Filter(system, steps, isBound);
  let common: GainCourse | null = null;
  for (const shot of shots) {
    const lost = lostSamples(shot, system.outputs);
    if (lost === null) common ??= new GainCourse(system, steps, still);
    const gains =
      lost === null ? common! : new GainCourse(system, steps, still, (k) => lost[k] === 1);
    filter.run(shot, gains, mean, still);
  }
  return filter.result();
}

function lostSamples(shot: Float64Array, outputs: number): Uint8Array | null {
  let lost: Uint8Array | null = null;
  for (let k = 0; k < shot.length; k++) {
    if (!Number.isNaN(shot[k]!)) continue;
    lost ??= new Uint8Array(shot.length / outputs);
    lost[Math.floor(k / outputs)] = 1;
  }
  return lost;
}

/** The half of Kalman's filter that sees the data, shot after shot. */
class Filter {
  private value = 0;
  private count = 0;
  private squares = 0;
  private readonly spread: { count: number; squares: number; readonly slopes: Float64Array };
  private readonly score: Float64Array;
  private readonly information: Float64Array;
  private readonly x: Float64Array;
  /** p × m, p × k × m, p × k: of the state, the output matrix and the offsets. */
  private readonly dx: Float64Array;
  private readonly dH: Float64Array;
  private readonly db: Float64Array;
  private readonly movesOutput: Uint8Array;
  private readonly e: Float64Array;
  private readonly weighted: Float64Array;
  /** p × k: derivatives of the innovation. */
  private readonly de: Float64Array;
  private readonly rowOf: Float64Array;
  private readonly next: Float64Array;

  constructor(
    private readonly system: LinearSystem,
    private readonly steps: StepCourse,
    private readonly isBound: readonly boolean[],
  ) {
    const { states: m, outputs: k, parameters: p } = system;
    this.spread = { count: 0, squares: 0, slopes: new Float64Array(p) };
    this.score = new Float64Array(p);
    this.information = new Float64Array(p * p);
    this.x = new Float64Array(m);
    this.dx = new Float64Array(p * m);
    this.dH = flat(system.dH, k * m);
    this.db = flat(system.db, k);
    this.movesOutput = Uint8Array.from(system.dH, (dH, a) =>
      dH.some((v) => v !== 0) || system.db[a]!.some((v) => v !== 0) ? 1 : 0,
    );
    this.e = new Float64Array(k);
    this.weighted = new Float64Array(k);
    this.de = new Float64Array(p * k);
    this.rowOf = new Float64Array(k);
    this.next = new Float64Array(m);
  }

  run(
    shot: Float64Array,
    gains: GainCourse,
    start: Float64Array,
    still: StationaryState | null,
  ): void {
    const { system, x, dx } = this;
    const { states: m, outputs: k } = system;
    x.set(start);
    dx.fill(0);
    still?.dMean.forEach((mean, a) => dx.set(mean, a * m));
    const samples = shot.length / k;
    for (let s = 0; s < samples; s++) {
      const gain = gains.at(s);
      if (gain !== null) this.see(shot, s, gain);
      if (s + 1 < samples) this.goOn(s);
    }
  }

  result(): FilteredLikelihood {
    const { information, value, score, count, squares, spread } = this;
    const { parameters: p } = this.system;
    for (let a = 0; a < p; a++) {
      for (let b = 0; b < a; b++) information[a * p + b] = information[b * p + a]!;
    }
    return { value, score, information, count, squares, spread };
  }

  private see(shot: Float64Array, sample: number, gain: Gain): void {
    const { system, x, dx, e, de, weighted, score, information, movesOutput, dH, db } = this;
    const { states: m, outputs: k, parameters: p, H, b } = system;
    const { precision, dPrecision, K, dK, trace } = gain;
    for (let i = 0; i < k; i++) {
      let sum = shot[sample * k + i]! - b[i]!;
      for (let j = 0; j < m; j++) sum -= H[i * m + j]! * x[j]!;
      e[i] = sum;
    }
    let square = 0;
    for (let i = 0; i < k; i++) {
      let sum = 0;
      for (let j = 0; j < k; j++) sum += precision[i * k + j]! * e[j]!;
      weighted[i] = sum;
      square += sum * e[i]!;
    }
    this.squares += square;
    this.count += k;
    if (this.isClaimed(precision)) this.noteSpread(square, trace);
    this.value -= 0.5 * (k * LN_2PI + gain.logDeterminant + square);
    for (let a = 0; a < p; a++) {
      const moved = movesOutput[a] === 1;
      const slopes = dPrecision[a]!;
      let slope = -0.5 * trace[a]!;
      for (let i = 0; i < k; i++) {
        let sum = moved ? -db[a * k + i]! : 0;
        for (let j = 0; j < m; j++) {
          sum -= H[i * m + j]! * dx[a * m + j]!;
          if (moved) sum -= dH[(a * k + i) * m + j]! * x[j]!;
        }
        de[a * k + i] = sum;
        slope -= sum * weighted[i]!;
        if (slopes === null) continue;
        for (let j = 0; j < k; j++) slope += 0.5 * e[i]! * slopes[i * k + j]! * e[j]!;
      }
      score[a] = score[a]! + slope;
    }
    this.inform(gain.information, precision, information);
    for (let a = 0; a < p; a++) {
      const slopes = dK[a]!;
      for (let i = 0; i < m; i++) {
        let sum = dx[a * m + i]!;
        for (let j = 0; j < k; j++) {
          sum += K[i * k + j]! * de[a * k + j]!;
          if (slopes !== null) sum += slopes[i * k + j]! * e[j]!;
        }
        dx[a * m + i] = sum;
      }
    }
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < k; j++) x[i] = x[i]! + K[i * k + j]! * e[j]!;
    }
  }

  /** Whether little of a sample's variance is noise of which only a bound is known. */
  private isClaimed(precision: Float64Array): boolean {
    const { R, outputs: k } = this.system;
    for (let i = 0; i < this.isBound.length; i++) {
      if (this.isBound[i]! && R[i]! * precision[i * k + i]! > MOST_BOUND) return false;
    }
    return true;
  }

  private noteSpread(square: number, trace: Float64Array): void {
    const { spread } = this;
    const { slopes } = spread;
    spread.squares += square;
    spread.count += this.system.outputs;
    for (let a = 0; a < slopes.length; a++) slopes[a] = slopes[a]! + trace[a]!;
  }

  /** Adds ½ tr S⁻¹ ∂S S⁻¹ ∂S + ∂e S⁻¹ ∂e. */
  private inform(still: Float64Array, precision: Float64Array, information: Float64Array): void {
    const { de, rowOf } = this;
    const { outputs: k, parameters: p } = this.system;
    for (let a = 0; a < p; a++) {
      for (let j = 0; j < k; j++) {
        let sum = 0;
        for (let i = 0; i < k; i++) sum += de[a * k + i]! * precision[i * k + j]!;
        rowOf[j] = sum;
      }
      for (let c = a; c < p; c++) {
        let sum = still[a * p + c]!;
        for (let j = 0; j < k; j++) sum += rowOf[j]! * de[c * k + j]!;
        information[a * p + c] = information[a * p + c]! + sum;
      }
    }
  }

  private goOn(sample: number): void {
    const { system, steps, x, dx, next } = this;
    const { states: m, parameters: p } = system;
    const { push, dPush } = steps;
    const { E, d: derivatives } = steps.at(sample);
    for (let a = 0; a < p; a++) {
      for (let i = 0; i < m; i++) {
        let sum = 0;
        for (let j = 0; j < m; j++) sum += E[i * m + j]! * dx[a * m + j]!;
        next[i] = sum;
      }
      const pushed = dPush[a]!;
      if (pushed !== null) {
        const d = derivatives[a]!;
        for (let i = 0; i < m; i++) {
          let sum = next[i]! + pushed[sample * m + i]!;
          if (d?.movesCovariance === true) {
            for (let j = 0; j < m; j++) sum += d.E[i * m + j]! * x[j]!;
          }
          next[i] = sum;
        }
      }
      for (let i = 0; i < m; i++) dx[a * m + i] = next[i]!;
    }
    product(E, x, next, m, m, 1);
    for (let i = 0; i < m; i++) x[i] = next[i]! + push[sample * m + i]!;
  }
}

const LN_2PI = Math.log(2 * Math.PI);

/** Lists of one length, one after the other. */
function flat(lists: readonly Float64Array[], length: number): Float64Array {
  const out = new Float64Array(lists.length * length);
  lists.forEach((list, a) => out.set(list, a * length));
  return out;
}
