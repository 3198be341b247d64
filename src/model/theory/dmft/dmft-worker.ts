import { asRelaxdError, type RelaxdError } from '../../../core/index.js';
import type { ResolvedDmft } from './setting.js';
import { solveEnsemble, type SampledCourse } from './solve-ensemble.js';

export interface EnsembleRequest {
  readonly setting: ResolvedDmft;
  readonly ensemble: number;
}
/** An answer that can cross threads: errors keep their code and details. */
export type EnsembleReport =
  { readonly course: SampledCourse } | { readonly error: ReturnType<RelaxdError['toJSON']> };

/** Entry point of the worker threads. */
export function runEnsemble({ setting, ensemble }: EnsembleRequest): EnsembleReport {
  try {
    return { course: solveEnsemble(setting, ensemble) };
  } catch (error) {
    return { error: asRelaxdError(error).toJSON() };
  }
}
