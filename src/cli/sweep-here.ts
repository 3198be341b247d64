import type { SweepDocument } from '../lab/index.js';
import type { Composition } from './composition.js';
import { jobHere } from './job-here.js';
import type { Output } from './output.js';
import { ROWS_AT_ONCE, wholeSweep } from './whole-sweep.js';

/** Runs a sweep in this process, with the devices that there are. */
export async function sweepHere(
  composition: Composition,
  output: Output,
  body: Readonly<Record<string, unknown>>,
): Promise<SweepDocument> {
  await using devices = await composition.openDevices();
  return await jobHere(composition, output, {
    devices,
    body,
    title: 'sweep',
    read: (lab, { id }) => wholeSweep((from) => lab.sweep(id, { from, limit: ROWS_AT_ONCE })),
  });
}
