import { BOLTZMANN_J_PER_K, RelaxdError } from '../core/index.js';
import type { CalibratedParameter, Calibration } from './calibration.js';

/**
 * What a calibration says of a board of leaky capacitors, in program units and over the nominal values. Node i obeys
 *
 *     c dx = (−2[1/ρ + (q − 1)w] x − 4 r k x³ + Σ_j J_ij κ_ij x_j + φ(h + Σ_d A_d δ_d η_d) + o) dt + noise of 2 T τ/ρ,   shown = g (x + v)
 *
 * where q, r, J, h, A, η and T are the program's. Lists are [sites].
 */
export interface CalibratedCircuit {
  readonly sites: number;
  /** c */
  readonly capacitance: Float64Array;
  /** ρ */
  readonly resistance: Float64Array;
  /** τ: what the node's temperature is at program temperature 1, as the noise of its leak says. */
  readonly temperature: Float64Array;
  /** g */
  readonly readoutGain: Float64Array;
  /** v */
  readonly readoutOffset: Float64Array;
  /** Standard deviation of what is shown. */
  readonly readoutNoise: Float64Array;
  /** φ */
  readonly fieldGain: Float64Array;
  /** w */
  readonly wellGain: Float64Array;
  /** k; 1 where nobody has measured it. */
  readonly quarticGain: Float64Array;
  /** o */
  readonly offset: Float64Array;
  /** Time constant of the low-pass before the readout. */
  readonly readoutPole: number;
  /** κ of what node i receives from j. */
  couplingGain(i: number, j: number): number;
  /** Its standard error; null: that pair was not measured. */
  couplingError(i: number, j: number): number | null;
  /** δ */
  driveGain(d: number): number;
  /** Whether a quantity of a site was measured. */
  knows(name: string, site: number): boolean;
}

/** Units of a calibrated circuit's programs: C V0²/2 = k_B T at program temperature 1, t0 = 2RC. */
export interface CalibratedUnits {
  readonly energyJ: number;
  readonly timeS: number;
  readonly unitV: number;
}

export function calibratedUnits({ parameters }: Pick<Calibration, 'parameters'>): CalibratedUnits {
  const nominal = (name: string): number =>
    parameters.find((one) => one.name === name)?.nominal ?? NaN;
  const capacitanceF = nominal('capacitance[0]');
  const energyJ = BOLTZMANN_J_PER_K * nominal('temperature[0]');
  return {
    energyJ,
    timeS: 2 * nominal('resistance[0]') * capacitanceF,
    unitV: Math.sqrt((2 * energyJ) / capacitanceF),
  };
}

/**
 * @param sites of a program on it: the first ones
 * @throws RelaxdError `not-supported` where a site was not calibrated, or what was is no circuit
 */
export function calibratedCircuit(calibration: Calibration, sites: number): CalibratedCircuit {
  const of = new Map(calibration.parameters.map((one) => [one.name, one]));
  for (let i = 0; i < sites; i++) {
    if (of.has(`capacitance[${i}]`)) continue;
    throw new RelaxdError('not-supported', `the calibration does not say what site ${i} is`, {
      path: 'sites',
      value: sites,
      limit: 'sites that were calibrated',
      hint: 'calibrate with --sites, on a device that is a circuit',
    });
  }
  const { unitV, timeS } = calibratedUnits(calibration);
  const list = (value: (i: number) => number): Float64Array =>
    Float64Array.from({ length: sites }, (_, i) => value(i));
  const ratio = (name: string): number => ratioOf(of.get(name));
  const valueOf = (name: string): number => of.get(name)?.value ?? 0;
  const coupling = (i: number, j: number): CalibratedParameter | undefined =>
    of.get(`couplingGain[${i}<-${j}]`) ??
    of.get(`couplingGain[${Math.min(i, j)},${Math.max(i, j)}]`);
  return {
    sites,
    capacitance: list((i) => ratio(`capacitance[${i}]`)),
    resistance: list((i) => ratio(`resistance[${i}]`)),
    temperature: list((i) => ratio(`temperature[${i}]`)),
    readoutGain: list((i) => ratio(`readoutGain[${i}]`)),
    readoutOffset: list((i) => valueOf(`readoutOffset[${i}]`) / unitV),
    readoutNoise: list((i) => valueOf(`readoutNoise[${i}]`) / unitV),
    fieldGain: list((i) => ratio(`fieldGain[${i}]`)),
    wellGain: list((i) => ratio(`wellGain[${i}]`)),
    quarticGain: list((i) => ratio(`quarticGain[${i}]`)),
    // One unit of field is C V0/t0 = V0/2R.
    offset: list((i) => {
      const resistance = of.get(`resistance[${i}]`);
      const ohm = resistance?.nominal ?? resistance?.value ?? NaN;
      const current = valueOf(`offsetCurrent[${i}]`);
      return current === 0 ? 0 : (current * 2 * ohm) / unitV;
    }),
    readoutPole: valueOf('readoutPole') === 0 ? 0 : valueOf('readoutPole') / timeS,
    couplingGain: (i, j) => ratioOf(coupling(i, j)),
    couplingError: (i, j) => coupling(i, j)?.standardError ?? null,
    driveGain: (d) => ratio(`driveGain[${d}]`),
    knows: (name, site) => of.has(`${name}[${site}]`),
  };
}

/** A parameter over what was built or asked for; 1 where there is none. */
function ratioOf(parameter: CalibratedParameter | undefined): number {
  if (parameter === undefined) return 1;
  const nominal = parameter.nominal ?? null;
  return nominal === null || nominal === 0 ? parameter.value : parameter.value / nominal;
}

/** Every pair of a program's couplings once, i < j, with the mean of both directions where they are written twice; zeros left out. */
export function forEachPair(
  couplings: PairCouplings,
  sites: number,
  visit: (i: number, j: number, J: number) => void,
): void {
  if (couplings.kind === 'coo') {
    const { entries } = couplings;
    for (let k = 0; k < entries.length; k += 3) {
      const [i, j] = [entries[k]!, entries[k + 1]!];
      visit(Math.min(i, j), Math.max(i, j), entries[k + 2]!);
    }
    return;
  }
  for (let i = 0; i < sites; i++) {
    for (let j = i + 1; j < sites; j++) {
      const J = (couplings.data[i * sites + j]! + couplings.data[j * sites + i]!) / 2;
      if (J !== 0) visit(i, j, J);
    }
  }
}

export type PairCouplings =
  | { readonly kind: 'coo'; readonly entries: Float64Array }
  | { readonly kind: 'dense'; readonly data: Float64Array };
