import { DmftEnsemble, type EnsembleCourse } from './ensemble.js';
import type { ResolvedDmft } from './setting.js';

/** An ensemble's course at the samples of its grid; square matrices of samples. */
export interface SampledCourse {
  readonly target: Float64Array;
  readonly cue: Float64Array;
  readonly right: Float64Array;
  readonly wrong: Float64Array;
  readonly work: Float64Array;
  readonly energy: Float64Array;
  /** Since the first sample: w − Δe. */
  readonly heat: Float64Array;
  /** The same counted flip by flip. */
  readonly counted: Float64Array;
  readonly correlation: Float64Array;
  readonly susceptibility: Float64Array;
  readonly noise: Float64Array;
}

/**
 * Ensemble number `ensemble` of a setting, extrapolated to steps of length 0 from its grid and the coarse one (error of first order each,
 * so 2·fine − coarse has one of second order), or as it is where there is no coarse grid.
 */
export function solveEnsemble(setting: ResolvedDmft, ensemble: number): SampledCourse {
  const { grid, coarse } = setting;
  const fine = sampled(new DmftEnsemble(setting, grid, 2 * ensemble).run(), grid.samples);
  if (coarse === null) return fine;
  const rough = sampled(new DmftEnsemble(setting, coarse, 2 * ensemble + 1).run(), coarse.samples);
  return Object.fromEntries(
    (Object.keys(fine) as (keyof SampledCourse)[]).map((name) => [
      name,
      fine[name].map((x, k) => 2 * x - rough[name][k]!),
    ]),
  ) as unknown as SampledCourse;
}

function sampled(course: EnsembleCourse, samples: Int32Array): SampledCourse {
  const times = course.target.length;
  const line = (all: Float64Array): Float64Array => Float64Array.from(samples, (k) => all[k]!);
  const square = (all: Float64Array): Float64Array => {
    const out = new Float64Array(samples.length ** 2);
    samples.forEach((k, row) =>
      samples.forEach((j, column) => {
        out[row * samples.length + column] = all[k * times + j]!;
      }),
    );
    return out;
  };
  // A jump at t = 0 is work before the first sample, whose energy is the one after it.
  const first = course.work[0]! - course.energy[0]!;
  return {
    target: line(course.target),
    cue: line(course.cue),
    right: line(course.right),
    wrong: line(course.wrong),
    work: line(course.work),
    energy: line(course.energy),
    heat: line(course.work.map((w, k) => w - course.energy[k]! - first)),
    counted: line(course.counted),
    correlation: square(course.correlation),
    susceptibility: square(heldResponse(course.response, times)),
    noise: square(course.noise),
  };
}

/** [k·times + j] Σ_{i=j}^{k−1} G_ki: the response to a field held from t_j to t_k. */
function heldResponse(response: Float64Array, times: number): Float64Array {
  const held = new Float64Array(times * times);
  for (let k = 0; k < times; k++) {
    let sum = 0;
    for (let j = k - 1; j >= 0; j--) {
      sum += response[k * times + j]!;
      held[k * times + j] = sum;
    }
  }
  return held;
}
