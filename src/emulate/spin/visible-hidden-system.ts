import { visibleSites, type ResolvedProgram } from '../../device/index.js';
import { SparseModel, type ModelArrays } from '../../model/index.js';
import { gibbsProbabilities, MOST_ENUMERATED, StateSampler } from './gibbs-table.js';
import { hiddenFreeEnergy, hiddenUnits, type HiddenUnit } from './hidden-unit.js';
import type { Protocol } from './protocol.js';

/** Fields on hidden sites are summed afresh after this many flips, so that rounding cannot add up. */
export const FLIPS_PER_REFRESH = 1 << 20;

/** Couplings between one kind of site and another, in compressed rows. */
interface Rows {
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly couplings: Float64Array;
}

/**
 * Visible spins and hidden units in one energy, E(σ, f) = −½ Σ J σσ − Σ h σ + Σ V(f_μ) − Σ f_μ (x_μ + h_μ) with
 * x_μ = Σ_i J_iμ σ_i (physics page §2.8). Hidden units are not coupled to each other. Fields x on hidden sites are kept
 * up to date at each flip; the hidden part of a visible field is summed when it is asked for.
 */
export class VisibleHiddenSystem {
  readonly sites: number;
  readonly hasEnergy = true;
  /** Values of all sites: ±1, 0 or 1 of one-hot sites, whole numbers of Poisson ones, any of Gaussian ones. */
  readonly state: Int8Array | Float64Array;
  /** Whether some values are no signs and no zeros. */
  readonly wide: boolean;
  readonly visible: Int32Array;
  /** Visible sites that are not clamped, growing. */
  readonly free: Int32Array;
  readonly units: readonly HiddenUnit[];
  readonly patterns: readonly Float64Array[];
  /** Σ_i η_di s_i over all sites, kept up to date. */
  readonly projections: Float64Array;
  readonly fields: Float64Array;
  /** Couplings among visible sites, by their place in `visible`. */
  readonly model: SparseModel;
  /** [site] its place among the visible ones; −1 of hidden ones. */
  readonly place: Int32Array;
  /** Rows of visible sites list hidden ones, and the other way round. */
  readonly partners: Rows;
  /** [site] x of hidden sites. */
  readonly x: Float64Array;
  private readonly scratch: Float64Array;
  private flips = 0;

  /** @param arrays where arrays that change are to be, for kernels; then values are numbers of 64 bits */
  constructor(
    program: ResolvedProgram,
    readonly protocol: Protocol,
    arrays: ModelArrays | null = null,
  ) {
    const { sites } = program;
    this.sites = sites;
    this.visible = visibleSites(program);
    this.place = new Int32Array(sites).fill(-1);
    this.visible.forEach((site, k) => (this.place[site] = k));
    const held = new Set(program.clamped);
    this.free = this.visible.filter((site) => !held.has(site));
    this.units = hiddenUnits(program);
    this.wide = this.units.some(({ prior }) => prior === 'gaussian' || prior === 'poisson');
    const doubles = (length: number): Float64Array =>
      arrays === null ? new Float64Array(length) : arrays.float64(length);
    this.state = this.wide || arrays !== null ? doubles(sites) : new Int8Array(sites);
    this.fields = program.fields;
    this.patterns = program.drives.map((drive) => drive.pattern);
    this.projections = doubles(this.patterns.length);
    const entries = amongVisible(program, this.place);
    this.model = new SparseModel(this.visible.length, entries, arrays ?? undefined);
    this.partners = betweenRows(program, this.place);
    this.x = doubles(sites);
    this.scratch = new Float64Array(Math.max(1, ...this.units.map(({ count }) => count)));
  }

  /** Takes values of all sites (copied) and computes every cache from scratch. */
  reset(values: ArrayLike<number>): void {
    for (let i = 0; i < this.sites; i++) this.state[i] = values[i]!;
    this.model.reset(Int8Array.from(this.visible, (site) => this.state[site]!));
    this.refresh();
    for (let d = 0; d < this.patterns.length; d++) {
      this.projections[d] = dot(this.patterns[d]!, this.state);
    }
  }

  /** Field on a visible site: the couplings at their present scale, h and drives. */
  visibleField(site: number): number {
    return this.protocol.coupling * this.couplingField(site) + this.externalField(site);
  }

