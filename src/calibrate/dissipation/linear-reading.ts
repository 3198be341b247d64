import { linearStep, inputPushes, type LinearStep } from '../linear/linear-step.js';
import {
  emptySystem,
  type InputCourse,
  type LinearSystem,
  type StartOfShots,
} from '../linear/linear-system.js';
import { product, productTransposed } from '../linear/small-matrix.js';
import { stationaryState } from '../linear/stationary-state.js';

/** What records of a linear device show on average over a lag, one a node: as {@link SiteRecord} has it. */
export interface LinearReading {
  /** Readout noise included. */
  readonly squares: Float64Array;
  readonly responses: Float64Array;
}

/** A system at its point, without slopes. */
export const withoutSlopes = (system: LinearSystem): LinearSystem => ({
  ...system,
  parameters: 0,
  dA: [],
  dD: [],
  dB: [],
  dH: [],
  db: [],
  dR: [],
});

/**
 * Exact means of what {@link readRecords} reads: over all starts s of a record,
 *
 *     ⟨(y(s + k) − y(s))²⟩ = (H Δm)² + H [E_k P Eᵀ_k + Q_k + P − E_k P − P Eᵀ_k] Hᵀ + 2R,     response = H ∫₀^{kτ} e^{−As} ds b
 *
 * with m and P the mean and covariance at s; from the stationary state of constant inputs all starts are alike.
 * @param pushes of a field of 1 on each node: b, one number each, into the node's own state
 */
export function linearReading(
  system: LinearSystem,
  pushes: Float64Array,
  course: InputCourse,
  start: StartOfShots,
  lag: number,
): LinearReading {
  const bare = withoutSlopes(system);
  const { states: m, outputs: k, inputs: q, H, R } = bare;
  const { interval, length } = course;
  const short = linearStep(bare, interval);
  const long = linearStep(pushed(bare, pushes), lag * interval);
  const responses = Float64Array.from({ length: k }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < m; j++) sum += H[i * m + j]! * long.G[j * k + i]!;
    return sum;
  });
  const isStill = start.kind === 'stationary';
  const still = isStill ? stationaryState(bare, short, course.before.subarray(0, q)) : null;
  const P = still?.covariance.slice() ?? new Float64Array(m * m);
  const means = isStill ? null : meansOf(short, course, start.mean, m, q);
  const squares = new Float64Array(k);
  const starts = isStill ? 1 : length - lag;
  const spread = new SpreadCourse(bare, short, long, P);
  for (let s = 0; s < starts; s++) {
    const scatter = spread.next();
    for (let o = 0; o < k; o++) {
      let moved = 0;
      if (means !== null) {
        for (let i = 0; i < m; i++)
          moved += H[o * m + i]! * (means[(s + lag) * m + i]! - means[s * m + i]!);
      }
      squares[o] = squares[o]! + (moved * moved + scatter[o]! + 2 * R[o]!) / starts;
    }
  }
  return { squares, responses };
}

/** A covariance whose relative change a sample is below this has come to rest. */
const AT_REST = 1e-14;

/** Variance of each output's displacement over the lag, start after start. */
class SpreadCourse {
  private readonly spread: Float64Array;
  private readonly one: Float64Array;
  private readonly two: Float64Array;
  private isAtRest = false;

  /** @param P covariance of the state at the first start; it goes on from there */
  constructor(
    private readonly system: LinearSystem,
    private readonly short: LinearStep,
    private readonly long: LinearStep,
    private readonly P: Float64Array,
  ) {
    this.spread = new Float64Array(system.outputs);
    this.one = new Float64Array(P.length);
    this.two = new Float64Array(P.length);
  }

  next(): Float64Array {
    const { system, short, long, P, one, two, spread } = this;
    const { states: m, outputs: k, H } = system;
    if (this.isAtRest) return spread;
    product(long.E, P, one, m, m, m);
    productTransposed(one, long.E, two, m, m, m);
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < m; j++) {
        const at = i * m + j;
        two[at] = two[at]! + long.Q[at]! + P[at]! - one[at]! - one[j * m + i]!;
      }
    }
    for (let o = 0; o < k; o++) {
      let sum = 0;
      for (let i = 0; i < m; i++) {
        const h = H[o * m + i]!;
        if (h === 0) continue;
        for (let j = 0; j < m; j++) sum += h * two[i * m + j]! * H[o * m + j]!;
      }
      spread[o] = sum;
    }
    product(short.E, P, one, m, m, m);
    productTransposed(one, short.E, two, m, m, m);
    let [change, size] = [0, 0];
    for (let i = 0; i < P.length; i++) {
      const next = two[i]! + short.Q[i]!;
      change = Math.max(change, Math.abs(next - P[i]!));
      size = Math.max(size, Math.abs(next));
      P[i] = next;
    }
    this.isAtRest = change <= AT_REST * size;
    return spread;
  }
}

/** The same device with a field on each node for inputs. */
function pushed(system: LinearSystem, pushes: Float64Array): LinearSystem {
  const { states, outputs, A, D } = system;
  const B = new Float64Array(states * outputs);
  for (let i = 0; i < outputs; i++) B[i * outputs + i] = pushes[i]!;
  return { ...emptySystem(states, outputs, outputs, 0), A, D, B };
}

/** Mean state at each sample. */
function meansOf(
  step: LinearStep,
  course: InputCourse,
  start: Float64Array,
  m: number,
  q: number,
): Float64Array {
  const push = inputPushes(step, course, m, q);
  const out = new Float64Array(course.length * m);
  out.set(start);
  for (let s = 0; s + 1 < course.length; s++) {
    product(
      step.E,
      out.subarray(s * m, (s + 1) * m),
      out.subarray((s + 1) * m, (s + 2) * m),
      m,
      m,
      1,
    );
    for (let i = 0; i < m; i++) out[(s + 1) * m + i] = out[(s + 1) * m + i]! + push[s * m + i]!;
  }
  return out;
}
