import { setMaxListeners } from 'node:events';
import { answered, compiledUrl, WORKER_FLAGS } from '../../../core/index.js';
import type { EnsembleRequest } from './dmft-worker.js';
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
      Array.from({ length: setting.ensembles }, (_, ensemble) => {
        const request: EnsembleRequest = { setting, ensemble };
        return answered<SampledCourse>(workers.run(request, { signal }), signal);
      }),
    );
  } finally {
    await workers.destroy();
  }
}
