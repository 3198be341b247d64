import type { ResolvedProgram } from '../../device/index.js';
import type { SpaceUnit } from './space-units.js';
import type { ProtocolValues, StateSpace } from './state-space.js';

/** How spins flip, as far as rates go. */
export interface RateRule {
  readonly metropolis: boolean;
  /** At T = 0 and zero field a spin goes to +1 rather than keep its value. */
  readonly plus: boolean;
}

/** How spins flip, from a program's dynamics. */
export function rateRule(program: ResolvedProgram): RateRule {
  return {
    metropolis: program.dynamics.rule === 'metropolis',
    plus: program.dynamics.ties === 'plus',
  };
}

/**
 * Rates of all single moves at given values of the protocol: the attempts of a unit in a unit of time times the chance
 * that an attempt moves it. Visible spins follow the rule, hidden units are redrawn from their law (a heat bath).
 */
export class TransitionRates {
  /** [channel·states + lower code] rate of the move up. */
  readonly up: Float64Array;
  /** The same index: rate of the move down. */
  readonly down: Float64Array;
  /** The same index: heat of the move up; of the move down, minus that. */
  readonly heat: Float64Array;
  /** [channel] */
  readonly temperatures: Float64Array;

  constructor(
    readonly space: StateSpace,
    private readonly rule: RateRule,
  ) {
    const size = space.channels.length * space.states;
    this.up = new Float64Array(size);
    this.down = new Float64Array(size);
    this.heat = new Float64Array(size);
    this.temperatures = new Float64Array(space.channels.length);
  }

  compute(values: ProtocolValues): void {
    for (const unit of this.space.units) this.computeUnit(unit, values);
  }

  computeUnit(unit: SpaceUnit, values: ProtocolValues): void {
    if (!unit.moves) return;
    const temperature = unit.temperature ?? values.temperature;
    const channels = (unit.levels * (unit.levels - 1)) / 2;
    for (let c = unit.firstChannel; c < unit.firstChannel + channels; c++) {
      this.temperatures[c] = temperature;
      if (unit.sites.length === 1) this.spinRates(c, unit, values, temperature);
      else this.heats(c, values);
    }
    if (unit.sites.length > 1) this.groupRates(unit, temperature);
  }

  private spinRates(
    channel: number,
    { hidden, speed }: SpaceUnit,
    { coupling, amplitudes }: ProtocolValues,
    temperature: number,
  ): void {
    const { space, up, down, heat, rule } = this;
    const { states, modelFields, energyFields } = space;
    const { period, from, width } = space.channels[channel]!;
    const external = space.externalField(channel, amplitudes);
    const metropolis = rule.metropolis && !hidden;
    for (let block = from; block < states; block += period) {
      for (let low = block; low < block + width; low++) {
        const at = channel * states + low;
        const field = coupling * modelFields[at]! + external;
        heat[at] = 2 * (coupling * energyFields[at]! + external);
        if (temperature === 0) {
          up[at] = field > 0 || (field === 0 && rule.plus) ? speed : 0;
          down[at] = field < 0 ? speed : 0;
          continue;
        }
        const factor = Math.exp((-2 * Math.abs(field)) / temperature);
        const downhill = metropolis ? speed : speed / (1 + factor);
        up[at] = field >= 0 ? downhill : factor * downhill;
        down[at] = field >= 0 ? factor * downhill : downhill;
      }
    }
  }

  private heats(channel: number, { coupling, amplitudes }: ProtocolValues): void {
    const { space, heat } = this;
    const external = space.externalField(channel, amplitudes);
    space.visitPairs(channel, (low) => {
      const at = channel * space.states + low;
      heat[at] = 2 * (coupling * space.energyFields[at]! + external);
    });
  }

  /** A redraw goes to a level with its Gibbs weight, whatever the present one; at T = 0 to the best one. */
  private groupRates(unit: SpaceUnit, temperature: number): void {
    const { space, up, down, heat } = this;
    const { levels, stride, firstChannel, speed } = unit;
    const gains = new Float64Array(levels);
    const weights = new Float64Array(levels);
    space.visitPairs(firstChannel, (ground) => {
      // Channels (0, 1), (0, 2) … come first: their heats are what the levels gain over the first one.
      for (let b = 1; b < levels; b++) {
        gains[b] = heat[(firstChannel + b - 1) * space.states + ground]!;
      }
      const best = gains.reduce((x, y) => Math.max(x, y));
      let sum = 0;
      for (let b = 0; b < levels; b++) {
        weights[b] = temperature > 0 ? Math.exp((gains[b]! - best) / temperature) : 0;
        sum += weights[b]!;
      }
      const first = gains.indexOf(best);
      let channel = firstChannel;
      for (let a = 0; a < levels; a++) {
        for (let b = a + 1; b < levels; b++) {
          const at = channel * space.states + ground + a * stride;
          if (temperature > 0) {
            up[at] = (speed * weights[b]!) / sum;
            down[at] = (speed * weights[a]!) / sum;
          } else {
            up[at] = b === first && gains[a]! < best ? speed : 0;
            down[at] = a === first && gains[b]! < best ? speed : 0;
          }
          channel++;
        }
      }
    });
  }
}
