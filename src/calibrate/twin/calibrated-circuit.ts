import { RelaxdError } from '../../core/index.js';
import { curveValue, type Descriptor, type Program } from '../../device/index.js';
import { firstUnlike, forEachPair, nearestStep } from '../program-pairs.js';
import { ratioOf, type CalibratedValues } from './twin-numbers.js';
import { unitsOf, type CircuitUnits } from './twin-units.js';

/**
 * A program on a calibrated circuit, in program units: node i obeys
 *
 *     c dx = (−(fixed + m_q set) x − 4 r m_r x³ + m_J Σ_j J_ij y_j + f + Σ_d A_d η_d) dt + noise of 2 T n,   shown = g (y + v) + σ ξ
 *
 * with fixed = 2(1/ρ − w), set = 2 q w, n = τ/ρ, controls m_q, m_r, m_J, T, y of couplings behind their lag and of the readout behind its low-pass: the model
 * of docs/calibration.md with quartic wells beside it. Lists are [sites].
 */
export interface CalibratedCircuit {
  readonly sites: number;
  readonly capacitance: Float64Array;
  readonly leakFixed: Float64Array;
  readonly leakSet: Float64Array;
  /** r, as built. */
  readonly quartic: Float64Array;
  /** J_ij of what i receives from j, [sites × sites]; null: none. */
  readonly couplings: Float64Array | null;
  /** Fields and offset currents. */
  readonly current: Float64Array;
  readonly drives: readonly Float64Array[];
  /** Of one unit of temperature. */
  readonly noise: Float64Array;
  /** The program's own, where sites have one each. */
  readonly siteTemperature: Float64Array | null;
  readonly temperature: number;
  readonly gain: Float64Array;
  readonly offset: Float64Array;
  readonly readoutNoise: Float64Array;
  /** Time constant of what each coupling sees of a node, t0; 0: it sees the node itself. */
  readonly couplingPole: number;
  /** t0; 0: none. */
  readonly readoutPole: number;
  /** What monitors make of energies: gain × value + offset × time. */
  readonly heatGain: number;
  readonly heatOffset: number;
  readonly workGain: number;
  readonly workOffset: number;
}

/** What a device fills in where a program says nothing. */
export interface CircuitDefaults {
  readonly quadratic: number;
  readonly quartic: number;
  readonly temperature: number;
  /** Steps of couplings and fields; 0: none. */
  readonly couplingStep: number;
  readonly fieldStep: number;
}

export const circuitDefaults = ({ wells, dynamics, couplings, fields }: Descriptor) => ({
  quadratic: wells?.default.quadratic ?? 1,
  quartic: wells?.default.quartic ?? 0,
  temperature: dynamics.temperature.default,
  couplingStep: couplings.resolution ?? 0,
  fieldStep: fields.resolution ?? 0,
});

/**
 * @param couplingError what each set coupling is off beside its gain, in standard deviations of `couplingError`; left out: none
 * @throws RelaxdError `not-supported` for programs that no calibration of a circuit says anything of
 */
