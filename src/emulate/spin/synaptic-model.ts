import type { MemoryCouplings, ResolvedProgram } from '../../device/index.js';
import { createSpinModel, type SpinModel } from '../../model/index.js';
import {
  AveragedSequence,
  DelayedSequence,
  RelaxingSequence,
  type SlowSequence,
} from './slow-sequence.js';

/** A model whose fields move on by themselves. */
export interface ClockedModel {
  /** Time goes on to t ≥ all before, from 0 at the last reset. */
  advance(t: number): void;
}

/**
 * Memories held by fast synapses and led on by slow ones: b = J^S s + λ J^L s̄, J^S Hebb's couplings of the memories, J^L
 * those of the sequence, s̄ the past of the spins as `dynamics.synapse` filters it. A spin model whose fields also depend
 * on the time, which {@link advance} tells it. Without an energy.
 */
export class SynapticModel implements SpinModel, ClockedModel {
  readonly sites: number;
  readonly hasEnergy = false;
  readonly state: Int8Array;
  readonly overlaps: Int32Array | null;
  private readonly fast: SpinModel;
  private readonly slow: SlowSequence;
  private readonly lambda: number;

  constructor(
    couplings: MemoryCouplings,
    sites: number,
    synapse: NonNullable<ResolvedProgram['dynamics']['synapse']>,
  ) {
    this.sites = sites;
    this.fast = createSpinModel({ ...couplings, next: null }, sites);
    this.state = this.fast.state;
    this.overlaps = this.fast.overlaps;
    this.slow = slowSequence(couplings, sites, synapse);
    this.lambda = synapse.lambda;
  }

  /** Time goes on to t ≥ all before, from 0 at the last {@link reset}. */
  advance(t: number): void {
    this.slow.advance(t);
  }

  reset(state: Int8Array): void {
    this.fast.reset(state);
    this.slow.reset(state);
  }

  field(i: number): number {
    return this.fast.field(i) + this.lambda * this.slow.field(i);
  }

  flip(i: number): void {
    this.fast.flip(i);
    this.slow.flip(i);
  }

  energy(): number {
    return NaN;
  }

  fieldsFromScratch(out: Float64Array): void {
    this.fast.fieldsFromScratch(out);
    for (let i = 0; i < out.length; i++) out[i] = out[i]! + this.lambda * this.slow.field(i);
  }
}

function slowSequence(
  couplings: MemoryCouplings,
  sites: number,
  { kernel, tau }: NonNullable<ResolvedProgram['dynamics']['synapse']>,
): SlowSequence {
  switch (kernel) {
    case 'delay':
      return new DelayedSequence(couplings, sites, tau);
    case 'box':
      return new AveragedSequence(couplings, sites, tau);
    case 'exponential':
      return new RelaxingSequence(couplings, sites, tau);
  }
}
