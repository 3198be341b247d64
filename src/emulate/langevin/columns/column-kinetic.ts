import { GROUP, siteHeats, siteTerms, type Engine } from '../../../kernels/index.js';
import { groupsOf } from './layout.js';

/** Kinetic energies ½Σv² (mass 1) of shots side by side: what a quadratic well of ½ would have at v. */
export class ColumnKinetic {
  private readonly now: Float64Array;
  private readonly earlier: Float64Array;
  private readonly before: Float64Array;
  private readonly sums: Float64Array;
  private readonly none: Float64Array;
  private readonly half: Float64Array;
  private readonly groups: number;

  /** @param v velocities of the free sites, groups × sites × 16 */
  constructor(
    private readonly engine: Engine,
    private readonly v: Float64Array,
    sites: number,
    columns: number,
  ) {
    const { scratch } = engine;
    this.groups = groupsOf(columns);
    this.now = new Float64Array(columns);
    this.earlier = new Float64Array(columns);
    this.before = scratch.float64(v.length);
    this.sums = scratch.float64(this.groups * 3 * GROUP);
    this.none = scratch.float64(sites);
    this.half = scratch.float64(sites).fill(0.5);
  }

  /** Takes the energies of the present velocities; what they were is kept until the next time. */
  take(columns: number): void {
    const { engine, v, groups, sums, none, half, now, earlier } = this;
    earlier.set(now);
    const wells = { quadratic: half, quartic: none, fields: none, patterns: none.subarray(0, 0) };
    siteTerms(engine, v, wells, groups, sums);
    for (let c = 0; c < columns; c++) {
      now[c] = sums[Math.floor(c / GROUP) * 3 * GROUP + (c % GROUP)]!;
    }
  }

  at(column: number): number {
    return this.now[column]!;
  }

  /** What a column has lost between the last two times. */
  released(column: number): number {
    return this.earlier[column]! - this.now[column]!;
  }

  /** Velocities from which {@link shareHeat} counts. */
  remember(): void {
    this.before.set(this.v);
  }

  /** Adds −Δ(½v²) of each site since {@link remember} to its bath's sum, groups × baths × 16. */
  shareHeat(siteBath: Int32Array, baths: number, sums: Float64Array): void {
    const { engine, v, before, none, half, groups } = this;
    siteHeats(
      engine,
      { z: v, field: v },
      { z: before, field: before },
      null,
      { constant: none, quadratic: half, quartic: none },
      siteBath,
      0,
      baths,
      groups,
      sums,
    );
  }
}