  /** Field of the couplings, at scale 1, on a site. */
  couplingField(site: number): number {
    if (this.place[site]! < 0) return this.x[site]!;
    const { starts, ends, couplings } = this.partners;
    let sum = this.model.field(this.place[site]!);
    const stop = starts[site + 1]!;
    for (let k = starts[site]!; k < stop; k++) sum += couplings[k]! * this.state[ends[k]!]!;
    return sum;
  }

  /** Field b on a hidden site. */
  hiddenField(site: number): number {
    return this.protocol.coupling * this.x[site]! + this.externalField(site);
  }

  /** Fields on the sites of a unit; the same array each time. */
  unitFields(unit: HiddenUnit): Float64Array {
    for (let k = 0; k < unit.count; k++) this.scratch[k] = this.hiddenField(unit.first + k);
    return this.scratch;
  }

  /** Change of the coupling energy at scale 1 if a visible site flipped. */
  flipCouplingChange(site: number): number {
    return 2 * this.state[site]! * this.couplingField(site);
  }

  flip(site: number): void {
    const { state, x, patterns, projections } = this;
    this.model.flip(this.place[site]!);
    const twice = -2 * state[site]!;
    state[site] = -state[site]!;
    const { starts, ends, couplings } = this.partners;
    const stop = starts[site + 1]!;
    for (let k = starts[site]!; k < stop; k++) {
      x[ends[k]!] = x[ends[k]!]! + twice * couplings[k]!;
    }
    for (let d = 0; d < patterns.length; d++) {
      projections[d] = projections[d]! + twice * patterns[d]![site]!;
    }
    if (++this.flips >= FLIPS_PER_REFRESH) this.refresh();
  }

  /** Change of the energy if a unit took other values; its own part and its couplings. */
  unitChange(unit: HiddenUnit, values: ArrayLike<number>): number {
    let change = 0;
    for (let k = 0; k < unit.count; k++) {
      const old = this.state[unit.first + k]!;
      const next = values[k]!;
      if (next === old) continue;
      change -= this.hiddenField(unit.first + k) * (next - old);
      if (unit.prior === 'gaussian') change += unit.quadratic * (next - old) * (next + old);
    }
    return change;
  }

  /** Change of the coupling energy at scale 1 if a unit took other values. */
  unitCouplingChange(unit: HiddenUnit, values: ArrayLike<number>): number {
    let change = 0;
    for (let k = 0; k < unit.count; k++) {
      change -= this.x[unit.first + k]! * (values[k]! - this.state[unit.first + k]!);
    }
    return change;
  }

  setUnit(unit: HiddenUnit, values: ArrayLike<number>): void {
    const { state, patterns, projections } = this;
    for (let k = 0; k < unit.count; k++) {
      const site = unit.first + k;
      const change = values[k]! - state[site]!;
      if (change === 0) continue;
      state[site] = values[k]!;
      for (let d = 0; d < patterns.length; d++) {
        projections[d] = projections[d]! + change * patterns[d]![site]!;
      }
    }
  }

  /** Energy of all couplings at scale 1, from scratch. */
  couplingEnergy(): number {
    let energy = this.model.energy();
    for (const { first, count } of this.units) {
      for (let site = first; site < first + count; site++) {
        energy -= this.state[site]! * this.overlapOf(site);
      }
    }
    return energy;
  }

  /** Total energy, from scratch. */
  totalEnergy(): number {
    const { state, patterns } = this;
    let energy = this.protocol.coupling * this.couplingEnergy() - dot(this.fields, state);
    for (let d = 0; d < patterns.length; d++) {
      energy -= this.protocol.amplitudes[d]! * dot(patterns[d]!, state);
    }
    return energy + this.wellEnergy();
  }

  /** What Gaussian sites have of their own, Σ q f², from scratch. */
  wellEnergy(): number {
    let energy = 0;
    for (const unit of this.units) {
      if (unit.prior === 'gaussian') energy += unit.quadratic * this.state[unit.first]! ** 2;
    }
    return energy;
  }

  /** Draws codes of the free visible sites (bit k set: free site k is +1) from the law that hidden units leave them. */
  visibleSampler(temperature: number): StateSampler {
    return new StateSampler(gibbsProbabilities(this.marginalEnergies(temperature), temperature));
  }

