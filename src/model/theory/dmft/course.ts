import { spinEntropy } from '../dense-mean-field.js';
import type { ResolvedDmft } from './setting.js';
import type { SampledCourse } from './solve-ensemble.js';

/** Standard errors of a course's means, from the scatter of independent ensembles. */
export interface DmftErrors {
  readonly target: Float64Array;
  readonly cue: Float64Array;
  readonly work: Float64Array;
  readonly heat: Float64Array;
  readonly energy: Float64Array;
  readonly correlation: Float64Array;
  readonly susceptibility: Float64Array;
  readonly noise: Float64Array;
}

/** Sampled time courses of a dynamical mean-field theory, all per spin; a sample at a jump is taken after it. */
export interface DmftCourse {
  readonly t: Float64Array;
  readonly target: Float64Array;
  /** Overlap with the cue. */
  readonly cue: Float64Array;
  readonly field: Float64Array;
  /** Done on the system since the start: −∫ ḣ m_η dt, a jump by δ −δ m_η. */
  readonly work: Float64Array;
  /** Into the bath since the start, w − Δe. */
  readonly heat: Float64Array;
  /** −F(m) − h m_η and the part of the other memories; constants of the model left out. */
  readonly energy: Float64Array;
  /** βq in nats; null at T = 0. */
  readonly entropyToBath: Float64Array | null;
  /**
   * Bounds on the entropy production since the start, βq + Δs, in nats; null at T = 0. The entropy of all spins is known at the start
   * (random at overlap m₀) and only bounded later: by 0, and by that of independent spins of the same overlaps.
   */
  readonly entropyProduction: { readonly least: Float64Array; readonly most: Float64Array } | null;
  /** C(t, t') = ⟨s(t) s(t')⟩ at samples, [k·samples + j]. */
  readonly correlation: Float64Array;
  /** ∂⟨s(t)⟩/∂h for a field on from t' < t until t, [k·samples + j]. */
  readonly susceptibility: Float64Array;
  /** Covariance of the noise on the field, [k·samples + j]; for n = 2 it tends to αr. */
  readonly noise: Float64Array;
  readonly standardErrors: DmftErrors;
}

/** Means over ensembles. */
export function courseOf(setting: ResolvedDmft, ensembles: readonly SampledCourse[]): DmftCourse {
  const { grid, temperature, initialOverlap, cueAccuracy } = setting;
  const means = (name: keyof SampledCourse): Means => meansOf(ensembles.map((one) => one[name]));
  const target = means('target');
  const cue = means('cue');
  const work = means('work');
  const heat = means('heat');
  const energy = means('energy');
  const correlation = means('correlation');
  const susceptibility = means('susceptibility');
  const noise = means('noise');
  const right = means('right').mean;
  const wrong = means('wrong').mean;
  const share = (1 + cueAccuracy) / 2;
  const start = spinEntropy(initialOverlap);
  const independent = right.map(
    (x, k) => share * spinEntropy(within(x)) + (1 - share) * spinEntropy(within(wrong[k]!)),
  );
  const toBath = temperature > 0 ? heat.mean.map((q) => q / temperature) : null;
  return {
    t: Float64Array.from(grid.samples, (k) => grid.t[k]!),
    target: target.mean,
    cue: cue.mean,
    field: Float64Array.from(grid.samples, (k) => grid.after[k]!),
    work: work.mean,
    heat: heat.mean,
    energy: energy.mean,
    entropyToBath: toBath,
    entropyProduction:
      toBath === null
        ? null
        : {
            least: toBath.map((s) => Math.max(0, s - start)),
            most: toBath.map((s, k) => s + independent[k]! - start),
          },
    correlation: correlation.mean,
    susceptibility: susceptibility.mean,
    noise: noise.mean,
    standardErrors: {
      target: target.sem,
      cue: cue.sem,
      work: work.sem,
      heat: heat.sem,
      energy: energy.sem,
      correlation: correlation.sem,
      susceptibility: susceptibility.sem,
      noise: noise.sem,
    },
  };
}

/** Sampling and extrapolation may pass ±1 by a little. */
const within = (x: number): number => Math.max(-1, Math.min(1, x));

interface Means {
  readonly mean: Float64Array;
  readonly sem: Float64Array;
}

function meansOf(all: readonly Float64Array[]): Means {
  const count = all.length;
  const mean = new Float64Array(all[0]!.length);
  const sem = new Float64Array(mean.length);
  for (const one of all) for (let k = 0; k < mean.length; k++) mean[k] = mean[k]! + one[k]! / count;
  for (const one of all) {
    for (let k = 0; k < mean.length; k++) sem[k] = sem[k]! + (one[k]! - mean[k]!) ** 2;
  }
  for (let k = 0; k < sem.length; k++) sem[k] = Math.sqrt(sem[k]! / (count - 1) / count);
  return { mean, sem };
}
