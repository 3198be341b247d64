import { BOLTZMANN_J_PER_K } from '../../core/index.js';
import type { CalibratedValues } from './twin-numbers.js';

/** Units of a calibrated circuit's programs: C V0²/2 = k_B T at program temperature 1, t0 = 2RC. */
export interface CircuitUnits {
  readonly energyJ: number;
  readonly timeS: number;
  readonly unitV: number;
  /** C V0/t0 = V0/2R */
  readonly currentA: number;
}

export function unitsOf({ nominal }: Pick<CalibratedValues, 'nominal'>): CircuitUnits {
  const of = (name: string): number => nominal(name) ?? NaN;
  const capacitanceF = of('capacitance[0]');
  const resistanceOhm = of('resistance[0]');
  const energyJ = BOLTZMANN_J_PER_K * of('temperature[0]');
  const unitV = Math.sqrt((2 * energyJ) / capacitanceF);
  return {
    energyJ,
    timeS: 2 * resistanceOhm * capacitanceF,
    unitV,
    currentA: unitV / (2 * resistanceOhm),
  };
}
