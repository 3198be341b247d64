import type { RandomStream } from '../../src/core/index.js';
import type { CircuitProfile } from './circuit-profile.js';
import type { Components } from './components.js';

const WORK = 0;
const HEAT = 1;
const SUPPLY = 2;

/**
 * Integrating power monitors of work, heat and supply: each with its gain error, work and heat with an offset power and white noise,
 * so that the error of a shot of length t has the spread √(offset² t² + noise² t) beside the gain's.
 */
export class Monitors {
  private lastT0 = 0;
  private workNoise = 0;
  private heatNoise = 0;

  constructor(
    private readonly profile: CircuitProfile,
    private readonly parts: Components,
  ) {}

  begin(): void {
    this.lastT0 = 0;
    this.workNoise = 0;
    this.heatNoise = 0;
  }

  /** To be called before a reading. @param t0 time since the shot's beginning in t0 */
  goOn(t0: number, random: RandomStream): void {
    const { monitorNoise } = this.profile;
    if (monitorNoise !== 0) {
      const size = monitorNoise * Math.sqrt(Math.max(0, t0 - this.lastT0));
      this.workNoise += size * random.normal();
      this.heatNoise += size * random.normal();
    }
    this.lastT0 = t0;
  }

  /** Units of energy, from the true value. */
  work(value: number): number {
    const { monitorGain, monitorOffset } = this.parts;
    return value * (1 + monitorGain[WORK]!) + monitorOffset[WORK]! * this.lastT0 + this.workNoise;
  }

  heat(value: number): number {
    const { monitorGain, monitorOffset } = this.parts;
    return value * (1 + monitorGain[HEAT]!) + monitorOffset[HEAT]! * this.lastT0 + this.heatNoise;
  }

  /** Joules. */
  supply(valueJ: number): number {
    return valueJ * (1 + this.parts.monitorGain[SUPPLY]!);
  }
}
