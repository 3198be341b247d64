import type { RunEstimates } from './run-estimates.js';
import type { Store } from './store.js';

/** Runs that estimates are learnt from at the start. */
const RUNS_LEARNT = 200;

/** What runs take, from the newest that there were. */
export async function learnEstimates(estimates: RunEstimates, store: Store): Promise<void> {
  const page = { device: null, job: null, limit: RUNS_LEARNT, cursor: null };
  const { items } = await store.runs(page);
  for (const run of items.toReversed()) {
    if (run.state !== 'completed' || run.endedAt === null) continue;
    const job = await store.job(run.job);
    if (job === null) continue;
    const seconds = (Date.parse(run.endedAt) - Date.parse(run.createdAt)) / 1000;
    estimates.add({ device: run.device, kind: job.kind, size: job.size, seconds });
  }
}
