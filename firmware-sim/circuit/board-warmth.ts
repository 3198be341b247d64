import type { CircuitProfile } from './circuit-profile.js';
import type { Components } from './components.js';
import type { Drift } from './node-integrator.js';

/** Board seconds of the slow waves that stand for a room's temperature. */
const PERIODS_S = [37, 173, 811, 3607] as const;
const ZERO_C = 273.15;

/** The board's temperature over a run and what it does to the parts. The same serial number, run time and profile: the same warmth. */
export class BoardWarmth {
  constructor(
    private readonly profile: CircuitProfile,
    private readonly parts: Components,
  ) {}

  /** K above ambient at a board time since the run's beginning; its mean square over time is `driftK`². */
  aboveK(boardS: number): number {
    const { driftK } = this.profile;
    const size = driftK * Math.sqrt(2 / PERIODS_S.length);
    let sum = 0;
    for (let k = 0; k < PERIODS_S.length; k++) {
      sum += Math.sin(2 * Math.PI * (boardS / PERIODS_S[k]! + this.parts.driftPhase[k]!));
    }
    return size * sum;
  }

  celsius(boardS: number): number {
    return this.profile.ambientK - ZERO_C + this.aboveK(boardS);
  }

  drift(boardS: number): Drift {
    const { resistorPpmPerK, capacitorPpmPerK, gainPpmPerK } = this.profile;
    const ppm = this.aboveK(boardS) * 1e-6;
    return {
      resistance: 1 + resistorPpmPerK * ppm,
      capacitance: 1 + capacitorPpmPerK * ppm,
      gain: 1 + gainPpmPerK * ppm,
    };
  }
}
