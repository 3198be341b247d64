import type { ShotLedger } from '../thermo/index.js';

/** Ledgers of several shots, a row a shot: work, heat, energy change, medium entropy, and the heat into each bath. */
export interface ShotTable {
  readonly shots: number;
  readonly values: Float64Array;
}

const NUMBERS = 4;

/** Ledgers as numbers in one piece, which go to another thread without a copy. */
export function shotTable(ledgers: readonly ShotLedger[]): ShotTable {
  const baths = Math.max(0, ...ledgers.map(({ bathHeat }) => bathHeat.length));
  const values = new Float64Array(ledgers.length * (NUMBERS + baths)).fill(NaN);
  ledgers.forEach(({ work, heat, energyChange, mediumEntropy, bathHeat }, shot) => {
    values.set([work, heat, energyChange, mediumEntropy, ...bathHeat], shot * (NUMBERS + baths));
  });
  return { shots: ledgers.length, values };
}

/** The ledgers of a table, in order. */
export function* ledgersOf({ shots, values }: ShotTable): Generator<ShotLedger> {
  const width = values.length / shots;
  for (let at = 0; at < values.length; at += width) {
    yield {
      work: values[at]!,
      heat: values[at + 1]!,
      energyChange: values[at + 2]!,
      mediumEntropy: values[at + 3]!,
      bathHeat: Array.from(values.subarray(at + NUMBERS, at + width)),
    };
  }
}
