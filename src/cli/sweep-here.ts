import { RelaxdError } from '../core/index.js';
import { Lab, type SweepDocument } from '../lab/index.js';
import type { Composition } from './composition.js';
import type { Output } from './output.js';

const MOST_ROWS = 1000;

/** Runs a sweep in this process: a lab in memory, with the devices that there are. */
export async function sweepHere(
  composition: Composition,
  output: Output,
  body: Readonly<Record<string, unknown>>,
): Promise<SweepDocument> {
  const registry = await composition.openDevices();
  const interrupt = new AbortController();
  const onInterrupt = (): void => interrupt.abort();
  process.once('SIGINT', onInterrupt);
  const bar = output.progress('sweep');
  try {
    const lab = await Lab.open({
      folder: ':memory:',
      devices: registry,
      kinds: await composition.jobKinds(),
      clock: composition.clock,
      ids: composition.ids,
      version: composition.version,
      drawSeed: composition.drawSeed,
      log: (level, message) => {
        if (level === 'error') output.note(message);
      },
    });
    try {
      const { id } = await lab.submit(body);
      const stop = lab.on('job', (job) => {
        if (job.id === id) bar.update(job.progress.fraction, job.state);
      });
      interrupt.signal.addEventListener('abort', () => {
        void lab.act(id, 'cancel').catch(() => undefined); // it has ended in that moment
      });
      await lab.jobEnd(id);
      stop();
      return await whole(lab, id);
    } finally {
      await lab.close();
    }
  } finally {
    bar.stop();
    process.off('SIGINT', onInterrupt);
    await registry[Symbol.asyncDispose]();
  }
}

async function whole(lab: Lab, id: string): Promise<SweepDocument> {
  const first = await lab.sweep(id, { limit: MOST_ROWS });
  const rows = [...first.rows];
  for (let from = first.next; from !== null;) {
    const page = await lab.sweep(id, { from, limit: MOST_ROWS });
    rows.push(...page.rows);
    from = page.next;
  }
  if (rows.length !== first.counts.points) {
    throw new RelaxdError('internal', `the sweep has ${rows.length} rows`, { job: id });
  }
  return { ...first, rows, next: null };
}
