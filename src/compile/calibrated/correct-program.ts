import { RelaxdError } from '../../core/index.js';
import {
  calibratedCircuit,
  descriptorHash,
  forEachPair,
  type CalibratedCircuit,
  type Calibration,
  type Couplings,
  type Curve,
  type Descriptor,
  type Initial,
  type Program,
  type Range,
} from '../../device/index.js';
import { quantise } from '../fit-couplings.js';
import {
  coordinatesOf,
  effectiveLaw,
  pairFactor,
  USUAL_CRITERION,
  type Criterion,
  type EffectiveLaw,
  type SiteSettings,
} from './effective-law.js';
import { whatRemains, type Remainder } from './what-remains.js';

/** A program as a calibrated board is to be sent it, and what that comes to. */
export interface CorrectedProgram {
  readonly program: Program;
  readonly criterion: Criterion;
  /** What the board then does, as the ideal circuit's program would say it, in the coordinates of the criterion. */
  readonly law: EffectiveLaw;
  /** Shown = scale × ideal value + offset, per site: what a host divides by, and takes off before. */
  readonly shown: { readonly scale: Float64Array; readonly offset: Float64Array };
  readonly remains: readonly Remainder[];
}

/**
 * Undoes what a board's parts do to a program: in the coordinates of the criterion (effective-law.ts) the board then obeys the law of the
 * program that was given, but for what remains, which is said. The inverse of a calibrated board's twin.
 *
 *     J_ij = J*_ij a_i a_j/κ_ij,  q = 1 + (q* a² − 1/ρ)/w,  r = r* a⁴/k,  h = (h* a − o)/φ,  η = η* a/φδ,  T = T* ρ c/τ
 *
 * with κ_ij the mean of both directions, since a coupling is set once. Values are rounded to the device's steps and kept within its ranges.
 *
 * @param ideal for a circuit of nominal parts, within the device's kinds of couplings
 * @throws RelaxdError `calibration-invalid` (of another device or descriptor), `not-supported` (no circuit, sites that were not calibrated,
 *   a member that cannot be corrected)
 */
export function correctProgram(
  ideal: Program,
  descriptor: Descriptor,
  calibration: Calibration,
  criterion: Criterion = USUAL_CRITERION,
): CorrectedProgram {
  requireCalibrationOf(calibration, descriptor);
  requireCorrectable(ideal, descriptor);
  const { sites: N } = ideal;
  const circuit = calibratedCircuit(calibration, N);
  const a = coordinatesOf(circuit, criterion);
  const wanted = settingsOf(ideal, descriptor);
  const { capacitance: c, resistance: rho, fieldGain: phi } = circuit;
  const list = (value: (i: number) => number, range: Range | null): Float64Array =>
    Float64Array.from({ length: N }, (_, i) => within(value(i), range));
  const wells = descriptor.wells!;
  const quadratic = list(
    (i) => 1 + (wanted.quadratic[i]! * a[i]! ** 2 - 1 / rho[i]!) / circuit.wellGain[i]!,
    wells.quadratic,
  );
  const quartic = list(
    (i) => (wanted.quartic[i]! * a[i]! ** 4) / circuit.quarticGain[i]!,
    wells.quartic,
  );
  const { fields: fieldLimits } = descriptor;
  const fields = list(
    (i) =>
      quantise(
        (ideal.fields[i]! * a[i]! - circuit.offset[i]!) / phi[i]!,
        fieldLimits.resolution ?? null,
      ),
    fieldLimits.range,
  );
  /** What makes a node's temperature 1. */
  const warm = Float64Array.from(circuit.temperature, (tau, i) => (rho[i]! * c[i]!) / tau);
  const { temperature: limits } = descriptor.dynamics;
  const curve = ideal.controls.temperature;
  const perSite = limits.perSite && curve === undefined;
  // One temperature for all: the one at which they are right on average.
  const mean = N / warm.reduce((sum, one) => sum + 1 / one, 0);
  const temperature = perSite
    ? list((i) => wanted.temperature[i]! * warm[i]!, limits.range)
    : within(mean * wanted.temperature[0]!, limits.range);
  const program: Program = {
    ...ideal,
    couplings: correctCouplings(ideal.couplings as PairsOnly, descriptor, circuit, a),
    fields,
    wells: { quadratic, quartic },
    dynamics: { ...ideal.dynamics, temperature },
    initial: correctStart(ideal.initial, a),
    drives: ideal.drives.map(({ pattern, amplitude }, d) => ({
      pattern: pattern.map((eta, i) => (eta * a[i]!) / (phi[i]! * circuit.driveGain(d))),
      amplitude,
    })),
    controls:
      curve === undefined
        ? ideal.controls
        : { ...ideal.controls, temperature: scaledCurve(curve, mean) },
    calibration: calibration.id,
  };
  const set: SiteSettings = {
    quadratic,
    quartic,
    temperature:
      typeof temperature === 'number' ? new Float64Array(N).fill(temperature) : temperature,
  };
  const law = effectiveLaw(program, set, circuit, a);
  const { readoutGain, readoutOffset } = circuit;
  const shown = {
    scale: readoutGain.map((g, i) => g / a[i]!),
    offset: readoutGain.map((g, i) => g * readoutOffset[i]!),
  };
  return {
    program,
    criterion,
    law,
    shown,
    remains: whatRemains({ ideal, wanted, program, law, circuit, descriptor, shown, a }),
  };
}

