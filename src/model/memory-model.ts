import { OverlapState } from './overlap-state.js';
import type { SpinModel } from './spin-model.js';

/** What the models of memories share: the state, its overlaps, and how fields and energies are asked for. */
export abstract class MemoryModel implements SpinModel {
  readonly sites: number;
  readonly memories: number;
  readonly state: Int8Array;
  readonly overlaps: Int32Array;
  abstract readonly hasEnergy: boolean;
  protected readonly spins: OverlapState;
  private readonly scratch: Int32Array;

  constructor(patterns: readonly Int8Array[]) {
    this.spins = new OverlapState(patterns);
    this.sites = this.spins.sites;
    this.memories = this.spins.memories;
    this.state = this.spins.state;
    this.overlaps = this.spins.overlaps;
    this.scratch = new Int32Array(this.memories);
  }

  reset(state: Int8Array): void {
    this.spins.reset(state);
  }

  field(i: number): number {
    return this.fieldAt(this.overlaps, i);
  }

  flip(i: number): void {
    this.spins.flip(i);
  }

  energy(): number {
    if (!this.hasEnergy) return NaN;
    this.spins.count(this.scratch);
    return this.energyAt(this.scratch);
  }

  fieldsFromScratch(out: Float64Array): void {
    this.spins.count(this.scratch);
    for (let i = 0; i < this.sites; i++) out[i] = this.fieldAt(this.scratch, i);
  }

  /** The field on site i for given overlaps of the current state. */
  protected abstract fieldAt(overlaps: Int32Array, i: number): number;
  /** The energy for given overlaps. */
  protected abstract energyAt(overlaps: Int32Array): number;
}
