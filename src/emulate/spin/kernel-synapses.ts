import type { MemoryCouplings, ResolvedProgram } from '../../device/index.js';
import { Synapses, type Engine, type FlippingModel } from '../../kernels/index.js';
import type { SpinModel } from '../../model/index.js';
import type { ClockedModel } from './synaptic-model.js';

/** Memories led on by synapses with memory on an engine's kernels: what SynapticModel computes. Without an energy. */
export class KernelSynapses implements SpinModel, FlippingModel, ClockedModel {
  readonly sites: number;
  readonly memories: number;
  readonly hasEnergy = false;
  readonly unit = 1;
  readonly isStale = false;
  readonly synapses: Synapses;

  constructor(
    engine: Engine,
    { patterns, next }: MemoryCouplings,
    sites: number,
    synapse: NonNullable<ResolvedProgram['dynamics']['synapse']>,
  ) {
    this.sites = sites;
    this.memories = patterns.length;
    this.synapses = new Synapses(engine, sites, patterns, next!, synapse);
  }

  get state(): Int8Array {
    return this.synapses.state;
  }
  get overlaps(): Int32Array {
    return this.synapses.overlaps;
  }

  advance(t: number): void {
    this.synapses.advance(t);
  }

  reset(state: Int8Array): void {
    this.synapses.reset(state);
  }

  field(i: number): number {
    return this.synapses.rawField(i);
  }

  rawField(i: number): number {
    return this.synapses.rawField(i);
  }

  flip(i: number): void {
    this.synapses.flip(i);
  }

  energy(): number {
    return NaN;
  }

  fieldsFromScratch(out: Float64Array): void {
    for (let i = 0; i < this.sites; i++) out[i] = this.field(i);
  }
}
