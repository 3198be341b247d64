import type { MeanWithError } from '../circuit/twin.js';
import type { DissipationPlan } from './plan-dissipation.js';
import { readingOf, siteModels, slopesOf, type KnownCircuit } from './site-model.js';

/** What a plan will tell of one site, beforehand; heat a unit of time, program units. */
export interface ExpectedSite {
  readonly site: number;
  /** The heat current under the calibrated parameters, and the error that it will be measured with. */
  readonly current: MeanWithError;
  /** Of the error: what more shots make smaller, and what the calibration leaves. */
  readonly scatter: number;
  readonly calibration: number;
}

/** Means are exact; scatter is that of displacements that forget each other within a sample. */
export function expectedDissipation(
  fit: KnownCircuit,
  { at: run, lag, responses, runs }: DissipationPlan,
): ExpectedSite[] {
  const { setting, course } = run;
  const sites = Array.from({ length: setting.sites }, (_, i) => i);
  const model = (x: Float64Array) => siteModels(fit, run, sites, lag, x);
  const here = model(fit.estimate.at);
  // What will be recorded stays as it is when the calibration is off.
  const slopes = slopesOf(fit, setting, (x) =>
    Float64Array.from(model(x), (one, i) => readingOf(here[i]!, one) + one.missing),
  );
  const starts = runs[0]!.shots * (course.length - lag);
  /** Displacements over a lag that begin at each sample share parts of their ways. */
  const shared = (2 * lag * lag + 1) / (3 * lag);
  return here.map((one, i) => {
    const { scale, squares, exchange, predicted, missing } = one;
    const { field, shots } = responses.find((response) => response.sites.includes(i))!;
    const ofSquares = squares * Math.sqrt((2 * shared) / starts);
    const ofResponse = (exchange * Math.sqrt((2 * squares) / shots)) / field;
    const scatter = scale * Math.hypot(ofSquares, ofResponse);
    const calibration = fit.estimate.errorOf(slopes[i]!);
    return {
      site: i,
      current: { mean: predicted + missing, sem: Math.hypot(scatter, calibration) },
      scatter,
      calibration,
    };
  });
}
