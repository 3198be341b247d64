import { BOLTZMANN_J_PER_K, RelaxdError } from '../../core/index.js';
import type { Descriptor } from '../../device/index.js';
import type { NominalCircuit } from './circuit-parameters.js';

/** Of the readout's pole where a descriptor does not say: 0.05 RC, the boards' usual one. */
const USUAL_POLE = 0.025;
/** Of ±8 V0: a readout without a converter's step is looked for from here. */
const FINE_STEP = 1e-3;

/**
 * What a descriptor says of a circuit's parts: `capacitanceF`, `resistanceOhm`, `temperatureK` and the readout's step among its
 * parameters, V0 from its unit of energy, C V0²/2; and, where it says it, how late couplings are (`couplingPoleS`).
 * @param parameters present values, where a device has them written; the defaults otherwise
 * @throws RelaxdError `not-supported` for devices that are not such a circuit
 */
export function nominalCircuit(
  descriptor: Descriptor,
  parameters: Readonly<Record<string, number>> = {},
): NominalCircuit {
  const find = (name: string): number | undefined =>
    parameters[name] ?? descriptor.parameters.find((p) => p.name === name)?.default;
  const need = (name: string, value: number | null | undefined): number => {
    if (value !== undefined && value !== null && value > 0) return value;
    throw new RelaxdError('not-supported', `${descriptor.device} does not say its ${name}`, {
      path: name,
      value: value ?? null,
      limit: 'a circuit with capacitanceF, resistanceOhm and units in seconds and joules',
      hint: 'spins are calibrated by their rates',
    });
  };
  const energyJ = need('units.energy.joules', descriptor.units.energy.joules);
  const timeS = need('units.time.seconds', descriptor.units.time.seconds);
  const capacitanceF = need('capacitanceF', find('capacitanceF'));
  const unitV = Math.sqrt((2 * energyJ) / capacitanceF);
  const bits = find('adcBits') ?? 0;
  const codes = 2 ** (bits - 1) - 1;
  const atNode = (find('adcFullScaleV') ?? 0) / (find('readoutGain') ?? 1) / unitV;
  const pole = find('readoutPoleS');
  const couplingPoleS = find('couplingPoleS') ?? 0;
  return {
    capacitanceF,
    resistanceOhm: need('resistanceOhm', find('resistanceOhm')),
    temperatureK: find('temperatureK') ?? energyJ / BOLTZMANN_J_PER_K,
    unitV,
    readoutStep: bits > 1 && atNode > 0 ? atNode / codes : FINE_STEP,
    readoutPoleS: pole ?? (bits > 1 ? USUAL_POLE * timeS : 0),
    ...(couplingPoleS > 0 ? { couplingPoleS } : {}),
  };
}
