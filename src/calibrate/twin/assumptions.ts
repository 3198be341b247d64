import { RelaxdError } from '../../core/index.js';
import type { Calibration, Descriptor, ResolvedProgram } from '../../device/index.js';
import type { CalibrateBody } from '../job/calibrate-body.js';
import type { Assumption } from './draw-values.js';

/** Certificates that are taken for granted: 1 % of monitors and cubic conductances, 0.5 % of drives' amplitudes. */
const MONITOR = 0.01;
const CUBIC = 0.01;
const DRIVE = 0.005;
/** Error of what a run of its own will tell. */
export const MEASURED = Infinity;
/** Of an amplifier's bandwidth. */
const BANDWIDTH = 0.2;
/** Of a step of the couplings' converters: their nonlinearity. */
const CONVERTER = 0.3;

/**
 * What a program needs of a device that its calibration does not say, as it is taken to be where nobody knows better: cubic conductances, drives'
 * gains, the gain of the monitor of work, what converters add to couplings beside their gains, and how late couplings are (the descriptor's
 * `couplingPoleS`). Its offset is measured: {@link MEASURED}
 * stands there until it is.
 *
 * @param given by parameter or by kind; they replace what is taken otherwise
 * @throws RelaxdError `invalid-input` for a name that this program has no use for
 */
export function assumptionsOf(
  program: ResolvedProgram,
  calibration: Calibration,
  descriptor: Descriptor,
  given: NonNullable<CalibrateBody['references']>,
): Assumption[] {
  const known = new Map(calibration.parameters.map((one) => [one.name, one]));
  const usual: Assumption[] = [];
  const take = (parameter: string, value: number, standardError: number): void => {
    if (!known.has(parameter)) usual.push({ parameter, value, standardError });
  };
  const { sites, wells, drives, controls, couplings, readout } = program;
  for (let i = 0; i < sites; i++) {
    if ((wells?.quartic[i] ?? 0) > 0) take(`quarticGain[${i}]`, 1, CUBIC);
  }
  drives.forEach((_, d) => take(`driveGain[${d}]`, 1, DRIVE));
  const isDriven = drives.length > 0 || Object.keys(controls).length > 0;
  if (readout.channels.includes('work')) {
    if (isDriven) take('workGain', 1, MONITOR);
    take('workOffset', 0, MEASURED);
  }
  const hasCouplings =
    (couplings.kind === 'coo' && couplings.entries.length > 0) || couplings.kind === 'dense';
  const step = descriptor.couplings.resolution ?? 0;
  if (hasCouplings && step > 0) take('couplingError', 0, CONVERTER * step);
  const poleS = descriptor.parameters.find(({ name }) => name === 'couplingPoleS')?.default ?? 0;
  if (hasCouplings && poleS > 0) take('couplingPole', poleS, BANDWIDTH * poleS);
  const used = new Set<string>();
  const found = usual.map((one) => {
    const kind = one.parameter.replace(/\[.*/, '');
    const other =
      given.find(({ parameter }) => parameter === one.parameter) ??
      given.find(({ parameter }) => parameter === kind);
    if (other === undefined) return one;
    used.add(other.parameter);
    return { ...other, parameter: one.parameter };
  });
  given.forEach(({ parameter }, k) => {
    if (used.has(parameter)) return;
    const kinds = [...new Set(usual.map((one) => one.parameter.replace(/\[.*/, '')))];
    const isKnown = [...known.keys()].some((name) => name.replace(/\[.*/, '') === parameter);
    throw new RelaxdError(
      'invalid-input',
      isKnown || known.has(parameter)
        ? `the calibration says itself what '${parameter}' is`
        : `this program has no use for '${parameter}'`,
      { path: `references[${k}].parameter`, value: parameter, limit: kinds },
    );
  });
  return found;
}

/** What is assumed, a line a kind. */
export function toldAssumptions(assumed: readonly Assumption[]): string[] {
  const kinds = new Map<string, Assumption[]>();
  for (const one of assumed) {
    const kind = one.parameter.replace(/\[.*/, '');
    kinds.set(kind, [...(kinds.get(kind) ?? []), one]);
  }
  return [...kinds].map(([kind, list]) => {
    const { value, standardError } = list[0]!;
    const each = list.length > 1 ? ' of each' : '';
    const unit = UNITS[kind] ?? '';
    return `${kind} ${Number(value.toPrecision(4))} ± ${Number(standardError.toPrecision(3))}${unit}${each}`;
  });
}

const UNITS: Readonly<Record<string, string>> = {
  workOffset: ' W',
  couplingPole: ' s',
  couplingError: ' (energy of the program)',
};
