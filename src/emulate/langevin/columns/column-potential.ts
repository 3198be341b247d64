import {
  GROUP,
  multiplyGroups,
  multiplySparse,
  pack64,
  pairTerm,
  siteTerms,
  type Engine,
  type Panels,
  type SitePotential,
  type SparseRows,
} from '../../../kernels/index.js';
import type { CouplingMatrix } from '../coupling-matrix.js';
import type { Potential } from '../potential.js';
import { KNOB } from '../protocol.js';
import { writeColumn } from './layout.js';

/** A {@link Potential} for many shots side by side, with what their clamped sites give each of them. */
export class ColumnPotential {
  readonly sites: number;
  /** Couplings among free sites. */
  readonly J: Panels<Float64Array> | SparseRows;
  /** Fields of the clamped sites, to be multiplied by the coupling factor; null where nothing is clamped. */
  readonly own: Float64Array | null;
  /** J z as of the last {@link receive}, the clamped sites' fields not included. */
  readonly field: Float64Array;
  /** Whether {@link field} is that of the present state already: an integrator that takes it at each step's end says so. */
  fieldIsPresent = false;
  private readonly local: SitePotential;
  /** Terms of the clamped sites by themselves, knob by knob for each column. */
  private readonly offsets: Float64Array;
  private readonly sums: Float64Array;
  private readonly pairs: Float64Array;
  private readonly knobCount: number;

  constructor(
    private readonly engine: Engine,
    private readonly potential: Potential,
    private readonly groups: number,
  ) {
    const { scratch } = engine;
    const { sites, drives, quadratic, quartic, fields } = potential;
    this.sites = sites;
    this.J = couplingsFor(engine, potential.coupling);
    const size = groups * sites * GROUP;
    this.own = potential.clamped.length > 0 ? scratch.float64(size) : null;
    this.field = scratch.float64(size);
    this.knobCount = KNOB.drives + drives.length;
    const placed = (values: Float64Array): Float64Array => {
      const array = scratch.float64(values.length);
      array.set(values);
      return array;
    };
    const patterns = scratch.float64(drives.length * sites);
    drives.forEach((drive, d) => patterns.set(drive, d * sites));
    this.local = {
      quadratic: placed(quadratic),
      quartic: placed(quartic),
      fields: placed(fields),
      patterns,
    };
    this.offsets = new Float64Array(groups * GROUP * this.knobCount);
    this.sums = scratch.float64(groups * (3 + drives.length) * GROUP);
    this.pairs = scratch.float64(groups * GROUP);
  }

  /** Takes what the clamped sites of a column give it from the potential, as it has just been told. */
  takeClamped(column: number): void {
    const { own, sites, potential, offsets, knobCount } = this;
    if (own !== null) writeColumn(own, sites, column, potential.clampedField);
    offsets.set(potential.offsets, column * knobCount);
  }

  /** Every term but the couplings', knob by knob for each column: O(N). */
  localTerms(z: Float64Array, terms: Float64Array, columns: number): void {
    const { engine, local, groups, sums, offsets, knobCount, potential } = this;
    siteTerms(engine, z, local, groups, sums);
    const rows = knobCount - 1;
    for (let c = 0; c < columns; c++) {
      const at = c * knobCount;
      const from = Math.floor(c / GROUP) * rows * GROUP + (c % GROUP);
      terms[at] = offsets[at]! + sums[from]!;
      terms[at + KNOB.quadratic] = potential.quadraticControlled
        ? offsets[at + KNOB.quadratic]! + sums[from + GROUP]!
        : 0;
      terms[at + KNOB.quartic] = potential.quarticControlled
        ? offsets[at + KNOB.quartic]! + sums[from + 2 * GROUP]!
        : 0;
      for (let k = KNOB.drives; k < knobCount; k++) {
        terms[at + k] = offsets[at + k]! - sums[from + (3 + k - KNOB.drives) * GROUP]!;
      }
    }
  }

  /** Takes {@link field}, O(N²), and the couplings' term of each column. */
  receive(z: Float64Array, terms: Float64Array, columns: number): void {
    const { engine, field, own, sites, groups, pairs, offsets, knobCount } = this;
    this.product(z);
    pairTerm(engine, z, field, own, sites, groups, pairs);
    for (let c = 0; c < columns; c++) {
      const at = c * knobCount + KNOB.coupling;
      terms[at] = offsets[at]! + pairs[c]!;
    }
  }

  /** {@link field} ← J z */
  product(z: Float64Array): void {
    const { engine, J, field, groups } = this;
    if (this.fieldIsPresent) return;
    if ('data' in J) multiplyGroups(engine, J, z, field, groups);
    else multiplySparse(engine, J, z, field, groups);
  }
}

function couplingsFor(
  { scratch }: Engine,
  { sites, dense, starts, columns, values }: CouplingMatrix,
): Panels<Float64Array> | SparseRows {
  if (dense !== null) return pack64(scratch, dense, sites, sites);
  const rows = {
    rows: sites,
    columns: sites,
    starts: scratch.int32(starts.length),
    columnOf: scratch.int32(columns.length),
    values: scratch.float64(values.length),
  };
  rows.starts.set(starts);
  rows.columnOf.set(columns);
  rows.values.set(values);
  return rows;
}
