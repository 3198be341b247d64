import { linearStep, inputPushes } from '../linear/linear-step.js';
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
  const one = new Float64Array(m * m);
  const two = new Float64Array(m * m);
  const squares = new Float64Array(k);
  const starts = isStill ? 1 : length - lag;
  for (let s = 0; s < starts; s++) {
    product(long.E, P, one, m, m, m);
    productTransposed(one, long.E, two, m, m, m);
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < m; j++) {
        const at = i * m + j;
        two[at] = two[at]! + long.Q[at]! + P[at]! - one[at]! - one[j * m + i]!;
      }
    }
    for (let o = 0; o < k; o++) {
      let [moved, spread] = [0, 0];
      for (let i = 0; i < m; i++) {
        const h = H[o * m + i]!;
        if (h === 0) continue;
        if (means !== null) moved += h * (means[(s + lag) * m + i]! - means[s * m + i]!);
        for (let j = 0; j < m; j++) spread += h * two[i * m + j]! * H[o * m + j]!;
      }
      squares[o] = squares[o]! + (moved * moved + spread + 2 * R[o]!) / starts;
    }
    product(short.E, P, one, m, m, m);
    productTransposed(one, short.E, P, m, m, m);
    for (let i = 0; i < P.length; i++) P[i] = P[i]! + short.Q[i]!;
  }
  return { squares, responses };
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
  step: ReturnType<typeof linearStep>,
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
