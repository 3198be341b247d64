import { RelaxdError } from '../../core/index.js';
import {
  curveValue,
  type Curve,
  type Descriptor,
  type ResolvedProgram,
} from '../../device/index.js';
import type { CircuitStart } from '../circuit/circuit-run.js';
import type { CircuitSetting } from '../circuit/circuit-setting.js';
import type { InputCourse } from '../linear/linear-system.js';
import { firstUnlike, forEachPair, nearestStep } from '../program-pairs.js';
import type { CircuitCourse } from './site-model.js';

/** Time between samples, in relaxation times of the fastest nominal site. */
const USUAL_EVERY = 0.4;
/** Samples that a jump of a drive may ask for, over the usual number. */
const MOST_FINER = 8;
/** Of a sample's interval: nearer to a sample is at it. */
const AT_SAMPLE = 1e-6;

/**
 * What a program does to a circuit of linear wells, as its exact model has it.
 * @param every time between samples that the program asks for; null: chosen, short beside relaxation, with a sample wherever a drive bends or jumps
 * @throws RelaxdError `not-supported` for programs that the model has no word for, `invalid-input` for samples that miss a bend of a drive
 */
export function programCourse(
  program: ResolvedProgram,
  descriptor: Descriptor,
  every: number | null,
): CircuitCourse {
  requireLinear(program);
  const { sites, fields, wells, dynamics, drives, duration } = program;
  const { temperature } = dynamics;
  const couplings = pairsOf(program, descriptor.couplings.resolution);
  const quadratic = wells!.quadratic;
  const samples = 1 + intervalsOf(program, descriptor, quadratic, couplings, every);
  const interval = duration / (samples - 1);
  const q = 1 + drives.length;
  const inputs = (value: (curve: Curve, t: number) => number): Float64Array =>
    Float64Array.from({ length: samples * q }, (_, k) =>
      k % q === 0 ? 1 : value(drives[(k % q) - 1]!.amplitude, Math.floor(k / q) * interval),
    );
  const near = AT_SAMPLE * interval;
  const setting: CircuitSetting = {
    sites,
    quadratic,
    couplings: Float64Array.from(couplings),
    fields: fields.map((h) => nearestStep(h, descriptor.fields.resolution)),
    temperature,
    drives: drives.map(({ pattern }, index) => ({ index, pattern })),
  };
  const course: InputCourse = {
    interval,
    length: samples,
    before: inputs((curve, t) => valueBefore(curve, t, near)),
    after: inputs((curve, t) => curveValue(curve, t + near)),
  };
  return { setting, course, start: startOf(program) };
}

function startOf({ initial, sites }: ResolvedProgram): CircuitStart {
  return {
    kind: 'known',
    values: initial.kind === 'pattern' ? initial.values.slice() : new Float64Array(sites),
  };
}

/** The limit of a curve from before t. */
function valueBefore(curve: Curve, t: number, near: number): number {
  for (let k = 0; k < curve.length / 2; k++) {
    if (Math.abs(curve[2 * k]! - t) > near) continue;
    // Of a jump's points the first one is what there was.
    return curve[2 * k + 1]!;
  }
  return curveValue(curve, t - near);
}

/** Intervals between samples: as many as are short beside relaxation, with bends of drives at samples. */
function intervalsOf(
  { drives, duration }: ResolvedProgram,
  descriptor: Descriptor,
  quadratic: Float64Array,
  couplings: readonly number[],
  every: number | null,
): number {
  const bends = drives.flatMap(({ amplitude }) =>
    Array.from({ length: amplitude.length / 2 }, (_, k) => amplitude[2 * k]!).filter(
      (t) => t > 0 && t < duration,
    ),
  );
  const meets = (intervals: number): boolean =>
    bends.every((t) => {
      const at = (t * intervals) / duration;
      return Math.abs(at - Math.round(at)) < AT_SAMPLE;
    });
  const refuse = (value: number, limit: string): never => {
    throw new RelaxdError('invalid-input', 'no such samples: readout.every', {
      path: 'readout.every',
      value,
      limit,
      hint: 'the model is exact from sample to sample: put one wherever a drive bends or jumps',
    });
  };
  const least = descriptor.readout.minEvery ?? 0;
  if (every !== null) {
    const intervals = Math.round(duration / every);
    if (intervals < 1 || Math.abs(intervals * every - duration) > AT_SAMPLE * every)
      refuse(every, 'a whole part of the duration');
    if (!meets(intervals)) refuse(every, `samples at ${bends.join(', ')}`);
    return intervals;
  }
  const rates = quadratic.map((v) => 2 * v);
  for (let k = 0; k < couplings.length; k += 3) {
    for (const i of [couplings[k]!, couplings[k + 1]!])
      rates[i] = rates[i]! + Math.abs(couplings[k + 2]!);
  }
  const wanted = Math.max(USUAL_EVERY / Math.max(...rates.map(Math.abs)), least);
  const usual = Math.max(1, Math.floor(duration / wanted));
  for (let n = usual; n <= MOST_FINER * usual && duration / n >= least; n++) if (meets(n)) return n;
  return refuse(wanted, `samples at ${bends.join(', ')}`);
}

/** Flat list i, j, J of a program's pairs as they are set, those that are not left out. */
function pairsOf(program: ResolvedProgram, step: number | null): number[] {
  const pairs: number[] = [];
  forEachPair(program, (i, j, asked) => {
    const J = nearestStep(asked, step);
    if (J !== 0) pairs.push(i, j, J);
  });
  return pairs;
}

/** @throws RelaxdError `not-supported` */
function requireLinear(program: ResolvedProgram): void {
  const { wells, couplings, initial, clamped, controls, dynamics } = program;
  const refuse = (
    message: string,
    path: string,
    value: unknown,
    limit: unknown,
    hint?: string,
  ): never => {
    throw new RelaxdError('not-supported', `no dissipation by violation: ${message}`, {
      path,
      value,
      limit,
      ...(hint === undefined ? {} : { hint }),
    });
  };
  if (wells === null) refuse('it is read off circuits', 'wells', null, 'continuous sites in wells');
  const bent = wells!.quartic.findIndex((r) => r !== 0);
  if (bent >= 0) {
    const hint = 'give the program "wells": {"quadratic": …, "quartic": 0}';
    refuse('the model has linear wells', `wells.quartic[${bent}]`, wells!.quartic[bent], 0, hint);
  }
  if (couplings.kind !== 'coo' && couplings.kind !== 'dense')
    refuse('couplings as a matrix or a list', 'couplings.kind', couplings.kind, ['dense', 'coo']);
  const unlike = firstUnlike(program);
  if (unlike !== null) {
    const path = `couplings.data[${unlike.i},${unlike.j}]`;
    refuse('a coupling is set once', path, unlike.one, unlike.other);
  }
  if (initial.kind !== 'zero' && initial.kind !== 'pattern')
    refuse('its start has to be known', 'initial.kind', initial.kind, ['zero', 'pattern']);
  if ((dynamics.burnIn ?? 0) > 0)
    refuse('its start has to be known', 'dynamics.burnIn', dynamics.burnIn, 0);
  if (clamped.length > 0) refuse('sites are free', 'clamped', clamped.length, 0);
  const [control] = Object.keys(controls);
  if (control !== undefined) {
    const hint =
      'a field that changes is a drive; a temperature that does not is dynamics.temperature';
    refuse('controls are not in its model', `controls.${control}`, control, null, hint);
  }
}
