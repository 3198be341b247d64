import type { MemoryCouplings } from '../../device/index.js';
import {
  countOverlaps,
  createMemoryBlock,
  flipMemories,
  memoryField,
  memoryFields,
  resetMemories,
  type Engine,
  type FlippingModel,
  type MemoryBlock,
} from '../../kernels/index.js';
import { memoryEnergy, type SpinModel } from '../../model/index.js';
import { memoryLayoutOf } from './memory-layout-of.js';

/** Compiled kernels count overlaps afresh in the time of flips of this part of the spins at most, 1/FLIPS_A_COUNT. */
const FLIPS_A_COUNT = 64;

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
  private readonly energyOf: (overlaps: Int32Array) => number;

  private constructor(couplings: MemoryCouplings, block: MemoryBlock) {
    this.block = block;
    this.sites = block.layout.sites;
    this.memories = couplings.patterns.length;
    this.state = block.state;
    this.overlaps = block.overlaps;
    this.counted = block.engine.scratch.int32(this.memories);
    const energyOf = memoryEnergy(couplings, this.sites);
    this.hasEnergy = energyOf !== null;
    this.energyOf = energyOf ?? ((): number => NaN);
    resetMemories(block);
  }

  /** Null where kernels cannot represent them: exponential memories, and powers that underflow far from all memories. */
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
    return memoryField(this.block, i);
  }

  rawField(i: number): number {
    return memoryField(this.block, i);
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
  }

  energy(): number {
    if (!this.hasEnergy) return NaN;
    countOverlaps(this.block, this.counted);
    return this.energyOf(this.counted);
  }

  fieldsFromScratch(out: Float64Array): void {
    resetMemories(this.block);
    for (let i = 0; i < this.sites; i++) out[i] = memoryField(this.block, i);
  }
}
