import { shiftTable, type CentralTable } from './central-moments.js';

/** Least variance, in squares of the energy that a flip exchanges, that says something about the shape of a law. */
const LEAST_VARIANCE = 1e-7;

/** Moments of one quantity, by order from 1 on. */
export interface QuantityMoments {
  /** ⟨X^k⟩ */
  readonly raw: readonly number[];
  /** ⟨(X − ⟨X⟩)^k⟩ */
  readonly central: readonly number[];
  /** μ₃/μ₂^{3/2}; NaN where X is the same in every shot, to what is resolved, and without the third order. */
  readonly skewness: number;
  /** μ₄/μ₂² − 3: 0 for a Gaussian; NaN as for the skewness. */
  readonly excessKurtosis: number;
}

/** Moments of work and heat of a run. */
export interface WorkAndHeatMoments {
  /** The highest order. */
  readonly order: number;
  /** Null without an energy. */
  readonly work: QuantityMoments | null;
  /** Into all baths together; null where it is not defined. */
  readonly heat: QuantityMoments | null;
  /** [a][b] ⟨(W − ⟨W⟩)^a (Q − ⟨Q⟩)^b⟩, a + b up to the order; null where one is not defined, and above 10 free spins. */
  readonly mixed: readonly (readonly number[])[] | null;
}

/**
 * Moments over ensembles with shares: each ensemble's are taken about the mean of all.
 * @param unit what a flip typically exchanges
 */
export function gatherMoments(
  parts: readonly { readonly share: number; readonly table: CentralTable }[],
  order: number,
  defined: { readonly work: boolean; readonly heat: boolean },
  unit: number,
): WorkAndHeatMoments {
  const mean = (pick: (table: CentralTable) => number): number =>
    parts.reduce((sum, { share, table }) => sum + share * pick(table), 0);
  const work = mean((table) => table.work);
  const heat = mean((table) => table.heat);
  const tables = parts.map(({ table }) =>
    shiftTable(table.central, table.work - work, table.heat - heat),
  );
  const central = tables[0]!.map((row, a) =>
    row.map((_, b) => parts.reduce((sum, { share }, k) => sum + share * tables[k]![a]![b]!, 0)),
  );
  // The norm, and first moments about the mean: so but for rounding.
  central[0]![0] = 1;
  central[1]![0] = central[0]![1] = 0;
  const known = central.flat().every((value) => !Number.isNaN(value));
  return {
    order,
    work: defined.work
      ? quantity(
          central.map((row) => row[0]!),
          work,
          unit,
        )
      : null,
    heat: defined.heat ? quantity(central[0]!, heat, unit) : null,
    mixed: defined.work && defined.heat && known ? central : null,
  };
}

/** @param central by order from 0 on */
function quantity(central: readonly number[], mean: number, unit: number): QuantityMoments {
  const raw = shiftTable([central], 0, mean)[0]!;
  const [, , variance = NaN, third = NaN, fourth = NaN] = central;
  const spread = variance > LEAST_VARIANCE * unit ** 2;
  return {
    raw: raw.slice(1),
    central: central.slice(1),
    skewness: spread ? third / variance ** 1.5 : NaN,
    excessKurtosis: spread ? fourth / variance ** 2 - 3 : NaN,
  };
}