  /**
   * Energy −T ln ∫ df e^{−βE(σ, f)} of every state of the free visible sites, by code; clamped ones stay as they are.
   * @throws RangeError above 16 free visible sites
   */
  marginalEnergies(temperature: number): Float64Array {
    const { free, visible, patterns, protocol, units } = this;
    if (free.length > MOST_ENUMERATED) throw new RangeError(`2^${free.length} states`);
    const energies = new Float64Array(2 ** free.length);
    for (let code = 0; code < energies.length; code++) {
      this.setCode(code);
      let energy = protocol.coupling * this.model.energy();
      for (const site of visible) {
        energy -= this.fields[site]! * this.state[site]!;
        patterns.forEach((pattern, d) => {
          energy -= protocol.amplitudes[d]! * pattern[site]! * this.state[site]!;
        });
      }
      for (const unit of units) {
        energy -= hiddenFreeEnergy(unit, this.unitFields(unit), temperature);
      }
      energies[code] = energy;
    }
    return energies;
  }

  /** Puts the free visible sites into the state of a code; hidden ones keep their values. */
  setCode(code: number): void {
    const { free, state } = this;
    for (let k = 0; k < free.length; k++) state[free[k]!] = (code >>> k) & 1 ? 1 : -1;
    this.reset(state.slice());
  }

  private externalField(site: number): number {
    let field = this.fields[site]!;
    const { patterns } = this;
    const { amplitudes } = this.protocol;
    for (let d = 0; d < patterns.length; d++) field += amplitudes[d]! * patterns[d]![site]!;
    return field;
  }

  /** x of a hidden site from scratch. */
  private overlapOf(site: number): number {
    const { starts, ends, couplings } = this.partners;
    let sum = 0;
    for (let k = starts[site]!; k < starts[site + 1]!; k++) {
      sum += couplings[k]! * this.state[ends[k]!]!;
    }
    return sum;
  }

  /** Computes all fields of couplings from the values. */
  refreshAll(): void {
    this.model.refresh();
    this.refresh();
  }

  private refresh(): void {
    for (const { first, count } of this.units) {
      for (let site = first; site < first + count; site++) this.x[site] = this.overlapOf(site);
    }
    this.flips = 0;
  }
}

/** Calls back with every coupling that is not zero, each pair once. */
function eachCoupling(
  { couplings, sites }: ResolvedProgram,
  visit: (i: number, j: number, J: number) => void,
): void {
  if (couplings.kind === 'coo') {
    const { entries } = couplings;
    for (let k = 0; k < entries.length; k += 3) {
      if (entries[k + 2] !== 0) visit(entries[k]!, entries[k + 1]!, entries[k + 2]!);
    }
  } else if (couplings.kind === 'dense') {
    for (let i = 0; i < sites; i++) {
      for (let j = 0; j < i; j++) {
        const J = couplings.data[i * sites + j]!;
        if (J !== 0) visit(i, j, J);
      }
    }
  }
}

/** Entries of the couplings among visible sites, by their places. */
function amongVisible(program: ResolvedProgram, place: Int32Array): Float64Array {
  let count = 0;
  eachCoupling(program, (i, j) => {
    if (place[i]! >= 0 && place[j]! >= 0) count++;
  });
  const entries = new Float64Array(3 * count);
  let at = 0;
  eachCoupling(program, (i, j, J) => {
    if (place[i]! < 0 || place[j]! < 0) return;
    entries[at++] = place[i]!;
    entries[at++] = place[j]!;
    entries[at++] = J;
  });
  return entries;
}

/** Couplings between a visible and a hidden site, each in the row of either end. */
function betweenRows(program: ResolvedProgram, place: Int32Array): Rows {
  const { sites } = program;
  const across = (visit: (i: number, j: number, J: number) => void): void =>
    eachCoupling(program, (i, j, J) => {
      if (place[i]! >= 0 !== place[j]! >= 0) visit(i, j, J);
    });
  const starts = new Int32Array(sites + 1);
  across((i, j) => {
    starts[i + 1] = starts[i + 1]! + 1;
    starts[j + 1] = starts[j + 1]! + 1;
  });
  for (let i = 0; i < sites; i++) starts[i + 1] = starts[i + 1]! + starts[i]!;
  const cursor = starts.slice(0, sites);
  const ends = new Int32Array(starts[sites]!);
  const couplings = new Float64Array(starts[sites]!);
  const note = (row: number, end: number, J: number): void => {
    const at = cursor[row]!;
    ends[at] = end;
    couplings[at] = J;
    cursor[row] = at + 1;
  };
  across((i, j, J) => {
    note(i, j, J);
    note(j, i, J);
  });
  return { starts, ends, couplings };
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
