import { CompensatedSum } from '../../thermo/index.js';
import type { Protocol } from './protocol.js';

/** What a change of energy is computed of. */
export interface EnergySystem {
  readonly sites: number;
  readonly protocol: Protocol;
  readonly state: ArrayLike<number>;
  readonly fields: Float64Array;
  readonly patterns: readonly Float64Array[];
  /** Energy of the couplings at scale 1, from scratch; NaN where there is none. */
  couplingEnergy(): number;
  /** Energy of what sites have beside fields and couplings, from scratch. */
  wellEnergy(): number;
}

/**
 * ΔE since a moment, from scratch at both ends, but with the differences of fields and drives taken site by site: a
 * field of 10⁸ that holds a site throughout adds nothing, and not the rounding of 10⁸ either.
 */
export class EnergyChange {
  private readonly state: Float64Array;
  private readonly amplitudes: Float64Array;
  private rest = NaN;
  private readonly sum = new CompensatedSum();

  constructor(private readonly system: EnergySystem) {
    this.state = new Float64Array(system.sites);
    this.amplitudes = new Float64Array(system.patterns.length);
  }

  /** Starts here and now. */
  start(): void {
    const { system } = this;
    this.state.set(system.state);
    this.amplitudes.set(system.protocol.amplitudes);
    this.rest = this.restNow();
  }

  /** E now less E at {@link start}; NaN where there is no energy. */
  get value(): number {
    const { system, sum, state } = this;
    const { fields, patterns, sites } = system;
    const { amplitudes } = system.protocol;
    sum.reset();
    sum.add(this.restNow() - this.rest);
    for (let i = 0; i < sites; i++) sum.add(-fields[i]! * (system.state[i]! - state[i]!));
    for (let d = 0; d < patterns.length; d++) {
      const pattern = patterns[d]!;
      const [before, after] = [this.amplitudes[d]!, amplitudes[d]!];
      for (let i = 0; i < sites; i++) {
        sum.add(-pattern[i]! * (after * system.state[i]! - before * state[i]!));
      }
    }
    return sum.value;
  }

  private restNow(): number {
    const { system } = this;
    return system.protocol.coupling * system.couplingEnergy() + system.wellEnergy();
  }
}
