import { Lab, type Job } from '../lab/index.js';
import type { DeviceRegistry } from '../device/index.js';
import type { Composition } from './composition.js';
import { Interrupt } from './interrupt.js';
import type { Output } from './output.js';
import { readyDevice } from './ready-device.js';

export interface JobHere<T> {
  readonly devices: DeviceRegistry;
  readonly body: Readonly<Record<string, unknown>>;
  /** Of the bar that shows how far it is. */
  readonly title: string;
  /** What the bar calls a state; its name where left out. */
  readonly textOf?: (state: string) => string;
  /** Reads what is wanted of the job, which has ended, however that is, while the lab is still there. */
  readonly read: (lab: Lab, job: Job) => Promise<T>;
}

/** Runs a job in this process: in a lab in memory. Ctrl-C cancels it. */
export async function jobHere<T>(
  { jobKinds, clock, ids, version, drawSeed }: Composition,
  output: Output,
  { devices, body, title, textOf = (state) => state, read }: JobHere<T>,
): Promise<T> {
  using interrupt = new Interrupt();
  const bar = output.progress(title);
  try {
    await using lab = await Lab.open({
      folder: ':memory:',
      devices,
      kinds: await jobKinds(),
      clock,
      ids,
      version,
      drawSeed,
      log: (level, message) => {
        if (level === 'error') output.note(message);
      },
    });
    // In a lab of a service it would wait for its device; nobody sees to that one here.
    if (typeof body['device'] === 'string') readyDevice(devices.get(body['device']));
    const { id } = await lab.submit(body);
    const stop = lab.on('job', (job) => {
      if (job.id === id) bar.update(job.progress.fraction, textOf(job.state));
    });
    interrupt.signal.addEventListener('abort', () => {
      void lab.act(id, 'cancel').catch(() => undefined); // it has ended in that moment
    });
    const job = await lab.jobEnd(id);
    stop();
    return await read(lab, job);
  } finally {
    bar.stop();
  }
}
