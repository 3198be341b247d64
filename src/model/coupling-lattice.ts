const MAX_INTEGER = 2 ** 30;

/** Couplings that are integers times one unit: J = unit · integer. */
export interface CouplingLattice {
  readonly unit: number;
  /** The largest |integer|. */
  readonly largest: number;
  readonly integerOf: (coupling: number) => number;
}

/**
 * Finds the unit of which all couplings are integer multiples, if there is one: 1, 1/N (Hebb's rule) or the smallest
 * |J| (a quantised or scaled bank; multiples there may be off by the rounding of the last place).
 *
 * Why: fields kept as integers are exact however many flips were made, and a field that is zero is exactly zero. At
 * zero temperature the treatment of those ties changes results (physics page §1: "stable" .776 against .803 at
 * N = 100, P = 14), so they must not be left to rounding.
 * @returns null where no such unit exists
 */
export function couplingLattice(couplings: Float64Array, sites: number): CouplingLattice | null {
  let smallest = Infinity;
  for (const value of couplings) {
    const size = Math.abs(value);
    if (size > 0 && size < smallest) smallest = size;
  }
  if (!Number.isFinite(smallest)) return { unit: 1, largest: 0, integerOf: (j) => j };
  return (
    multiples(couplings, (j) => j, 1, 0) ??
    multiples(couplings, (j) => j * sites, 1 / sites, Number.EPSILON) ??
    multiples(couplings, (j) => j / smallest, smallest, 4 * Number.EPSILON)
  );
}

function multiples(
  couplings: Float64Array,
  inUnits: (coupling: number) => number,
  unit: number,
  tolerance: number,
): CouplingLattice | null {
  let largest = 0;
  for (let k = 0; k < couplings.length; k++) {
    const scaled = inUnits(couplings[k]!);
    const integer = Math.round(scaled);
    const size = Math.abs(integer);
    if (size > MAX_INTEGER) return null;
    if (Math.abs(scaled - integer) > tolerance * size) return null;
    if (size > largest) largest = size;
  }
  return { unit, largest, integerOf: (coupling) => Math.round(inUnits(coupling)) };
}
