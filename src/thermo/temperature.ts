import { BOLTZMANN_J_PER_K, RelaxdError } from '../core/index.js';
import { moments } from './statistics.js';

/** What is known of how a device shows a coordinate: shown = gain·x + noise. */
export interface Readout {
  /** Shown per unit of x; null: nobody has calibrated it. */
  readonly gain: number | null;
  /** Variance of the readout's own noise, in what is shown; null: not calibrated. */
  readonly noiseVariance: number | null;
}

/** A unit of a device's descriptor, with its value in SI where there is one. */
export interface EnergyUnit {
  readonly name: string;
  readonly joules: number | null;
}

/**
 * Temperature of a harmonic coordinate by equipartition, T = κ⟨(x − ⟨x⟩)²⟩, in the unit of κx² (k_B = 1; physics page of memories,
 * B14). The readout's noise is taken off and its gain divided out. Samples must be independent for the error to be right.
 * @param shown values as the device shows them
 * @param stiffness κ
 * @throws RelaxdError `not-calibrated` where gain or noise of the readout are not known: the temperature would be anything
 */
export function equipartitionTemperature(
  shown: ArrayLike<number>,
  stiffness: number,
  readout: Readout,
): { readonly temperature: number; readonly standardError: number } {
  const { gain, noiseVariance } = readout;
  if (gain === null || noiseVariance === null) {
    const missing = gain === null ? 'gain' : 'noise';
    throw new RelaxdError(
      'not-calibrated',
      `no temperature from a readout whose ${missing} is not calibrated: (g, R, C, T) → (sg, R/s, sC, T/s) shows the same`,
      {
        path: `readout.${gain === null ? 'gain' : 'noiseVariance'}`,
        hint: 'calibrate the device first',
      },
    );
  }
  const { variance, count } = moments(shown);
  const scale = stiffness / (gain * gain);
  return {
    temperature: scale * (variance - noiseVariance),
    standardError: scale * variance * Math.sqrt(2 / (count - 1)),
  };
}

/**
 * An energy in joules.
 * @throws RelaxdError `not-calibrated` where the device's unit of energy has no value in joules
 */
export function inJoules(energy: number, unit: EnergyUnit): number {
  return energy * joulesOf(unit);
}

/**
 * A temperature in kelvin, of one in the unit of energy (k_B = 1).
 * @throws RelaxdError `not-calibrated`
 */
export function inKelvin(temperature: number, unit: EnergyUnit): number {
  return (temperature * joulesOf(unit)) / BOLTZMANN_J_PER_K;
}

function joulesOf({ name, joules }: EnergyUnit): number {
  if (joules !== null && joules > 0) return joules;
  throw new RelaxdError(
    'not-calibrated',
    `the unit of energy '${name}' has no value in joules on this device`,
    {
      path: 'units.energy.joules',
      value: joules,
      hint: 'leave --si out: numbers are in the program’s unit; or calibrate the device',
    },
  );
}

/** What a computation costs beside a digital one. */
export interface Advantage {
  /** Energy of the digital computation over the heat of the device's. */
  readonly ratio: number;
  readonly macs: number;
  readonly joulesPerMac: number;
  /** k_B T·heat·samples. */
  readonly deviceJoules: number;
  readonly samples: number;
}

/**
 * MACs·E_MAC/(k_B T Q M): never without its inputs (physics page of circuits, §7.5). Heat of the compute phase only: lines, converters
 * and reset are not in it.
 * @param heat Q of one trajectory, in k_B T
 * @param temperatureK of the bath, for joules
 * @param samples M trajectories that are averaged
 */
export function thermodynamicAdvantage(inputs: {
  readonly macs: number;
  readonly joulesPerMac: number;
  readonly heat: number;
  readonly temperatureK: number;
  readonly samples: number;
}): Advantage {
  const { macs, joulesPerMac, heat, temperatureK, samples } = inputs;
  const deviceJoules = BOLTZMANN_J_PER_K * temperatureK * heat * samples;
  return { ratio: (macs * joulesPerMac) / deviceJoules, macs, joulesPerMac, deviceJoules, samples };
}
