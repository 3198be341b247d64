import { threadAnswer, type ThreadAnswer } from '../../../core/index.js';
import type { ResolvedDmft } from './setting.js';
import { solveEnsemble, type SampledCourse } from './solve-ensemble.js';

export interface EnsembleRequest {
  readonly setting: ResolvedDmft;
  readonly ensemble: number;
}

/** Entry point of the worker threads. */
export function runEnsemble({
  setting,
  ensemble,
}: EnsembleRequest): Promise<ThreadAnswer<SampledCourse>> {
  return threadAnswer(() => solveEnsemble(setting, ensemble));
}
