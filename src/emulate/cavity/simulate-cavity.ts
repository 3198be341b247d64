import { RandomStream } from '../../core/index.js';
import type { Simulate } from '../simulation.js';
import { cavityModel } from './cavity-model.js';
import { CavityShot } from './cavity-shot.js';

/**
 * The cavity at fidelity `discrete` (physics page §4.1): spins at zero temperature, `steepest-descent` (flip the least
 * s_i b_i < 0, the lowest index at a tie) or `zero-temperature` (flip a uniformly chosen site where that lowers the
 * energy). The k-th accepted flip happens at time k/N in both, rejected attempts take no time; where nothing can flip
 * the clock runs on to the next change of a drive, and the state stays what it is.
 *
 * Parameters: `modeDamping` of position couplings, `readoutBitError`: probability that a readout shows a spin reversed
 * (states and overlaps; energies and the ledger are those of the true state).
 */
export const simulate: Simulate = (task, sink) => {
  const { program, times } = task;
  const { sites, references } = program;
  const bitError = task.parameters['readoutBitError'] ?? 0;
  const model = cavityModel(program, task.parameters['modeDamping'] ?? 0);
  const run = new CavityShot(program, model);
  const seen = new Int8Array(sites);
  const overlaps = new Float64Array(references.length);
  for (let k = 0; k < task.shots; k++) {
    const shot = task.firstShot + k;
    const noise = RandomStream.of(program.seed, 'readout', shot);
    run.begin(shot);
    for (let step = 0; step < times.length; step++) {
      run.advance(times[step]!);
      seen.set(run.state);
      if (bitError > 0) {
        for (let i = 0; i < sites; i++) if (noise.uniform() < bitError) seen[i] = -seen[i]!;
      }
      takeOverlaps(references, seen, overlaps);
      sink.readout({
        shot,
        step,
        energy: run.energy,
        work: run.totalWork,
        heat: run.totalHeat,
        overlaps,
        state: seen,
      });
      sink.progress((k + (step + 1) / times.length) / task.shots);
    }
    sink.shotEnd(run.ledger());
  }
};

function takeOverlaps(references: readonly Int8Array[], state: Int8Array, out: Float64Array): void {
  for (let m = 0; m < references.length; m++) {
    const reference = references[m]!;
    let sum = 0;
    for (let i = 0; i < state.length; i++) sum += reference[i]! * state[i]!;
    out[m] = sum / state.length;
  }
}
