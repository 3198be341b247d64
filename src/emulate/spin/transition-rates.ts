import type { ProtocolValues, StateSpace } from './state-space.js';

/** How spins flip, as far as rates go. */
export interface RateRule {
  readonly metropolis: boolean;
  /** At T = 0 and zero field a spin goes to +1 rather than keep its value. */
  readonly plus: boolean;
}

/**
 * Rates of all single flips at given values of the protocol, in continuous time (attempt rate 1 per spin). Pairs of
 * states that differ in free spin k only: the lower has it at −1, the upper at +1, and the field on it is the same.
 */
export class TransitionRates {
  /** [k·states + code of the lower state] rate from −1 to +1. */
  readonly up: Float64Array;
  /** The same index: rate from +1 to −1. */
  readonly down: Float64Array;
  /** The same index: heat of the flip up, 2 b; of the flip down, −2 b. */
  readonly heat: Float64Array;
  /** [k] */
  readonly temperatures: Float64Array;

  constructor(
    readonly space: StateSpace,
    private readonly rule: RateRule,
  ) {
    const n = space.free.length;
    this.up = new Float64Array(n * space.states);
    this.down = new Float64Array(n * space.states);
    this.heat = new Float64Array(n * space.states);
    this.temperatures = new Float64Array(n);
  }

  compute(values: ProtocolValues): void {
    const { space, up, down, heat } = this;
    const { states, modelFields, energyFields } = space;
    const { coupling } = values;
    for (let k = 0; k < space.free.length; k++) {
      const temperature = space.siteTemperatures?.[k] ?? values.temperature;
      this.temperatures[k] = temperature;
      const external = space.externalField(k, values.amplitudes);
      const bit = 1 << k;
      for (let block = 0; block < states; block += 2 * bit) {
        for (let low = block; low < block + bit; low++) {
          const at = k * states + low;
          const field = coupling * modelFields[at]! + external;
          heat[at] = 2 * (coupling * energyFields[at]! + external);
          if (temperature === 0) {
            up[at] = field > 0 || (field === 0 && this.rule.plus) ? 1 : 0;
            down[at] = field < 0 ? 1 : 0;
            continue;
          }
          const factor = Math.exp((-2 * Math.abs(field)) / temperature);
          const downhill = this.rule.metropolis ? 1 : 1 / (1 + factor);
          up[at] = field >= 0 ? downhill : factor * downhill;
          down[at] = field >= 0 ? factor * downhill : downhill;
        }
      }
    }
  }
}
