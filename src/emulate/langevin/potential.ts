import type { ResolvedProgram } from '../../device/index.js';
import type { CompensatedSum } from '../../thermo/index.js';
import { CouplingMatrix } from './coupling-matrix.js';
import { KNOB, type Knobs } from './protocol.js';

/**
 * The potential of a program on its free sites z, clamped ones folded in:
 *
 * V(z) = terms[0] + Σ_k knobs[k]·terms[k] with terms[0] = Σ(q z² + r z⁴ − h z), terms[coupling] = −½ xᵀJx,
 * terms[quadratic] = Σ z², terms[quartic] = Σ z⁴ (where a control sets them, then q or r is 0 in terms[0]) and
 * terms[drives + d] = −Σ ηᵢ xᵢ. Being linear in the knobs, work is Σ Δknobs·terms, exactly.
 */
export class Potential {
  readonly sites: number;
  /** Numbers of the free sites. */
  readonly free: Int32Array;
  readonly clamped: Int32Array;
  /** Couplings among free sites. */
  readonly coupling: CouplingMatrix;
  /** Per free site; 0 where a control sets them. */
  readonly quadratic: Float64Array;
  readonly quartic: Float64Array;
  readonly fields: Float64Array;
  readonly drives: readonly Float64Array[];
  /** Σ over clamped j of Jᵢⱼ xⱼ, to be multiplied by the coupling factor. */
  readonly clampedField: Float64Array;
  /** Field that free sites receive through couplings, free and clamped, as of the last {@link receive}. */
  readonly received: Float64Array;
  readonly quadraticControlled: boolean;
  readonly quarticControlled: boolean;
  /** Terms of the clamped sites by themselves. */
  readonly offsets: Float64Array;
  private readonly all: CouplingMatrix;
  private readonly place: Int32Array;

  /**
   * @param weights one a site, what a quadratic control is multiplied by there (parts that differ from node to node);
   * null: 1. After a change of them or of the program's wells, {@link refresh}
   */
  constructor(
    private readonly program: ResolvedProgram,
    private readonly weights: Float64Array | null = null,
  ) {
    const { sites, clamped, fields, drives, controls } = program;
    const held = new Set(clamped);
    this.clamped = clamped;
    this.free = Int32Array.from({ length: sites }, (_, i) => i).filter((i) => !held.has(i));
    this.sites = this.free.length;
    this.all = CouplingMatrix.of(program.couplings, sites);
    this.coupling = this.all.among(this.free);
    this.quadraticControlled = controls.quadratic !== undefined;
    this.quarticControlled = controls.quartic !== undefined;
    const wells = program.wells!;
    const pick = (values: Float64Array): Float64Array =>
      Float64Array.from(this.free, (i) => values[i]!);
    this.quadratic = this.quadraticControlled
      ? new Float64Array(this.sites)
      : pick(wells.quadratic);
    this.quartic = this.quarticControlled ? new Float64Array(this.sites) : pick(wells.quartic);
    this.fields = pick(fields);
    this.drives = drives.map((drive) => pick(drive.pattern));
    this.clampedField = new Float64Array(this.sites);
    this.received = new Float64Array(this.sites);
    this.offsets = new Float64Array(KNOB.drives + drives.length);
    this.place = new Int32Array(sites).fill(-1);
    this.free.forEach((site, k) => (this.place[site] = k));
  }

  /** Takes quadratic wells from the program anew. */
  refresh(): void {
    if (this.quadraticControlled) return;
    const { quadratic } = this.program.wells!;
    for (let k = 0; k < this.sites; k++) this.quadratic[k] = quadratic[this.free[k]!]!;
  }

  /** What a quadratic control is multiplied by at a free site. */
  weightOf(k: number): number {
    return this.weights === null ? 1 : this.weights[this.free[k]!]!;
  }

  /** q of the free sites, a control's share included. */
  wellsAt(knobs: Knobs, out: Float64Array): void {
    const { quadratic, quadraticControlled, weights, free } = this;
    if (!quadraticControlled) {
      out.set(quadratic);
      return;
    }
    const control = knobs[KNOB.quadratic]!;
    for (let k = 0; k < out.length; k++) {
      out[k] = (weights === null ? 1 : weights[free[k]!]!) * control;
    }
  }

  /** @param values one a clamped site, in the order of the program's list */
  setClamped(values: Float64Array): void {
    const { program, clampedField, offsets, place, clamped } = this;
    const { wells, fields, drives } = program;
    clampedField.fill(0);
    offsets.fill(0);
    const valueOf = new Map<number, number>();
    clamped.forEach((site, k) => valueOf.set(site, values[k]!));
    clamped.forEach((site, k) => {
      const x = values[k]!;
      const [second, fourth] = [x * x, x ** 4];
      offsets[0]! -= fields[site]! * x;
      if (this.quadraticControlled) {
        offsets[KNOB.quadratic]! += (this.weights === null ? 1 : this.weights[site]!) * second;
      } else offsets[0]! += wells!.quadratic[site]! * second;
      if (this.quarticControlled) offsets[KNOB.quartic]! += fourth;
      else offsets[0]! += wells!.quartic[site]! * fourth;
      drives.forEach((drive, d) => (offsets[KNOB.drives + d]! -= drive.pattern[site]! * x));
      this.all.row(site, (j, J) => {
        if (place[j]! >= 0) clampedField[place[j]!]! += J * x;
        else offsets[KNOB.coupling]! -= 0.5 * J * x * valueOf.get(j)!;
      });
    });
  }

