import { Lab, type SweepDocument } from '../lab/index.js';
import type { Composition } from './composition.js';
import { Interrupt } from './interrupt.js';
import type { Output } from './output.js';
import { ROWS_AT_ONCE, wholeSweep } from './whole-sweep.js';

/** Runs a sweep in this process: a lab in memory, with the devices that there are. */
export async function sweepHere(
  composition: Composition,
  output: Output,
  body: Readonly<Record<string, unknown>>,
): Promise<SweepDocument> {
  const registry = await composition.openDevices();
  const interrupt = new Interrupt();
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
      return await wholeSweep((from) => lab.sweep(id, { from, limit: ROWS_AT_ONCE }));
    } finally {
      await lab.close();
    }
  } finally {
    bar.stop();
    interrupt[Symbol.dispose]();
    await registry[Symbol.asyncDispose]();
  }
}
