import type { RandomStream } from '../../../core/index.js';
import {
  descend,
  DescentArrays,
  leastSite,
  unstableSites,
  type DescentRows,
  type Engine,
} from '../../../kernels/index.js';
import { PairwiseModel, SparseModel, type SpinModel } from '../../../model/index.js';
import { KernelMemories } from '../../spin/kernel-memories.js';
import type { CavitySystem } from '../cavity-model.js';

/** Sites that descents read in about 20 ms on the slowest of the compiled engines. */
const SITES_A_CALL = 1 << 22;
const MOST_FLIPS = 4096;
/** Kernels read and write this far beyond the last site. */
const PADDING = 16;

/** Told of each flip, in order, when it has happened: the site, its spin and its coupling field before. */
export type OnFlip = (site: number, spin: number, field: number) => void;

/**
 * Flips of unstable spins on an engine's kernels, which look at all sites for every flip. A flip costs twice the spin's
 * margin s_i b_i, with atoms that move at frozen displacements. States are the model's own.
 */
export abstract class SiteScan {
  protected readonly arrays: DescentArrays;
  /** How many unstable sites are listed; −1: the list is of the past. */
  protected listed = -1;

  /**
   * @param free sites that may flip
   * @param unit of fields
   */
  protected constructor(
    protected readonly engine: Engine,
    { model, plasticity }: CavitySystem,
    free: Int32Array,
    state: Int8Array,
    fields: Int16Array | Int32Array | Float64Array,
    rows: DescentRows,
    protected readonly unit: number,
  ) {
    const { sites } = model;
    const most = Math.max(1, Math.min(MOST_FLIPS, Math.floor(SITES_A_CALL / sites)));
    const { scratch } = engine;
    this.arrays = new DescentArrays(scratch, sites, state, fields, rows, unit, most, plasticity);
    const { barriers } = this.arrays;
    barriers.fill(Infinity);
    for (let k = 0; k < free.length; k++) barriers[free[k]!] = plasticity?.self[free[k]!] ?? 0;
  }

  static of(engine: Engine, system: CavitySystem, free: Int32Array): SiteScan {
    const { model } = system;
    return model instanceof PairwiseModel || model instanceof SparseModel
      ? new KeptFields(engine, system, free, model)
      : new TakenFields(engine, system, free);
  }

  /** The model has another state. @param rest margins down to minus this count as none */
  begin(rest: number): void {
    this.arrays.rest = rest;
    this.listed = -1;
  }

  /** Takes other external fields. */
  retune(external: Float64Array): void {
    this.arrays.external.set(external);
    this.listed = -1;
  }

  /**
   * Flips the spin of the least margin, the lowest index at a tie, again and again.
   * @returns how many flips there were: less than `most` where all spins are stable then
   */
  abstract descend(most: number, onFlip: OnFlip): number;

  /** The same for spins that are chosen uniformly among the unstable ones. */
  wander(most: number, stream: RandomStream, onFlip: OnFlip): number {
    const { engine, arrays } = this;
    for (let flips = 0; flips < most; flips++) {
      if (this.listed < 0) this.listed = unstableSites(engine, arrays, -1);
      if (this.listed === 0) return flips;
      this.flip(arrays.sitesOut[stream.integer(this.listed)]!, onFlip);
    }
    return most;
  }

  protected abstract flip(site: number, onFlip: OnFlip): void;
}

/** Pairwise couplings: fields are the model's, which the kernel keeps up to date with a row a flip. */
class KeptFields extends SiteScan {
  /** Spins before the flips that are being told of. */
  private readonly signs: Int8Array;

  constructor(
    engine: Engine,
    private readonly system: CavitySystem,
    free: Int32Array,
    private readonly model: PairwiseModel | SparseModel,
  ) {
    super(engine, system, free, model.state, model.fields, rowsOf(model), model.unit);
    this.signs = new Int8Array(model.sites);
  }

  override begin(rest: number): void {
    super.begin(rest);
    this.signs.set(this.model.state);
  }

  override descend(most: number, onFlip: OnFlip): number {
    const { engine, arrays, model, unit } = this;
    for (let flips = 0; flips < most;) {
      const asked = Math.min(most - flips, arrays.most, model.mostFlips - model.flips);
      const count = descend(engine, arrays, asked);
      for (let k = 0; k < count; k++) {
        this.tell(arrays.sitesOut[k]!, arrays.fieldsOut[k]! * unit, onFlip);
      }
      if (count > 0) this.listed = -1;
      flips += count;
      this.count(count);
      if (count < asked) return flips;
    }
    return most;
  }

  protected override flip(site: number, onFlip: OnFlip): void {
    const field = this.arrays.fields[site]! * this.unit;
    this.listed = unstableSites(this.engine, this.arrays, site);
    this.tell(site, field, onFlip);
    this.count(1);
  }

  private tell(site: number, field: number, onFlip: OnFlip): void {
    const spin = this.signs[site]!;
    this.signs[site] = -spin;
    this.system.plasticity?.noteFlip(site);
    onFlip(site, spin, field);
  }

  private count(flips: number): void {
    const { model } = this;
    model.flips += flips;
    if (!model.isStale) return;
    model.refresh();
    this.listed = -1;
  }
}

/** Memories: fields are summed by the model after every flip. */
class TakenFields extends SiteScan {
  private readonly model: SpinModel;

  constructor(
    engine: Engine,
    system: CavitySystem,
    private readonly free: Int32Array,
  ) {
    const { model } = system;
    const { scratch } = engine;
    const state =
      model instanceof KernelMemories ? model.state : scratch.int8(model.sites + PADDING);
    const fields = scratch.float64(model.sites + PADDING);
    super(engine, system, free, state, fields, { kind: 'none' }, 1);
    this.model = model;
  }

  override begin(rest: number): void {
    super.begin(rest);
    this.take();
  }

  override descend(most: number, onFlip: OnFlip): number {
    for (let flips = 0; flips < most; flips++) {
      const site = leastSite(this.engine, this.arrays);
      if (site < 0) return flips;
      this.flip(site, onFlip);
    }
    return most;
  }

  protected override flip(site: number, onFlip: OnFlip): void {
    const { model, arrays } = this;
    const spin = model.state[site]!;
    const field = arrays.fields[site]!;
    model.flip(site);
    this.take();
    onFlip(site, spin, field);
  }

  private take(): void {
    const { model, arrays, free } = this;
    const fields = arrays.fields as Float64Array;
    this.listed = -1;
    if (model instanceof KernelMemories) {
      model.allFields(fields);
      return;
    }
    arrays.state.set(model.state);
    for (let k = 0; k < free.length; k++) fields[free[k]!] = model.field(free[k]!);
  }
}

function rowsOf(model: PairwiseModel | SparseModel): DescentRows {
  if (model instanceof PairwiseModel) {
    const { columns, stride } = model.dense;
    return { kind: 'dense', rows: columns, stride };
  }
  const { starts, neighbours, couplings } = model;
  return { kind: 'sparse', starts, neighbours, rows: couplings };
}
