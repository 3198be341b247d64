import type { ResolvedProgram } from '../../../device/index.js';
import { CompensatedSum } from '../../../thermo/index.js';
import type { Protocol } from '../../spin/protocol.js';
import type { MagnetisationModel } from './magnetisation-model.js';

/**
 * Energy and work of magnetisations under a protocol: H = c E_J(m) − Σ (h_i + Σ_d A_d η_di) m_i with c (coupling or pump)
 * and A_d at the protocol's present values. Work is booked when the protocol has moved, at the magnetisations of the
 * meantime.
 */
export class DrivenMagnetisations {
  readonly m: Float64Array;
  /** Σ_j J_ij m_j at scale 1; whoever moves m keeps it up to date. */
  readonly fields: Float64Array;
  /** h_i + Σ_d A_d η_di at the amplitudes that were last taken. */
  readonly external: Float64Array;
  private readonly workSum = new CompensatedSum();
  private readonly controlSum = new CompensatedSum();
  private readonly amplitudes: Float64Array;
  private coupling = 1;

  constructor(
    private readonly program: ResolvedProgram,
    private readonly protocol: Protocol,
    readonly model: MagnetisationModel,
  ) {
    const { sites, drives } = program;
    this.m = new Float64Array(sites);
    this.fields = new Float64Array(sites);
    this.external = new Float64Array(sites);
    this.amplitudes = new Float64Array(drives.length);
  }

  /** c, as it was last taken. */
  get scale(): number {
    return this.coupling;
  }
  get work(): number {
    return this.workSum.value;
  }
  /** The share of the work that c did; the rest is the drives'. */
  get controlWork(): number {
    return this.controlSum.value;
  }

  /** Opens the account at the protocol's present values with the magnetisations as they are. */
  open(): void {
    this.workSum.reset();
    this.controlSum.reset();
    this.coupling = this.protocol.coupling;
    this.amplitudes.set(this.protocol.amplitudes);
    this.refreshFields();
    this.refreshExternal();
  }

  /** Sums the fields afresh. */
  refreshFields(): void {
    this.model.fields(this.m, this.fields);
  }

  /** Takes the protocol's present values and books what they changed. */
  settle(): void {
    const { protocol, m, amplitudes, program } = this;
    let changed = false;
    for (let d = 0; d < amplitudes.length; d++) {
      const change = protocol.amplitudes[d]! - amplitudes[d]!;
      if (change === 0) continue;
      const { pattern } = program.drives[d]!;
      let sum = 0;
      for (let i = 0; i < m.length; i++) sum += pattern[i]! * m[i]!;
      this.workSum.add(-change * sum);
      amplitudes[d] = protocol.amplitudes[d]!;
      changed = true;
    }
    if (protocol.coupling !== this.coupling) {
      const work = (protocol.coupling - this.coupling) * this.couplingEnergy();
      this.workSum.add(work);
      this.controlSum.add(work);
      this.coupling = protocol.coupling;
    }
    if (changed) this.refreshExternal();
  }

  /** Total energy by the fields at hand. */
  energy(): number {
    let energy = this.coupling * this.couplingEnergy();
    for (let i = 0; i < this.m.length; i++) energy -= this.external[i]! * this.m[i]!;
    return energy;
  }

  /** c Σ_j J_ij m_j + h_i + Σ_d A_d η_di. */
  totalField(i: number): number {
    return this.coupling * this.fields[i]! + this.external[i]!;
  }

  private couplingEnergy(): number {
    return this.model.energy(this.m, this.fields);
  }

  private refreshExternal(): void {
    const { external, program, amplitudes } = this;
    external.set(program.fields);
    for (let d = 0; d < amplitudes.length; d++) {
      const amplitude = amplitudes[d]!;
      if (amplitude === 0) continue;
      const { pattern } = program.drives[d]!;
      for (let i = 0; i < external.length; i++)
        external[i] = external[i]! + amplitude * pattern[i]!;
    }
  }
}
