import { RandomStream } from '../../src/core/index.js';
import { uniformSiteKind } from '../../src/device/index.js';
import type { Simulate } from '../../src/emulate/index.js';

/**
 * Delivers readouts in which nothing has happened: the state is the program's initial one where it lists one (corrupted
 * as on every device, clamped sites at their inputs), else +1 (0 for continuous sites); energies, work and heat are NaN.
 */
export const simulate: Simulate = (task, sink) => {
  const { program, times, firstShot, shots } = task;
  const continuous = uniformSiteKind(program) !== 'ising';
  const { initial, clamped, inputs, references, sites } = program;
  const state = continuous ? new Float64Array(sites) : new Int8Array(sites).fill(1);
  const overlaps = new Float64Array(references.length);
  for (let shot = firstShot; shot < firstShot + shots; shot++) {
    if ('values' in initial) state.set(initial.values);
    if (initial.kind === 'corrupted') {
      const stream = RandomStream.of(program.seed, 'initial', shot);
      for (const site of stream.sample(sites, initial.flips)) state[site] = -state[site]!;
    }
    const row = inputs[inputs.length > 1 ? shot : 0];
    row?.forEach((value, k) => {
      state[clamped[k]!] = value;
    });
    references.forEach((pattern, m) => {
      let x = 0;
      for (let i = 0; i < sites; i++) x += pattern[i]! * (state[i]! >= 0 ? 1 : -1);
      overlaps[m] = x / sites;
    });
    for (let step = 0; step < times.length; step++) {
      sink.readout({ shot, step, energy: NaN, work: NaN, heat: NaN, overlaps, state });
    }
    sink.shotEnd({
      work: NaN,
      heat: NaN,
      bathHeat: [],
      energyChange: NaN,
      mediumEntropy: NaN,
    });
    sink.progress((shot + 1 - firstShot) / shots);
  }
};
