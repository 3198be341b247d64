import { GROUP, siteHeats, type Engine } from '../../../kernels/index.js';
import type { ShotLedger } from '../../../thermo/index.js';
import { KNOB, type Knobs } from '../protocol.js';
import { driveWork, type Potential } from '../potential.js';
import type { ColumnKinetic } from './column-kinetic.js';
import type { ColumnPotential } from './column-potential.js';
import { CompensatedSums } from './compensated-sums.js';

/**
 * The ledgers of shots side by side: what `CircuitAccount` is to one. Knobs move at a fixed state (work, Σ Δknobs·terms), the
 * state moves at fixed knobs (heat, the potential's decrease). Several baths share the heat site by site, as `SiteHeats` says.
 */
export class ColumnAccount {
  readonly work: CompensatedSums;
  private readonly driveWork: CompensatedSums;
  readonly heat: CompensatedSums;
  private readonly entropy: CompensatedSums;
  private readonly terms: Float64Array;
  private readonly earlier: Float64Array;
  private readonly siteHeats: ColumnSiteHeats | null;

  /** Shots that count. */
  private columns = 0;

  /**
   * @param columns shots, at most
   * @param kinetic of the velocities; null: sites have none
   */
  constructor(
    engine: Engine,
    private readonly potential: ColumnPotential,
    scalar: Potential,
    columns: number,
    private readonly knobCount: number,
    baths: { readonly siteBath: Int32Array; readonly temperatures: readonly number[] } | null,
    private readonly kinetic: ColumnKinetic | null = null,
  ) {
    this.work = new CompensatedSums(columns);
    this.driveWork = new CompensatedSums(columns);
    this.heat = new CompensatedSums(columns);
    this.entropy = new CompensatedSums(columns);
    this.terms = new Float64Array(columns * knobCount);
    this.earlier = new Float64Array(columns * knobCount);
    this.siteHeats =
      baths === null ? null : new ColumnSiteHeats(engine, potential, scalar, baths, kinetic);
  }

  /** Starts shots at their states. */
  begin(z: Float64Array, shots: number): void {
    this.columns = shots;
    this.work.reset();
    this.driveWork.reset();
    this.heat.reset();
    this.entropy.reset();
    this.takeTerms(z);
    this.siteHeats?.begin(z);
  }

  /** Column whose energy is not a number, or −1. */
  get diverged(): number {
    const { terms, columns, knobCount, kinetic } = this;
    for (let c = 0; kinetic !== null && c < columns; c++) {
      if (!Number.isFinite(kinetic.at(c))) return c;
    }
    for (let k = 0; k < columns * knobCount; k++) {
      if (!Number.isFinite(terms[k]!)) return Math.floor(k / knobCount);
    }
    return -1;
  }

  /** Energy of a column's state as last accounted. */
  energy(column: number, knobs: Knobs): number {
    const potential = energyOf(this.terms, column * this.knobCount, knobs);
    return this.kinetic === null ? potential : potential + this.kinetic.at(column);
  }

  /** The knobs move at the states that were last accounted. */
  turn(from: Knobs, to: Knobs): void {
    if (from === to) return;
    const { terms, knobCount, columns, work } = this;
    for (let c = 0; c < columns; c++) {
      let sum = 0;
      for (let k = 1; k < knobCount; k++) sum += (to[k]! - from[k]!) * terms[c * knobCount + k]!;
      work.add(c, sum);
      if (knobCount > KNOB.drives) {
        this.driveWork.add(c, driveWork(terms, c * knobCount, from, to));
      }
    }
  }

  /** The states have moved at these knobs, couplings' term included. */
  move(z: Float64Array, knobs: Knobs): void {
    this.earlier.set(this.terms);
    this.takeTerms(z);
    this.book(knobs, this.kinetic);
    this.siteHeats?.move(z, knobs);
  }

  /** The states have moved at these knobs: the baths' shares only; the energy's decrease is left for {@link move}. */
  shareHeat(z: Float64Array, knobs: Knobs): void {
    this.potential.product(z);
    this.siteHeats?.move(z, knobs);
  }

  /** The states have moved; the couplings' term is left for {@link settleCouplings}. */
  moveLocal(z: Float64Array, knobs: Knobs): void {
    this.earlier.set(this.terms);
    this.potential.localTerms(z, this.terms, this.columns);
    this.kinetic?.take(this.columns);
    this.book(knobs, this.kinetic);
  }

  /** The couplings' term since it was last taken, all at one coupling factor. */
  settleCouplings(z: Float64Array, knobs: Knobs): void {
    this.earlier.set(this.terms);
    this.potential.receive(z, this.terms, this.columns);
    this.book(knobs, null);
  }

