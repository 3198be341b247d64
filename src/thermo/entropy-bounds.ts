import type { EndEntropy } from './end-entropy.js';
import type { ThermoContext } from './ledger.js';
import { groupedJackknife } from './resampling.js';
import { MARGINAL_PARTS } from './spin-marginals.js';
import { moments } from './statistics.js';

/** A mean with its standard error; NaN where there is none. */
export interface Bound {
  readonly mean: number;
  readonly sem: number;
}

/** Bounds of a total entropy production, nats. */
interface TotalBounds {
  readonly least: Bound;
  readonly most: Bound;
  /** What `most` is, and whether it is of the work or of the states at the end. */
  readonly method: string;
  readonly by: 'work' | 'ends';
}

/** What bounds are made of. */
interface BoundedRun {
  readonly context: ThermoContext;
  /** [shot] entropy given to the baths. */
  readonly medium: readonly number[];
  /** [shot]; null: not known */
  readonly work: readonly number[] | null;
  readonly ends: EndEntropy | null;
}

/** β(⟨W⟩ − ΔF), from an equilibrium start whose ΔF is known: the total production and D(p_τ‖p_eq). */
export function dissipatedWork({ context, work }: BoundedRun): Bound | null {
  const beta = context.jarzynskiBeta;
  const change = context.freeEnergyChange ?? null;
  if (beta === null || change === null || work === null) return null;
  const { mean, sem } = moments(work);
  return { mean: beta * (mean - change), sem: beta * sem };
}

/** Σ Q/T and the bounded entropy at the end, less that of the start; errors by leaving out tenths of the shots. */
function endBound({ context, medium, ends }: BoundedRun): Bound | null {
  const { start } = context;
  const startEntropy = start?.entropy ?? null;
  const followed = ends?.count === medium.length;
  if (startEntropy === null || !followed) return null;
  if (start?.freeSpins == null && start?.continuousSites == null) return null;
  const most = (without: number | null): number => {
    let [sum, n] = [0, 0];
    for (let k = 0; k < medium.length; k++) {
      if (k % MARGINAL_PARTS === without) continue;
      sum += medium[k]!;
      n++;
    }
    return sum / n + ends.entropyBound(without) - startEntropy;
  };
  const { estimate, standardError } = groupedJackknife(MARGINAL_PARTS, most);
  return { mean: estimate, sem: standardError };
}

/**
 * Bounds of the total entropy production Σ = ⟨Σ Q/T⟩ + S(end) − S(start); null where nothing is known but the second law.
 *
 * Spins: S(end) ≥ 0, and S(end) ≤ Σ_i S₂(⟨σ_i⟩), or Σ ≤ β(⟨W⟩ − ΔF) from an equilibrium start. Continuous sites: the entropy of a density
 * may be below 0, so that `least` needs the entropy at the end itself, which is known where the state stays Gaussian, and is 0
 * elsewhere; `most` is the lower of β(⟨W⟩ − ΔF) and of what a Gaussian of the same covariance has.
 */
export function totalBounds(run: BoundedRun): TotalBounds | null {
  const { context, medium, ends } = run;
  if (context.stationary === true || medium.length < 2 * MARGINAL_PARTS) return null;
  const startEntropy = context.start?.entropy ?? null;
  const given = moments(medium);
  if (startEntropy === null || !Number.isFinite(given.mean)) return null;
  const dissipated = dissipatedWork(run);
  const byWork = { by: 'work', method: 'β(W − ΔF), from an equilibrium start' } as const;
  const byEnds = (): Pick<TotalBounds, 'by' | 'method'> => ({
    by: 'ends',
    method: `medium + ${ends!.how} − entropy of the start`,
  });
  if (context.start?.continuousSites == null) {
    const least = { mean: Math.max(0, given.mean - startEntropy), sem: given.sem };
    if (dissipated !== null) return { least, most: dissipated, ...byWork };
    const most = endBound(run);
    return most === null ? null : { least, most, ...byEnds() };
  }
  const endEntropy = context.endEntropy ?? null;
  const least =
    endEntropy === null
      ? { mean: 0, sem: 0 }
      : { mean: Math.max(0, given.mean + endEntropy - startEntropy), sem: given.sem };
  const followed = endBound(run);
  if (followed !== null && Number.isFinite(followed.mean)) {
    if (dissipated === null || followed.mean < dissipated.mean) {
      return { least, most: followed, ...byEnds() };
    }
  }
  return dissipated === null ? null : { least, most: dissipated, ...byWork };
}