type PairsOnly = Extract<Couplings, { kind: 'dense' | 'coo' }>;

function correctCouplings(
  couplings: PairsOnly,
  { couplings: limits }: Descriptor,
  circuit: CalibratedCircuit,
  a: Float64Array,
): PairsOnly {
  const { sites: N } = circuit;
  const set = (i: number, j: number, J: number): number =>
    within(quantise(J * pairFactor(circuit, a, i, j), limits.resolution), limits.range);
  if (couplings.kind === 'coo') {
    const entries = couplings.entries.slice();
    for (let k = 0; k < entries.length; k += 3) {
      entries[k + 2] = set(entries[k]!, entries[k + 1]!, entries[k + 2]!);
    }
    return { kind: 'coo', entries };
  }
  const data = new Float64Array(N * N);
  forEachPair(couplings, N, (i, j, J) => {
    data[i * N + j] = data[j * N + i] = set(i, j, J);
  });
  return { kind: 'dense', data };
}

/** A start of ±1 is the converters' own and stays where it is. */
function correctStart(initial: Initial, a: Float64Array): Initial {
  if (initial.kind !== 'pattern') return initial;
  return { kind: 'pattern', values: initial.values.map((x, i) => x / a[i]!) };
}

const scaledCurve = (curve: Curve, factor: number): Curve =>
  curve.map((value, k) => (k % 2 === 1 ? value * factor : value));

const within = (value: number, range: Range | null): number =>
  range === null ? value : Math.min(range[1], Math.max(range[0], value));

/** Wells and temperatures of a program, with the device's own where it leaves them to it. */
function settingsOf(
  { sites, wells, dynamics, controls }: Program,
  device: Descriptor,
): SiteSettings {
  const own = device.wells!.default;
  const given =
    controls.temperature?.[1] ?? dynamics.temperature ?? device.dynamics.temperature.default;
  return {
    quadratic: wells?.quadratic ?? new Float64Array(sites).fill(own.quadratic),
    quartic: wells?.quartic ?? new Float64Array(sites).fill(own.quartic),
    temperature: typeof given === 'number' ? new Float64Array(sites).fill(given) : given,
  };
}

/** The model whose parameters are a circuit's. */
const CIRCUIT = 'linear-circuit';

/** @throws RelaxdError `calibration-invalid`, `not-supported` */
export function requireCalibrationOf(calibration: Calibration, descriptor: Descriptor): void {
  const hash = descriptorHash(descriptor);
  if (calibration.model !== CIRCUIT) {
    throw new RelaxdError(
      'not-supported',
      `programs are compiled against calibrations of circuits, and this one is of '${calibration.model}'`,
      { path: 'calibration.model', value: calibration.model, limit: CIRCUIT },
    );
  }
  if (calibration.descriptor === hash && calibration.device === descriptor.device) return;
  throw new RelaxdError(
    'calibration-invalid',
    `the calibration is of ${calibration.device} with another descriptor than ${descriptor.device} has`,
    {
      path: 'calibration',
      value: calibration.descriptor,
      limit: hash,
      hint: 'compile against a calibration of this device, or calibrate it',
    },
  );
}

function requireCorrectable(program: Program, descriptor: Descriptor): void {
  const refuse = (path: string, value: unknown, limit: unknown, hint: string): never => {
    throw new RelaxdError('not-supported', `${path} cannot be corrected for a board’s parts`, {
      path,
      value,
      limit,
      hint,
    });
  };
  const { couplings, controls, clamped, siteKinds, sites } = program;
  if (descriptor.wells === null || siteKinds !== 'continuous') {
    refuse(
      'siteKinds',
      siteKinds,
      'continuous',
      'sites of ±1 have no parts that a calibration of circuits knows',
    );
  }
  if (couplings.kind !== 'dense' && couplings.kind !== 'coo') {
    return refuse(
      'couplings.kind',
      couplings.kind,
      ['dense', 'coo'],
      'write the couplings as a matrix or a list',
    );
  }
  for (const name of ['quadratic', 'quartic'] as const) {
    if (controls[name] !== undefined) {
      refuse(
        `controls.${name}`,
        name,
        'coupling, temperature',
        'wells that a curve sets are the same at every site',
      );
    }
  }
  if (clamped.length > 0) refuse('clamped', clamped.length, 0, 'leave clamped sites out');
  const own =
    couplings.kind === 'coo'
      ? couplings.entries.findIndex((i, k) => k % 3 === 0 && i === couplings.entries[k + 1])
      : couplings.data.findIndex((J, k) => k % (sites + 1) === 0 && J !== 0);
  if (own >= 0)
    refuse('couplings', 'a diagonal', 'none', 'put it into the quadratic wells: q − J/2');
}
