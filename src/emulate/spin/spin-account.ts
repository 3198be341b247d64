import { ACCOUNT } from '../../kernels/index.js';
import type { ShotLedger } from '../../thermo/index.js';
import { plainArrays, type ModelArrays } from '../../model/index.js';
import type { Baths } from '../baths.js';
import { CellSum } from './cell-sum.js';
import type { Protocol } from './protocol.js';

/** What an account needs of the system that it is kept for. */
export interface AccountedSystem {
  readonly hasEnergy: boolean;
  readonly protocol: Protocol;
  readonly patterns: readonly Float64Array[];
  /** Σ_i η_di s_i now. */
  readonly projections: Float64Array;
  /** Energy of the couplings at scale 1, from scratch. */
  couplingEnergy(): number;
  /** Change of that energy if a spin flipped. */
  flipCouplingChange(site: number): number;
}

/**
 * Work, heat and entropy of one shot. Work is booked from differences of the amplitudes, −ΔA_d Σ_i η_di s_i and
 * Δc E_coupling, whenever the state is about to change, so that it is exact however finely a ramp is sampled.
 */
export class SpinAccount {
  /** All sums, where a flip loop can add to them: see ACCOUNT. */
  readonly cells: Float64Array;
  /** Amplitudes of which the work is booked. */
  readonly bookedAmplitudes: Float64Array;
  private readonly workSum: CellSum;
  private readonly controlSum: CellSum;
  private readonly bathSums: readonly CellSum[];
  private readonly entropySum: CellSum;
  private readonly couplingSum: CellSum;
  private readonly controlsCoupling: boolean;

  constructor(
    private readonly system: AccountedSystem,
    baths: Baths,
    /** False for synchronous updates, which have no heat. */
    private readonly hasHeat: boolean,
    arrays: ModelArrays = plainArrays,
  ) {
    this.cells = arrays.float64(ACCOUNT.heat + 2 * baths.baths.length);
    this.workSum = new CellSum(this.cells, ACCOUNT.work);
    this.controlSum = new CellSum(this.cells, ACCOUNT.controls);
    this.entropySum = new CellSum(this.cells, ACCOUNT.entropy);
    this.couplingSum = new CellSum(this.cells, ACCOUNT.coupling);
    this.bathSums = baths.baths.map((_, b) => new CellSum(this.cells, ACCOUNT.heat + 2 * b));
    this.bookedAmplitudes = arrays.float64(system.patterns.length);
    this.controlsCoupling = system.hasEnergy && system.protocol.controlsCoupling;
  }

  private get bookedCoupling(): number {
    return this.cells[ACCOUNT.bookedCoupling]!;
  }
  private set bookedCoupling(scale: number) {
    this.cells[ACCOUNT.bookedCoupling] = scale;
  }

  /** Starts at t = 0⁻ with the system's present state and the protocol's first values. */
  open(): void {
    const { system } = this;
    this.workSum.reset();
    this.controlSum.reset();
    for (const sum of this.bathSums) sum.reset();
    this.entropySum.reset();
    this.couplingSum.reset();
    this.bookedAmplitudes.set(system.protocol.amplitudes);
    this.bookedCoupling = system.protocol.coupling;
    if (this.controlsCoupling) this.couplingSum.add(system.couplingEnergy());
  }

  get work(): number {
    return this.system.hasEnergy ? this.workSum.value : NaN;
  }

  /** The share of the work that the coupling's scale did; the rest is the drives'. */
  get controlWork(): number {
    return this.system.hasEnergy ? this.controlSum.value : NaN;
  }

  get heat(): number {
    if (!this.hasHeat) return NaN;
    let sum = 0;
    for (let b = 0; b < this.bathSums.length; b++) sum += this.bathSums[b]!.value;
    return sum;
  }

  /** Books the work of what the protocol has changed since the last time; the state is that of the meantime. */
  settle(): void {
    const { protocol, projections } = this.system;
    const { amplitudes } = protocol;
    const booked = this.bookedAmplitudes;
    for (let d = 0; d < booked.length; d++) {
      const change = amplitudes[d]! - booked[d]!;
      if (change === 0) continue;
      this.workSum.add(-change * projections[d]!);
      booked[d] = amplitudes[d]!;
    }
    if (this.controlsCoupling && protocol.coupling !== this.bookedCoupling) {
      const work = (protocol.coupling - this.bookedCoupling) * this.couplingSum.value;
      this.workSum.add(work);
      this.controlSum.add(work);
      this.bookedCoupling = protocol.coupling;
    }
  }

  /** To be called before a spin flips and after {@link settle}. */
  beforeFlip(site: number): void {
    if (this.controlsCoupling) this.couplingSum.add(this.system.flipCouplingChange(site));
  }

  /** Whether changes of the coupling energy are to be told: only where its scale is controlled. */
  get followsCoupling(): boolean {
    return this.controlsCoupling;
  }

  /** Tells of a change of the coupling energy at scale 1 other than by a flip; after {@link settle}. */
  addCoupling(change: number): void {
    this.couplingSum.add(change);
  }

  addHeat(bath: number, heat: number): void {
    this.bathSums[bath]!.add(heat);
  }

  addEntropy(nats: number): void {
    this.entropySum.add(nats);
  }

  close(energyChange: number): ShotLedger {
    return {
      work: this.work,
      driveWork: this.work - this.controlWork,
      controlWork: this.controlWork,
      heat: this.heat,
      bathHeat: this.bathSums.map((sum) => (this.hasHeat ? sum.value : NaN)),
      energyChange,
      mediumEntropy: this.entropySum.value,
    };
  }
}
