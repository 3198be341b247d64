import { throwIfAborted } from '../../../core/index.js';
import { courseOf, type DmftCourse } from './course.js';
import { resolveDmft, type DmftSetting, type ResolvedDmft } from './setting.js';
import { solveEnsemble, type SampledCourse } from './solve-ensemble.js';

/**
 * Dynamical mean-field theory of a memory at extensive load under a cue, N → ∞ (physics page §2.5): overlaps, work, heat, the
 * correlation C, the response and the noise on the field, with standard errors. Independent ensembles of trajectories are solved, in
 * worker threads where `threads` is above 1; ensemble k draws from its own stream, so the result is the same on any number of them.
 *
 * @param signal ends it between ensembles
 * @throws RelaxdError `invalid-input`, `aborted`
 */
export async function solveDmft(setting: DmftSetting, signal?: AbortSignal): Promise<DmftCourse> {
  const resolved = resolveDmft(setting);
  const threads = Math.min(resolved.threads, resolved.ensembles);
  const ensembles =
    threads > 1 ? await inThreads(resolved, threads, signal) : here(resolved, signal);
  return courseOf(resolved, ensembles);
}

function here(setting: ResolvedDmft, signal: AbortSignal | undefined): SampledCourse[] {
  return Array.from({ length: setting.ensembles }, (_, k) => {
    if (signal !== undefined) throwIfAborted(signal);
    return solveEnsemble(setting, k);
  });
}

async function inThreads(
  setting: ResolvedDmft,
  threads: number,
  signal: AbortSignal | undefined,
): Promise<SampledCourse[]> {
  const { runInThreads } = await import('./run-in-threads.js');
  return runInThreads(setting, threads, signal);
}