export function calibratedCircuit(
  program: Program,
  values: CalibratedValues,
  defaults: CircuitDefaults,
  couplingError?: () => number,
): CalibratedCircuit {
  requireKnown(program, values);
  const { sites, wells, dynamics } = program;
  const ratio = (name: string): number => ratioOf(values, name);
  const list = (value: (i: number) => number): Float64Array =>
    Float64Array.from({ length: sites }, (_, i) => value(i));
  const units: CircuitUnits = unitsOf(values);
  const rho = list((i) => ratio(`resistance[${i}]`));
  const well = list((i) => ratio(`wellGain[${i}]`));
  const phi = list((i) => ratio(`fieldGain[${i}]`));
  const gain = list((i) => ratio(`readoutGain[${i}]`));
  const { temperature } = dynamics;
  const course = program.controls.temperature;
  return {
    sites,
    capacitance: list((i) => ratio(`capacitance[${i}]`)),
    leakFixed: list((i) => 2 * (1 / rho[i]! - well[i]!)),
    leakSet: list((i) => 2 * (wells?.quadratic[i] ?? defaults.quadratic) * well[i]!),
    quartic: list((i) => (wells?.quartic[i] ?? defaults.quartic) * ratio(`quarticGain[${i}]`)),
    couplings: couplingsOf(program, ratio, defaults.couplingStep, couplingError),
    current: list(
      (i) =>
        phi[i]! * nearestStep(program.fields[i]!, defaults.fieldStep) +
        (values.value(`offsetCurrent[${i}]`) ?? 0) / units.currentA,
    ),
    drives: program.drives.map(({ pattern }, d) =>
      list((i) => phi[i]! * ratio(`driveGain[${d}]`) * pattern[i]!),
    ),
    noise: list((i) => ratio(`temperature[${i}]`) / rho[i]!),
    siteTemperature: temperature instanceof Float64Array ? temperature : null,
    temperature:
      typeof temperature === 'number'
        ? temperature
        : course === undefined
          ? defaults.temperature
          : curveValue(course, 0),
    gain,
    offset: list((i) => (values.value(`readoutOffset[${i}]`) ?? 0) / units.unitV),
    readoutNoise: list((i) => (values.value(`readoutNoise[${i}]`) ?? 0) / units.unitV),
    couplingPole: (values.value('couplingPole') ?? 0) / units.timeS,
    readoutPole: (values.value('readoutPole') ?? 0) / units.timeS,
    heatGain: ratio('heatGain'),
    heatOffset: ((values.value('heatOffset') ?? 0) * units.timeS) / units.energyJ,
    workGain: ratio('workGain'),
    workOffset: ((values.value('workOffset') ?? 0) * units.timeS) / units.energyJ,
  };
}

function couplingsOf(
  program: Program,
  ratio: (name: string) => number,
  step: number,
  couplingError: (() => number) | undefined,
): Float64Array | null {
  const { sites } = program;
  const J = new Float64Array(sites * sites);
  let isEmpty = true;
  const set = (i: number, j: number, asked: number): void => {
    if (i === j || asked === 0) return;
    // One converter sets a pair, so its error is that of both directions.
    const value = nearestStep(asked, step) + (couplingError?.() ?? 0);
    const pair = ratio(`couplingGain[${Math.min(i, j)},${Math.max(i, j)}]`);
    J[i * sites + j] = value * pair * ratio(`couplingGain[${i}<-${j}]`);
    J[j * sites + i] = value * pair * ratio(`couplingGain[${j}<-${i}]`);
    isEmpty = false;
  };
  forEachPair(program, set);
  return isEmpty ? null : J;
}

/** @throws RelaxdError `not-supported` */
function requireKnown(program: Program, values: CalibratedValues): void {
  const { sites, couplings, initial, clamped, controls } = program;
  const refuse = (message: string, path: string, value: unknown, limit: unknown): never => {
    throw new RelaxdError('not-supported', message, { path, value, limit });
  };
  for (let i = 0; i < sites; i++) {
    if (values.value(`capacitance[${i}]`) !== undefined) continue;
    throw new RelaxdError('not-supported', `the calibration does not say what site ${i} is`, {
      path: 'sites',
      value: sites,
      limit: i,
      hint: `relaxd calibrate --sites ${sites}, then activate what it proposes`,
    });
  }
  if (couplings.kind !== 'coo' && couplings.kind !== 'dense') {
    const limit = ['dense', 'coo'];
    refuse('twins have couplings as a matrix or a list', 'couplings.kind', couplings.kind, limit);
  }
  const unlike = firstUnlike(program);
  if (unlike !== null) {
    const message = 'twins have couplings that are alike in both directions';
    refuse(message, 'couplings.data', unlike.one, unlike.other);
  }
  if (initial.kind === 'equilibrium') {
    const limit = ['zero', 'pattern', 'corrupted', 'random'];
    refuse('no twin of a start in equilibrium', 'initial.kind', initial.kind, limit);
  }
  if (clamped.length > 0) refuse('no twin of clamped sites', 'clamped', clamped.length, 0);
  if (controls.pump !== undefined) refuse('circuits have no pump', 'controls.pump', 'pump', null);
}
