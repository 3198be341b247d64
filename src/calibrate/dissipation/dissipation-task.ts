import { threadAnswer, type ThreadAnswer } from '../../core/index.js';
import type { Calibration, Descriptor, Program } from '../../device/index.js';
import type { ProbeData } from '../job/probe-data.js';
import type { Assumption } from '../twin/draw-values.js';
import { calibratedEstimate } from './calibrated-estimate.js';
import type { StepResponse } from './dissipation-records.js';
import { measureDissipation, type Dissipation } from './measure-dissipation.js';
import { planDissipation } from './plan-dissipation.js';

/** What was recorded of a program, and what it is held against. */
export interface DissipationTask {
  readonly program: Program;
  readonly calibration: Calibration;
  readonly descriptor: Descriptor;
  readonly assumed: readonly Assumption[];
  readonly lag: number;
  /** Of the plan's runs, in their order. */
  readonly data: readonly ProbeData[];
}

/** The plan follows from the rest. @throws RelaxdError as {@link measureDissipation} */
export function dissipationOfBoard(task: DissipationTask): Dissipation {
  const { program, calibration, descriptor, assumed, lag, data } = task;
  const { at, responses, hasHeat } = planDissipation(program, descriptor, lag);
  const fit = calibratedEstimate(calibration, descriptor, at.setting, assumed);
  const statesOf = (k: number): readonly Float64Array[] => {
    const shown = data[k]!;
    return shown.kind === 'states' ? shown.shots : [];
  };
  const heat = hasHeat ? data[1]! : null;
  const first = hasHeat ? 2 : 1;
  const found = responses.flatMap(({ sites, field }, r): StepResponse[] => {
    const [up, down] = [statesOf(first + 2 * r), statesOf(first + 2 * r + 1)];
    return sites.map((site) => ({ site, field, up, down }));
  });
  return measureDissipation(fit, {
    ...at,
    lag,
    records: {
      sites: at.setting.sites,
      interval: at.course.interval,
      driven: statesOf(0),
      responses: found.sort((a, b) => a.site - b.site),
    },
    ...(heat?.kind === 'heat' ? { direct: { totals: heat.totals } } : {}),
  });
}

/** The same, for a thread. */
export const dissipation = (task: DissipationTask): Promise<ThreadAnswer<Dissipation>> =>
  threadAnswer(() => dissipationOfBoard(task));
