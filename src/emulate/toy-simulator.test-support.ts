import { RandomStream, RelaxdError } from '../core/index.js';
import type { Simulate } from './simulation.js';

/**
 * A simulator for tests of the device around it: each shot's state is random, its energy the shot's number. The
 * program's first field makes it slow (milliseconds a shot), its second one makes that shot fail.
 */
export const simulate: Simulate = (task, sink) => {
  const { program, times } = task;
  const state = new Int8Array(program.sites);
  const overlaps = new Float64Array(program.references.length);
  for (let shot = task.firstShot; shot < task.firstShot + task.shots; shot++) {
    if (program.fields[1] === shot + 1)
      throw new RelaxdError('driver-failed', `shot ${shot} broke`);
    const random = RandomStream.of(program.seed, 'dynamics', shot);
    const start = performance.now();
    const slow = program.fields[0] ?? 0;
    for (let past = 0; past < slow; past = performance.now() - start) {
      sink.progress((shot - task.firstShot + past / slow) / task.shots);
    }
    for (let step = 0; step < times.length; step++) {
      for (let i = 0; i < state.length; i++) state[i] = random.sign();
      sink.readout({ shot, step, energy: shot, work: step, heat: 0, overlaps, state });
    }
    sink.shotEnd({ work: shot, heat: 0, bathHeat: [0], energyChange: shot, mediumEntropy: 0 });
  }
};