  /** @param energyChange both ends computed from scratch */
  close(column: number, energyChange: number, entropyDefined: boolean): ShotLedger {
    const heat = this.heat.at(column);
    const bathHeat = this.siteHeats?.heats(column) ?? [heat];
    const entropy = this.siteHeats?.entropy(column) ?? this.entropy.at(column);
    return {
      work: this.work.at(column),
      driveWork: this.driveWork.at(column),
      controlWork: this.work.at(column) - this.driveWork.at(column),
      heat,
      bathHeat,
      energyChange,
      mediumEntropy: entropyDefined ? entropy : NaN,
    };
  }

  private takeTerms(z: Float64Array): void {
    this.potential.localTerms(z, this.terms, this.columns);
    this.potential.receive(z, this.terms, this.columns);
    this.kinetic?.take(this.columns);
  }

  /** @param kinetic whose decrease belongs to it */
  private book(knobs: Knobs, kinetic: ColumnKinetic | null): void {
    const { earlier, terms, knobCount, columns, heat, entropy, siteHeats: many } = this;
    const T = knobs[KNOB.temperature]!;
    for (let c = 0; c < columns; c++) {
      const at = c * knobCount;
      let before = earlier[at]!;
      let after = terms[at]!;
      for (let k = 1; k < knobCount; k++) {
        before += knobs[k]! * earlier[at + k]!;
        after += knobs[k]! * terms[at + k]!;
      }
      let released = before - after;
      if (kinetic !== null) released += kinetic.released(c);
      heat.add(c, released);
      if (many === null) entropy.add(c, released / T);
    }
  }
}

/** V from the terms of one column. */
function energyOf(terms: Float64Array, at: number, knobs: Knobs): number {
  let energy = terms[at]!;
  for (let k = 1; k < knobs.length; k++) energy += knobs[k]! * terms[at + k]!;
  return energy;
}

/** Heat by bath, velocities' included, with the field that the potential has received at each step's end. */
class ColumnSiteHeats {
  private readonly sums: Float64Array;
  private readonly before: { readonly z: Float64Array; readonly field: Float64Array };
  private readonly wells: {
    readonly constant: Float64Array;
    readonly quadratic: Float64Array;
    readonly quartic: Float64Array;
  };
  private readonly siteBath: Int32Array;
  private readonly temperatures: readonly number[];
  private readonly groups: number;

  constructor(
    private readonly engine: Engine,
    private readonly potential: ColumnPotential,
    private readonly scalar: Potential,
    baths: { readonly siteBath: Int32Array; readonly temperatures: readonly number[] },
    private readonly kinetic: ColumnKinetic | null,
  ) {
    const { siteBath, temperatures } = baths;
    this.temperatures = temperatures;
    const { scratch } = engine;
    const { sites, field } = potential;
    this.groups = field.length / (sites * GROUP);
    this.sums = scratch.float64(this.groups * temperatures.length * GROUP);
    this.before = { z: scratch.float64(field.length), field: scratch.float64(field.length) };
    this.wells = {
      constant: scratch.float64(sites),
      quadratic: scratch.float64(sites),
      quartic: scratch.float64(sites),
    };
    this.siteBath = scratch.int32(sites);
    this.siteBath.set(siteBath);
  }

  begin(z: Float64Array): void {
    this.sums.fill(0);
    this.remember(z);
  }

  /** The states have moved at these knobs, and the potential has received their couplings. */
  move(z: Float64Array, knobs: Knobs): void {
    const { engine, potential, scalar, before, wells, siteBath, temperatures, groups, sums } = this;
    const { fields, drives, quadratic, quartic } = scalar;
    wells.constant.set(fields);
    for (let d = 0; d < drives.length; d++) {
      const A = knobs[KNOB.drives + d]!;
      for (let i = 0; i < fields.length; i++) wells.constant[i]! += A * drives[d]![i]!;
    }
    for (let i = 0; i < fields.length; i++) {
      wells.quadratic[i] = quadratic[i]! + knobs[KNOB.quadratic]!;
      wells.quartic[i] = quartic[i]! + knobs[KNOB.quartic]!;
    }
    siteHeats(
      engine,
      { z, field: potential.field },
      before,
      potential.own,
      wells,
      siteBath,
      knobs[KNOB.coupling]!,
      temperatures.length,
      groups,
      sums,
    );
    this.kinetic?.shareHeat(siteBath, temperatures.length, sums);
    this.remember(z);
  }

  /** Q of each bath. */
  heats(column: number): number[] {
    const baths = this.temperatures.length;
    const first = Math.floor(column / GROUP) * baths * GROUP + (column % GROUP);
    return this.temperatures.map((_, b) => this.sums[first + b * GROUP]!);
  }

  /** Σ Q/T. */
  entropy(column: number): number {
    return this.heats(column).reduce((sum, heat, b) => sum + heat / this.temperatures[b]!, 0);
  }

  private remember(z: Float64Array): void {
    this.before.z.set(z);
    this.before.field.set(this.potential.field);
    this.kinetic?.remember();
  }
}