  /** Every term but the couplings', O(N). */
  localTerms(z: Float64Array, terms: Float64Array): void {
    const { quadratic, quartic, fields, drives, offsets, sites } = this;
    let fixed = 0;
    let second = 0;
    let fourth = 0;
    for (let i = 0; i < sites; i++) {
      const x = z[i]!;
      const xx = x * x;
      fixed += (quadratic[i]! + quartic[i]! * xx) * xx - fields[i]! * x;
      second += this.weights === null ? xx : this.weightOf(i) * xx;
      fourth += xx * xx;
    }
    terms[0] = offsets[0]! + fixed;
    terms[KNOB.quadratic] = this.quadraticControlled ? offsets[KNOB.quadratic]! + second : 0;
    terms[KNOB.quartic] = this.quarticControlled ? offsets[KNOB.quartic]! + fourth : 0;
    for (let d = 0; d < drives.length; d++) {
      const pattern = drives[d]!;
      let sum = 0;
      for (let i = 0; i < sites; i++) sum += pattern[i]! * z[i]!;
      terms[KNOB.drives + d] = offsets[KNOB.drives + d]! - sum;
    }
  }

  /** Takes the fields that the free sites receive, O(N²), and the couplings' term. */
  receive(z: Float64Array, terms: Float64Array): void {
    const { received, clampedField, sites } = this;
    this.coupling.product(z, received);
    let energy = 0;
    for (let i = 0; i < sites; i++) {
      energy -= z[i]! * (0.5 * received[i]! + clampedField[i]!);
      received[i]! += clampedField[i]!;
    }
    terms[KNOB.coupling] = this.offsets[KNOB.coupling]! + energy;
  }

  /** Force of the linear terms that all shots have: h + Σ A_d η_d. */
  sharedForce(knobs: Knobs, out: Float64Array): void {
    const { fields, drives, sites } = this;
    out.set(fields);
    for (let d = 0; d < drives.length; d++) {
      const pattern = drives[d]!;
      const A = knobs[KNOB.drives + d]!;
      for (let i = 0; i < sites; i++) out[i]! += A * pattern[i]!;
    }
  }

  /** V − ∂V: force of the linear terms that do not depend on z: h + Σ A_d η_d + c·(clamped). */
  constantForce(knobs: Knobs, out: Float64Array): void {
    const { fields, clampedField, drives, sites } = this;
    const c = knobs[KNOB.coupling]!;
    for (let i = 0; i < sites; i++) out[i] = fields[i]! + c * clampedField[i]!;
    for (let d = 0; d < drives.length; d++) {
      const A = knobs[KNOB.drives + d]!;
      if (A === 0) continue;
      const pattern = drives[d]!;
      for (let i = 0; i < sites; i++) out[i]! += A * pattern[i]!;
    }
  }
}

/** V from its terms. */
export function energyOf(terms: Float64Array, knobs: Knobs): number {
  let energy = terms[0]!;
  for (let k = 1; k < terms.length; k++) energy += knobs[k]! * terms[k]!;
  return energy;
}

/** Adds V(x, to) − V(x, from) at one state. */
export function addWork(sum: CompensatedSum, terms: Float64Array, from: Knobs, to: Knobs): void {
  let work = 0;
  for (let k = 1; k < terms.length; k++) work += (to[k]! - from[k]!) * terms[k]!;
  sum.add(work);
}

/** The share of {@link addWork} that the drives' amplitudes have; the rest is the controls'. */
export function driveWork(terms: Float64Array, at: number, from: Knobs, to: Knobs): number {
  let work = 0;
  for (let k = KNOB.drives; k < from.length; k++) work += (to[k]! - from[k]!) * terms[at + k]!;
  return work;
}

/**
 * V of a whole state from the program alone, pair by pair: independent of {@link Potential}, so that the two ends of
 * the ledger's ΔE are checked against what was added up on the way.
 *
 * @param x all N sites
 * @param weights as of {@link Potential}
 */
export function energyFromScratch(
  program: ResolvedProgram,
  x: Float64Array,
  knobs: Knobs,
  weights: Float64Array | null = null,
): number {
  const { sites, couplings, fields, drives, controls } = program;
  const wells = program.wells!;
  let pairs = 0;
  if (couplings.kind === 'dense') {
    for (let i = 0; i < sites; i++) {
      for (let j = 0; j < sites; j++) pairs += couplings.data[i * sites + j]! * x[i]! * x[j]!;
    }
    pairs /= 2;
  } else if (couplings.kind === 'coo') {
    const { entries } = couplings;
    for (let k = 0; k < entries.length; k += 3) {
      pairs += entries[k + 2]! * x[entries[k]!]! * x[entries[k + 1]!]!;
    }
  }
  let energy = -knobs[KNOB.coupling]! * pairs;
  for (let i = 0; i < sites; i++) {
    const q =
      controls.quadratic === undefined
        ? wells.quadratic[i]!
        : (weights === null ? 1 : weights[i]!) * knobs[KNOB.quadratic]!;
    const r = controls.quartic === undefined ? wells.quartic[i]! : knobs[KNOB.quartic]!;
    const xx = x[i]! * x[i]!;
    let field = fields[i]!;
    for (let d = 0; d < drives.length; d++) {
      field += knobs[KNOB.drives + d]! * drives[d]!.pattern[i]!;
    }
    energy += q * xx + r * xx * xx - field * x[i]!;
  }
  return energy;
}
