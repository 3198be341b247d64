import { RandomStream } from '../../../core/index.js';
import { COLUMNS, openEngine } from '../../../kernels/index.js';
import type { HistogramEntropy } from '../../../thermo/index.js';
import type { CavityLight } from '../cavity-light.js';
import { DEFAULT_PUMP } from '../control-course.js';
import type { MediatedCouplings } from '../mediated-couplings.js';
import { finalStateEntropy } from '../observables/final-states.js';
import { HeunSpins, StrangSpins } from './eliminated-spins.js';
import { EquationColumns } from './equation-columns.js';
import { LONGEST_STEP } from './semiclassical-step.js';
import { drawNormalPhase } from './vector-spins.js';

/** A pump ramp from 0 through threshold, run from the normal phase with the light eliminated. */
export interface PumpRamp {
  readonly couplings: MediatedCouplings;
  readonly light: CavityLight;
  /** Duration of the ramp, 1/ω_z. */
  readonly duration: number;
  /** Pump power over threshold at its end; 5 by default. */
  readonly finalPump?: number;
  readonly shots: number;
  readonly seed: number;
  /** Longest step, 1/ω_z; 0.03 by default. */
  readonly dt?: number;
  readonly integrator?: 'heun' | 'strang';
}

/**
 * The spins' signs at the end of a ramp, one row of N ±1 a shot. Shot k is the shot k of a program with this seed.
 */
export function rampEnds(ramp: PumpRamp): Int8Array[] {
  const { couplings, light, duration, shots, seed } = ramp;
  const { sites } = couplings;
  const finalPump = ramp.finalPump ?? DEFAULT_PUMP;
  const steps = Math.max(1, Math.ceil(duration / (ramp.dt ?? LONGEST_STEP) - 1e-9));
  const one =
    ramp.integrator === 'strang'
      ? new StrangSpins(couplings, light)
      : new HeunSpins(couplings, light);
  const columns = new EquationColumns(openEngine(), one, couplings, light);
  const { controls } = columns.arrays;
  const ends: Int8Array[] = [];
  for (let first = 0; first < shots; first += COLUMNS) {
    const live = Math.min(COLUMNS, shots - first);
    for (let column = 0; column < live; column++) {
      const stream = RandomStream.of(seed, 'dynamics', first + column);
      drawNormalPhase(light.spinSize, stream, one.spins);
      one.begin(stream);
      columns.place(column);
    }
    columns.placed(seed, first, live);
    for (let done = 0; done < steps; done += columns.mostSteps) {
      const count = Math.min(columns.mostSteps, steps - done);
      for (let k = 1; k <= count; k++) controls[k] = (finalPump * (done + k - 0.5)) / steps;
      columns.run(count, duration / steps, false);
    }
    for (let column = 0; column < live; column++) {
      columns.lift(column);
      ends.push(Int8Array.from(one.spins.x, (x) => (x < 0 ? -1 : 1)));
    }
  }
  return ends;
}

/**
 * Entropy of the final states for each of several ramp durations: s and −s are two, so that it falls to ln 2 as ramps
 * get slow (CQ-F1). `plugIn`, biased low at few shots (hazard HZ8), is what the reference table has.
 */
export function entropyAgainstRamp(
  ramp: Omit<PumpRamp, 'duration'>,
  durations: readonly number[],
): (HistogramEntropy & { readonly duration: number })[] {
  return durations.map((duration) => ({
    duration,
    ...finalStateEntropy(rampEnds({ ...ramp, duration }), 'states'),
  }));
}
