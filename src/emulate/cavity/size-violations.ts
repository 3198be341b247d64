import type { Violation } from '../../core/index.js';
import type { Couplings, Program } from '../../device/index.js';
import { largestValue } from './control-course.js';

/** Couplings and fields up to here: sums of N², products with controls, and rates of flips still fit into doubles. */
const MOST_ENERGY = 1e100;
/**
 * Clouds are at most this many waists from the axis: the phases of the couplings go as r²/w0², and further out their
 * rounding is above 1e-4 (and no resonator has modes that wide).
 */
const MOST_WAISTS = 1e6;
/** β = w0²/(8σ²) of smaller clouds would not fit; 0 stands for points. */
const LEAST_CLOUD_IN_WAISTS = 1e-50;

/** Numbers of a program with which sums overflow: a rate that is not finite would stop the clock of a run for ever. */
export function sizeViolations(program: Program): Violation[] {
  const found: Violation[] = [];
  const refuse = (path: string, what: string, value: number, limit: number): void => {
    found.push({
      code: 'program-refused',
      path,
      message: `${what} of ${value} is out of scale, above ${limit}; choose a larger unit of energy`,
      value,
      limit,
    });
  };
  const { couplings, fields, drives } = program;
  if (couplings.kind === 'positions') found.push(...positionViolations(couplings));
  else {
    const strongest = largestOf(energiesOf(couplings));
    if (strongest > MOST_ENERGY) refuse('couplings', 'a coupling', strongest, MOST_ENERGY);
  }
  const field = largestOf(fields);
  if (field > MOST_ENERGY) refuse('fields', 'a field', field, MOST_ENERGY);
  drives.forEach(({ pattern, amplitude }, d) => {
    const drive = largestOf(pattern) * largestValue(amplitude);
    if (drive > MOST_ENERGY) refuse(`drives[${d}].amplitude`, 'a field', drive, MOST_ENERGY);
  });
  return found;
}

function positionViolations({
  xy,
  waist,
  cloudSigma,
}: Extract<Couplings, { kind: 'positions' }>): Violation[] {
  const found: Violation[] = [];
  const at = xy.findIndex((x) => !(Math.abs(x) <= MOST_WAISTS * waist));
  if (at >= 0) {
    found.push({
      code: 'program-refused',
      path: `couplings.xy[${at >> 1}]`,
      message: `a cloud at ${xy[at]!} is more than ${MOST_WAISTS} waists from the axis, where couplings have no definite phase; xy and waist are in one unit of length`,
      value: xy[at],
      limit: MOST_WAISTS * waist,
    });
  }
  if (cloudSigma > 0 && cloudSigma < LEAST_CLOUD_IN_WAISTS * waist) {
    found.push({
      code: 'program-refused',
      path: 'couplings.cloudSigma',
      message: `the local coupling w0²/(8σ²) of clouds of ${cloudSigma} does not fit into a double; give 0 for points`,
      value: cloudSigma,
      limit: LEAST_CLOUD_IN_WAISTS * waist,
    });
  }
  return found;
}

/** The numbers of couplings that have the unit of energy. */
function energiesOf(couplings: Exclude<Couplings, { kind: 'positions' }>): ArrayLike<number> {
  switch (couplings.kind) {
    case 'dense':
      return couplings.data;
    case 'coo':
      return couplings.entries.filter((_, k) => k % 3 === 2);
    case 'memories':
      return couplings.weights ?? [];
  }
}

function largestOf(values: ArrayLike<number>): number {
  let largest = 0;
  for (let k = 0; k < values.length; k++) largest = Math.max(largest, Math.abs(values[k]!));
  return largest;
}
