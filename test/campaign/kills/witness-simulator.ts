import type { Simulate } from '../../../src/emulate/index.js';
import { witnessRow } from './witness-samples.js';

const NOTHING = {
  work: NaN,
  heat: NaN,
  bathHeat: [],
  energyChange: NaN,
  mediumEntropy: NaN,
};

/** Rows of {@link witnessRow}; a shot takes as many milliseconds as the program's duration says, and next to no computing. */
export const simulate: Simulate = (task, sink) => {
  const { program, times, firstShot, shots } = task;
  const state = new Int8Array(program.sites);
  const overlaps = new Float64Array(program.references.length);
  const never = new Int32Array(new SharedArrayBuffer(4));
  for (let shot = firstShot; shot < firstShot + shots; shot++) {
    for (let step = 0; step < times.length; step++) {
      const row = witnessRow(program.seed, shot, step, state);
      sink.readout({ shot, step, ...row, overlaps, state });
    }
    sink.shotEnd(NOTHING);
    Atomics.wait(never, 0, 0, program.duration);
    sink.progress((shot + 1 - firstShot) / shots);
  }
};
