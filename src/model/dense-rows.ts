import { couplingLattice } from './coupling-lattice.js';
import {
  DERIVED,
  type CouplingArray,
  type CouplingType,
  type ModelArrays,
} from './model-arrays.js';

/** Dense couplings in the form in which fields are kept. */
export interface DenseRows {
  readonly type: CouplingType;
  /** J = unit · row entry */
  readonly unit: number;
  /** Whether fields are sums of integers, which never drift. */
  readonly exact: boolean;
  /** Numbers from row to row. */
  readonly stride: number;
  /** Row i receives. */
  readonly rows: CouplingArray;
  /** Column i is what a flip of spin i acts through, [i·stride + j] = J_ji; the rows where J is symmetric. */
  readonly columns: CouplingArray;
}

/** Rows other than the program's own start at multiples of this many numbers. */
export const ALIGNED = 64;
const MOST_INT16 = 2 ** 15 - 1;

/**
 * The narrowest form of N×N couplings that loses nothing. On a lattice: int8 where entries and all sums of a row fit into
 * 8 and 16 bits, int16 where entries do (their sums fit into 32), else float64. Others: float32 where every coupling is
 * a float32 number, else as they are. Fields of float32 rows are float64 nonetheless.
 */
export function denseRows(
  couplings: Float64Array,
  sites: number,
  symmetric: boolean,
  arrays: ModelArrays,
): DenseRows {
  const lattice = couplingLattice(couplings, sites);
  const type = typeOf(couplings, sites, lattice);
  const unit = lattice?.unit ?? 1;
  const entry = lattice === null ? (j: number): number => j : lattice.integerOf;
  const own = type === 'float64' && unit === 1;
  const stride = type === 'float64' ? sites : ALIGNED * Math.ceil(sites / ALIGNED);
  const name = `${type[0]!.toUpperCase()}${type.slice(1)}` as
    'Int8' | 'Int16' | 'Float32' | 'Float64';
  const make = (transposed: boolean): CouplingArray =>
    arrays.derived(
      couplings,
      DERIVED[`${transposed ? 'columns' : 'rows'}${name}`],
      type,
      sites * stride,
      (out) => {
        for (let i = 0; i < sites; i++) {
          for (let j = 0; j < sites; j++) {
            const value = entry(couplings[i * sites + j]!);
            out[transposed ? j * stride + i : i * stride + j] = value;
          }
        }
      },
    );
  const rows = own ? couplings : make(false);
  const columns = symmetric ? rows : make(true);
  return { type, unit, exact: lattice !== null, stride, rows, columns };
}

function typeOf(
  couplings: Float64Array,
  sites: number,
  lattice: ReturnType<typeof couplingLattice>,
): CouplingType {
  if (lattice === null) return couplings.every((j) => Math.fround(j) === j) ? 'float32' : 'float64';
  if (lattice.largest > MOST_INT16) return 'float64';
  if (lattice.largest > 127) return 'int16';
  for (let i = 0; i < sites; i++) {
    let sum = 0;
    for (let j = 0; j < sites; j++) sum += Math.abs(lattice.integerOf(couplings[i * sites + j]!));
    if (sum > MOST_INT16) return 'int16';
  }
  return 'int8';
}
