import type { RunResult } from './run-result.js';

/** A measured number and its standard error. */
export interface Measured {
  readonly mean: number;
  /** null: one shot does not say. */
  readonly sem: number | null;
}

/** Quantities of a sweep's rows, in the order in which tables show them. */
export const SWEEP_QUANTITIES = [
  'success',
  'exact',
  'overlap',
  'time',
  'energy',
  'work',
  'heat',
  'energyChange',
  'entropyProduction',
] as const;
export type SweepQuantity = (typeof SWEEP_QUANTITIES)[number];
export type PointQuantities = Readonly<Record<SweepQuantity, Measured | null>>;

/** What a sweep keeps of a point's result. */
export interface PointSummary {
  readonly seed: number;
  readonly shots: number;
  readonly durationS: number;
  readonly quantities: PointQuantities;
}

export const NO_QUANTITIES = Object.fromEntries(
  SWEEP_QUANTITIES.map((name) => [name, null]),
) as unknown as PointQuantities;

/**
 * The numbers of a result that a table of many has room for. `energy` and, of a run without a target, `overlap` (with the first
 * reference) are those of the last readout; the rest is of the whole run.
 */
export function summarisePoint(result: RunResult): PointSummary {
  const { shots, observables, thermodynamics: cost } = result;
  const retrieval = members(result['retrieval']);
  const drive = members(result['drive']);
  return {
    seed: result.seed,
    shots,
    durationS: result.durationS,
    quantities: {
      success: measured(drive?.['success']) ?? share(retrieval?.['success'], shots),
      exact: share(retrieval?.['exact'], shots),
      overlap:
        measured(drive?.['overlap']) ??
        measured(retrieval?.['overlap']) ??
        last(observables.overlaps?.mean[0], observables.overlaps?.sem[0]),
      time: measured(drive?.['transitionTime']) ?? measured(retrieval?.['time']),
      energy: last(observables.energy?.mean, observables.energy?.sem),
      work: measured(cost.work),
      heat: measured(cost.heat),
      energyChange: measured(cost.energyChange),
      entropyProduction: measured(cost.entropyProduction),
    },
  };
}

const members = (value: unknown): Readonly<Record<string, unknown>> | null =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
const finite = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;

function measured(value: unknown): Measured | null {
  const estimate = members(value);
  const mean = finite(estimate?.['mean']);
  return mean === null ? null : { mean, sem: finite(estimate?.['sem']) };
}

/** A share of shots: its standard error is a binomial one. */
function share(value: unknown, shots: number): Measured | null {
  const mean = finite(value);
  if (mean === null) return null;
  return { mean, sem: shots > 0 ? Math.sqrt((mean * (1 - mean)) / shots) : null };
}

function last(
  means: readonly (number | null)[] | undefined,
  sems: readonly (number | null)[] | undefined,
): Measured | null {
  const mean = finite(means?.at(-1));
  return mean === null ? null : { mean, sem: finite(sems?.at(-1)) };
}
