import type { ShotLedger } from '../thermo/index.js';

/**
 * Ledgers of several shots, a row a shot: work, that of the drives and of the controls, heat, energy change, medium entropy, and the
 * heat into each bath.
 */
export interface ShotTable {
  readonly shots: number;
  readonly values: Float64Array;
}

const NUMBERS = 6;

/** Ledgers as numbers in one piece, which go to another thread without a copy. */
export function shotTable(ledgers: readonly ShotLedger[]): ShotTable {
  const baths = Math.max(0, ...ledgers.map(({ bathHeat }) => bathHeat.length));
  const values = new Float64Array(ledgers.length * (NUMBERS + baths)).fill(NaN);
  ledgers.forEach((ledger, shot) => {
    const { work, driveWork = NaN, controlWork = NaN, heat, energyChange, mediumEntropy } = ledger;
    const numbers = [work, driveWork, controlWork, heat, energyChange, mediumEntropy];
    values.set([...numbers, ...ledger.bathHeat], shot * (NUMBERS + baths));
  });
  return { shots: ledgers.length, values };
}

/** The ledgers of a table, in order. */
export function* ledgersOf({ shots, values }: ShotTable): Generator<ShotLedger> {
  const width = values.length / shots;
  for (let at = 0; at < values.length; at += width) {
    yield {
      work: values[at]!,
      driveWork: values[at + 1]!,
      controlWork: values[at + 2]!,
      heat: values[at + 3]!,
      energyChange: values[at + 4]!,
      mediumEntropy: values[at + 5]!,
      bathHeat: Array.from(values.subarray(at + NUMBERS, at + width)),
    };
  }
}
