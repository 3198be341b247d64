const MAX_INTEGER = 2 ** 30;

/** Couplings that are integers times one unit: J = unit · integers. */
export interface CouplingLattice {
  readonly integers: Float64Array;
  readonly unit: number;
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
  if (!Number.isFinite(smallest)) return { integers: new Float64Array(couplings.length), unit: 1 };
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
  const integers = new Float64Array(couplings.length);
  for (let k = 0; k < couplings.length; k++) {
    const scaled = inUnits(couplings[k]!);
    const integer = Math.round(scaled);
    if (Math.abs(integer) > MAX_INTEGER) return null;
    if (Math.abs(scaled - integer) > tolerance * Math.abs(integer)) return null;
    integers[k] = integer;
  }
  return { integers, unit };
}
