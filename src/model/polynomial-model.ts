import { RelaxdError } from '../core/index.js';
import { MemoryModel } from './memory-model.js';
import { differenceTable } from './polynomial-table.js';

/** Highest degree that is accepted: powers of overlaps are then still ordinary doubles near a memory. */
export const MAX_DEGREE = 200;

/** Below this size a scaled field may have lost digits to underflow, and its sign is found from logarithms. */
const UNDERFLOW = 1e-280;

/**
 * Polynomial dense memory in the unit-field convention: E = −N Σ_μ F(m_μ), F(m) = mⁿ/n (rectified: for m > 0, else 0).
 * Degree 2 is Hopfield's model with J = (1/N)Σξξ, its energy shifted by the diagonal, −P/2.
 * b_i = ½[E(s_i = −1) − E(s_i = +1)] with site i itself excluded (physics page §2.2, HZ7), from a table over the
 * integer overlap; exact zeros at ties wherever integers fit into doubles.
 */
export class PolynomialModel extends MemoryModel {
  readonly hasEnergy = true;
  readonly degree: number;
  readonly rectified: boolean;
  private readonly table: Float64Array;
  private readonly scale: number;
  private readonly exact: boolean;

  /**
   * @param patterns P × N, ±1
   * @param degree n, integer 2 … 200
   * @throws RelaxdError `wrong-size`, `pattern-values`, `program-invalid` (degree)
   */
  constructor(
    patterns: readonly Int8Array[],
    degree: number,
    options: { readonly rectified: boolean },
  ) {
    super(patterns);
    checkDegree(degree);
    this.degree = degree;
    this.rectified = options.rectified;
    const table = differenceTable(this.sites, this.memories, degree, options.rectified);
    this.table = table.values;
    this.scale = table.scale;
    this.exact = table.exact;
  }

  protected fieldAt(overlaps: Int32Array, i: number): number {
    const { memories, sites, table } = this;
    const { signs, state } = this.spins;
    const spin = state[i]!;
    const base = i * memories;
    let sum = 0;
    for (let mu = 0; mu < memories; mu++) {
      const sign = signs[base + mu]!;
      sum += sign * table[overlaps[mu]! - sign * spin + sites]!;
    }
    if (!this.exact && Math.abs(sum) < UNDERFLOW) return this.underflownField(overlaps, i);
    return sum * this.scale;
  }

  protected energyAt(overlaps: Int32Array): number {
    return -polynomialSum(overlaps, this.sites, this.degree, this.rectified);
  }

  /**
   * Far from every memory a high power underflows. The terms are then compared relative to the largest, so that the
   * sign stays right; the size, of no consequence there, is at least the smallest double.
   */
  private underflownField(overlaps: Int32Array, i: number): number {
    const { memories, sites, degree, rectified } = this;
    const { signs, state } = this.spins;
    const base = i * memories;
    let largest = 0;
    for (let mu = 0; mu < memories; mu++) {
      const y = overlaps[mu]! - signs[base + mu]! * state[i]!;
      largest = Math.max(largest, rectified ? y : Math.abs(y));
    }
    let sum = 0;
    for (let mu = 0; mu < memories; mu++) {
      const sign = signs[base + mu]!;
      sum +=
        sign * relativeDifference(overlaps[mu]! - sign * state[i]!, largest + 1, degree, rectified);
    }
    if (sum === 0) return 0;
    const size = Math.abs(sum) * ((largest + 1) / sites) ** degree * (sites / (2 * degree));
    return Math.sign(sum) * Math.max(size, Number.MIN_VALUE);
  }
}

/** F(y+1) − F(y−1) in units of `unit`ⁿ, F = yⁿ. */
function relativeDifference(y: number, unit: number, degree: number, rectified: boolean): number {
  if (rectified && y < 0) return 0;
  const above = ((y + 1) / unit) ** degree;
  const below = rectified && y < 1 ? 0 : ((y - 1) / unit) ** degree;
  return above - below;
}

/**
 * N Σ_μ F(x_μ/N), F(m) = mⁿ/n: minus the unit-field energy of integer overlaps. Summed as integers where those fit
 * into doubles, else as powers of x/N.
 */
export function polynomialSum(
  overlaps: Int32Array,
  sites: number,
  degree: number,
  rectified: boolean,
): number {
  const exact = overlaps.length * sites ** degree <= Number.MAX_SAFE_INTEGER;
  let sum = 0;
  for (const x of overlaps) {
    if (rectified && x <= 0) continue;
    sum += exact ? integerPower(x, degree) : (x / sites) ** degree;
  }
  return exact ? sum / (degree * sites ** (degree - 1)) : (sum * sites) / degree;
}

/**
 * The energy in the convention of Krotov & Hopfield, E = −Σ x_μⁿ = n N^{n−1} E_unit, exactly.
 * @param overlaps integer overlaps x_μ
 */
export function krotovHopfieldEnergy(overlaps: Int32Array, degree: number): bigint {
  let sum = 0n;
  for (const x of overlaps) sum -= BigInt(x) ** BigInt(degree);
  return sum;
}

/** Powers of integers by multiplication: exact while they fit, which `**` does not promise. */
function integerPower(x: number, degree: number): number {
  let power = 1;
  for (let k = 0; k < degree; k++) power *= x;
  return power;
}

/** @throws RelaxdError `program-invalid` unless the degree is an integer 2 … 200 */
export function checkDegree(degree: number): void {
  if (!Number.isInteger(degree) || degree < 2 || degree > MAX_DEGREE) {
    throw new RelaxdError('program-invalid', `the degree of a polynomial memory is ${degree}`, {
      path: 'couplings.interaction.degree',
      value: degree,
      limit: [2, MAX_DEGREE],
    });
  }
}
