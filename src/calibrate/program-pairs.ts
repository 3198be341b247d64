import type { Program } from '../device/index.js';

/** Calls for each pair of a program with couplings as a matrix or a list, as it is asked for: once a pair of a matrix, once an entry of a list. */
export function forEachPair(
  { couplings, sites }: Pick<Program, 'couplings' | 'sites'>,
  visit: (i: number, j: number, J: number) => void,
): void {
  if (couplings.kind === 'coo') {
    const { entries } = couplings;
    for (let k = 0; k < entries.length; k += 3)
      visit(entries[k]!, entries[k + 1]!, entries[k + 2]!);
  } else if (couplings.kind === 'dense') {
    for (let i = 0; i < sites; i++) {
      for (let j = i + 1; j < sites; j++) visit(i, j, couplings.data[i * sites + j]!);
    }
  }
}

/** A pair whose two directions differ. */
export interface UnlikePair {
  readonly i: number;
  readonly j: number;
  readonly one: number;
  readonly other: number;
}

/** The first such pair of a matrix; null: none, as of a list. */
export function firstUnlike({
  couplings,
  sites,
}: Pick<Program, 'couplings' | 'sites'>): UnlikePair | null {
  if (couplings.kind !== 'dense') return null;
  const { data } = couplings;
  for (let i = 0; i < sites; i++) {
    for (let j = 0; j < i; j++) {
      const [one, other] = [data[i * sites + j]!, data[j * sites + i]!];
      if (one !== other) return { i, j, one, other };
    }
  }
  return null;
}

/** What a converter gives: its nearest step. @param step 0 or null: any value */
export const nearestStep = (value: number, step: number | null): number =>
  step === null || step === 0 ? value : Math.round(value / step) * step;
