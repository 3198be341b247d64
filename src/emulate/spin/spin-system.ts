import type { MemoryCouplings, ResolvedProgram } from '../../device/index.js';
import {
  createSpinModel,
  ExponentialModel,
  PairwiseModel,
  plainArrays,
  SparseModel,
  type ModelArrays,
  type SpinCouplings,
  type SpinModel,
} from '../../model/index.js';
import type { EnumerableSpins } from './gibbs-table.js';
import { KernelMemories, type LogarithmicEnergy } from './kernel-memories.js';
import { KernelSynapses } from './kernel-synapses.js';
import type { Protocol } from './protocol.js';
import { SynapticModel, type ClockedModel } from './synaptic-model.js';

/** Spins with their couplings, static fields and drives, at the amplitudes that the protocol has now. */
export class SpinSystem implements EnumerableSpins {
  readonly sites: number;
  readonly model: SpinModel;
  /** The model where synapses have a memory, and so a clock that is to be kept; else null. */
  readonly synapses: ClockedModel | null;
  readonly state: Int8Array;
  /** Sites that are not clamped, growing. */
  readonly free: Int32Array;
  readonly hasEnergy: boolean;
  /** Static fields h. */
  readonly fields: Float64Array;
  /** Patterns η_d of the drives. */
  readonly patterns: readonly Float64Array[];
  /** Σ_i η_di s_i, kept up to date. */
  readonly projections: Float64Array;
  /** For exponential memories: energies are those of the logarithm (physics page, HZ4). */
  private readonly logarithm: LogarithmicEnergy | null;

  /**
   * @param model of the program's couplings, where one is at hand
   * @param arrays where arrays are to be
   */
  constructor(
    program: ResolvedProgram,
    readonly protocol: Protocol,
    model?: SpinModel,
    arrays: ModelArrays = plainArrays,
  ) {
    this.sites = program.sites;
    const { synapse } = program.dynamics;
    if (synapse === null) {
      this.synapses = null;
      this.model =
        model ?? createSpinModel(program.couplings as SpinCouplings, program.sites, arrays);
    } else {
      const clocked =
        model instanceof KernelSynapses
          ? model
          : new SynapticModel(program.couplings as MemoryCouplings, program.sites, synapse);
      this.synapses = clocked;
      this.model = clocked;
    }
    this.state = this.model.state;
    this.hasEnergy = this.model.hasEnergy;
    this.logarithm =
      this.model instanceof KernelMemories
        ? this.model.logarithm
        : this.model instanceof ExponentialModel
          ? this.model
          : null;
    this.fields = program.fields;
    this.patterns = program.drives.map((drive) => drive.pattern);
    this.projections = arrays.float64(this.patterns.length);
    const clamped = new Set(program.clamped);
    this.free = Int32Array.from({ length: program.sites }, (_, i) => i).filter(
      (i) => !clamped.has(i),
    );
  }

  reset(state: Int8Array): void {
    this.model.reset(state);
    this.project();
  }

  setCode(code: number): void {
    const state = this.state.slice();
    this.free.forEach((site, k) => {
      state[site] = (code >>> k) & 1 ? 1 : -1;
    });
    this.reset(state);
  }

  /** h_i + Σ_d A_d η_di */
  externalField(i: number): number {
    let field = this.fields[i]!;
    const { patterns } = this;
    const { amplitudes } = this.protocol;
    for (let d = 0; d < patterns.length; d++) field += amplitudes[d]! * patterns[d]![i]!;
    return field;
  }

  /** Field of the couplings, at scale 1. */
  couplingField(i: number): number {
    return this.model.field(i);
  }

  /** What the rates see. */
  totalField(i: number): number {
    return this.protocol.coupling * this.model.field(i) + this.externalField(i);
  }

  /** The field whose 2 s_i b_i is the change of {@link totalEnergy}: the same but for exponential memories. */
  energyField(i: number): number {
    if (this.logarithm === null) return this.totalField(i);
    return this.logarithm.logField(i) + this.externalField(i);
  }

  /** Change of the coupling energy at scale 1 if a spin flipped. */
  flipCouplingChange(i: number): number {
    return 2 * this.state[i]! * this.model.field(i);
  }

  flip(i: number): void {
    this.model.flip(i);
    const { patterns, projections } = this;
    const twice = 2 * this.state[i]!;
    for (let d = 0; d < patterns.length; d++) {
      projections[d] = projections[d]! + twice * patterns[d]![i]!;
    }
  }

  /** Flips several spins at once. @param sites the first `count` of them, no two the same */
  flipAll(sites: Int32Array, count: number): void {
    const { model, patterns, projections, state } = this;
    if (model instanceof PairwiseModel || model instanceof KernelMemories) {
      model.flipAll(sites, count);
    } else for (let k = 0; k < count; k++) model.flip(sites[k]!);
    for (let k = 0; k < count; k++) {
      const twice = 2 * state[sites[k]!]!;
      for (let d = 0; d < patterns.length; d++) {
        projections[d] = projections[d]! + twice * patterns[d]![sites[k]!]!;
      }
    }
  }

  /** Fields of the couplings, at scale 1, of all free sites. @param out N, where kernels can write it */
  couplingFields(out: Float64Array): void {
    const { model, free } = this;
    if (
      model instanceof KernelMemories ||
      model instanceof PairwiseModel ||
      model instanceof SparseModel
    ) {
      model.allFields(out);
    } else for (let k = 0; k < free.length; k++) out[free[k]!] = model.field(free[k]!);
  }

  /**
   * {@link totalField} of all free sites from the fields of the couplings.
   * @param couplingFields at scale 1, N
   */
  totalFields(couplingFields: Float64Array, out: Float64Array): void {
    const { free, fields, patterns } = this;
    const { amplitudes, coupling } = this.protocol;
    for (let k = 0; k < free.length; k++) {
      const site = free[k]!;
      let external = fields[site]!;
      for (let d = 0; d < patterns.length; d++) external += amplitudes[d]! * patterns[d]![site]!;
      out[site] = coupling * couplingFields[site]! + external;
    }
  }

  /** Energy of couplings or memories at scale 1, from scratch; NaN where there is none. */
  couplingEnergy(): number {
    return this.logarithm === null ? this.model.energy() : this.logarithm.logEnergy();
  }

  /** Spins have nothing beside couplings, fields and drives. */
  wellEnergy(): number {
    return 0;
  }

  /** Total energy, from scratch; NaN where there is none. */
  totalEnergy(): number {
    let energy = this.protocol.coupling * this.couplingEnergy();
    for (let i = 0; i < this.sites; i++) energy -= this.fields[i]! * this.state[i]!;
    const { amplitudes } = this.protocol;
    for (let d = 0; d < this.patterns.length; d++) {
      const pattern = this.patterns[d]!;
      let sum = 0;
      for (let i = 0; i < this.sites; i++) sum += pattern[i]! * this.state[i]!;
      energy -= amplitudes[d]! * sum;
    }
    return energy;
  }

  private project(): void {
    this.patterns.forEach((pattern, d) => {
      let sum = 0;
      for (let i = 0; i < this.sites; i++) sum += pattern[i]! * this.state[i]!;
      this.projections[d] = sum;
    });
  }
}
