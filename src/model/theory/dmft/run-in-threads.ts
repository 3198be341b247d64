import { setMaxListeners } from 'node:events';
import { abortedError, compiledUrl, RelaxdError, WORKER_FLAGS } from '../../../core/index.js';
import type { EnsembleReport, EnsembleRequest } from './dmft-worker.js';
import type { ResolvedDmft } from './setting.js';
import type { SampledCourse } from './solve-ensemble.js';

/** Every ensemble of a setting, in worker threads of its own that end with it; the answers in order. */
export async function runInThreads(
  setting: ResolvedDmft,
  threads: number,
  signal: AbortSignal = new AbortController().signal,
): Promise<SampledCourse[]> {
  const { Piscina } = await import('piscina');
  const workers = new Piscina({
    filename: compiledUrl(import.meta.url, './dmft-worker.js').href,
    name: 'runEnsemble',
    execArgv: WORKER_FLAGS,
    maxThreads: threads,
  });
  setMaxListeners(0, signal); // one an ensemble that is waiting
  try {
    return await Promise.all(
      Array.from({ length: setting.ensembles }, async (_, ensemble) => {
        const request: EnsembleRequest = { setting, ensemble };
        let report: EnsembleReport;
        try {
          report = (await workers.run(request, { signal })) as EnsembleReport;
        } catch (error) {
          throw signal.aborted ? abortedError(signal) : error;
        }
        if ('error' in report) throw RelaxdError.fromJSON(report.error);
        return report.course;
      }),
    );
  } finally {
    await workers.destroy();
  }
}
