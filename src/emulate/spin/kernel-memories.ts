import type { MemoryCouplings } from '../../device/index.js';
import {
  countOverlaps,
  createMemoryBlock,
  flipMemories,
  memoryField,
  memoryFields,
  memoryLogField,
  resetMemories,
  type Engine,
  type FlippingModel,
  type MemoryBlock,
} from '../../kernels/index.js';
import { exponentialSumSign, memoryEnergy, type SpinModel } from '../../model/index.js';
import { memoryLayoutOf } from './memory-layout-of.js';

const LOGARITHM = { kind: 'log-sum-exp', beta: 1 } as const;

/** Compiled kernels count overlaps afresh in the time of flips of this part of the spins at most, 1/FLIPS_A_COUNT. */
const FLIPS_A_COUNT = 64;

/** Energies and fields of −ln Σ eˣ, which stands for −Σ eˣ in accounts (physics page, HZ4). */
export interface LogarithmicEnergy {
  readonly logField: (i: number) => number;
  readonly logEnergy: () => number;
}

/**
 * Memories on an engine's kernels: signs in bits, fields by masked sums over them, overlaps counted by population counts.
 * What it computes is what the memory models of src/model compute; where sums of a kind are exact, bit for bit.
 */
export class KernelMemories implements SpinModel, FlippingModel {
  readonly sites: number;
  readonly memories: number;
  readonly hasEnergy: boolean;
  readonly state: Int8Array;
  readonly overlaps: Int32Array;
  readonly unit = 1;
  /** Nothing is accumulated but integers. */
  readonly isStale = false;
  readonly block: MemoryBlock;
  private readonly counted: Int32Array;
  /** For exponential memories: energies are those of the logarithm. */
  readonly logarithm: LogarithmicEnergy | null;
  /** Where the heat of a flip is not that of its cost. */
  readonly rawEnergyField?: (i: number) => number;
  private readonly energyOf: (overlaps: Int32Array) => number;

  private constructor(couplings: MemoryCouplings, block: MemoryBlock) {
    this.block = block;
    this.sites = block.layout.sites;
    this.memories = couplings.patterns.length;
    this.state = block.state;
    this.overlaps = block.overlaps;
    this.counted = block.engine.scratch.int32(this.memories);
    const exponential = couplings.interaction.kind === 'exponential';
    const energyOf = memoryEnergy(
      exponential ? { ...couplings, interaction: LOGARITHM } : couplings,
      this.sites,
    );
    this.hasEnergy = energyOf !== null;
    this.energyOf = energyOf ?? ((): number => NaN);
    this.logarithm = exponential
      ? { logField: (i) => memoryLogField(block, i), logEnergy: () => this.logEnergy() }
      : null;
    if (this.logarithm !== null) this.rawEnergyField = this.logarithm.logField;
    resetMemories(block);
  }

  /** Null where kernels cannot represent them: powers that underflow far from all memories. */
  static of(engine: Engine, couplings: MemoryCouplings, sites: number): KernelMemories | null {
    const layout = memoryLayoutOf(couplings, sites);
    if (layout === null) return null;
    return new KernelMemories(couplings, createMemoryBlock(engine, layout));
  }

  reset(state: Int8Array): void {
    this.state.set(state);
    resetMemories(this.block);
  }

  field(i: number): number {
    const field = memoryField(this.block, i);
    return Number.isNaN(field) ? this.decided(i) : field;
  }

  rawField(i: number): number {
    return this.field(i);
  }

  flip(i: number): void {
    flipMemories(this.block, i);
  }

  /** Flips several spins at once, no two the same: one by one, or, where they are many, with overlaps counted afresh. */
  flipAll(sites: Int32Array, count: number): void {
    if (count * FLIPS_A_COUNT < this.sites) {
      for (let k = 0; k < count; k++) flipMemories(this.block, sites[k]!);
      return;
    }
    const { state } = this;
    for (let k = 0; k < count; k++) state[sites[k]!] = -state[sites[k]!]!;
    resetMemories(this.block);
  }

  /** The fields of all sites. @param out in the engine's arena */
  allFields(out: Float64Array): void {
    memoryFields(this.block, out);
    if (this.logarithm === null) return;
    for (let i = 0; i < this.sites; i++) if (Number.isNaN(out[i]!)) out[i] = this.decided(i);
  }

  energy(): number {
    if (!this.hasEnergy) return NaN;
    return this.logarithm === null ? this.logEnergy() : -Math.exp(-this.logEnergy());
  }

  fieldsFromScratch(out: Float64Array): void {
    resetMemories(this.block);
    for (let i = 0; i < this.sites; i++) out[i] = this.field(i);
  }

  /** The energy, or its logarithm, of overlaps counted afresh. */
  private logEnergy(): number {
    countOverlaps(this.block, this.counted);
    return this.energyOf(this.counted);
  }

  /** The field of exponential memories where its sign takes more digits than doubles have; its size is what they leave of it. */
  private decided(i: number): number {
    const { overlaps, state, sites } = this;
    const { patterns } = this.block.layout;
    const counts = new Int32Array(2 * sites + 1);
    let top = -sites;
    patterns.forEach((pattern, mu) => {
      const y = overlaps[mu]! - pattern[i]! * state[i]!;
      counts[y + sites] = counts[y + sites]! + pattern[i]!;
      top = Math.max(top, y);
    });
    let sum = 0;
    counts.forEach((count, k) => (sum += count * Math.exp(k - sites - top)));
    const size = Math.abs(sum) * Math.sinh(1) * Math.exp(Math.min(top, 709));
    return exponentialSumSign(counts) * Math.max(Number.MIN_VALUE, Math.min(1e300, size));
  }
}
