import type { Curve, ResolvedProgram } from '../../device/index.js';
import type { StateSpace } from './state-space.js';

/**
 * The energy that a flip typically exchanges in a program, from the largest values of its drives and of its coupling
 * control: the unit in which errors of moments are small or large. 1 where nothing is exchanged.
 */
export function energyUnit(space: StateSpace, program: ResolvedProgram): number {
  const { coupling } = program.controls;
  let field = (coupling === undefined ? 1 : largest(coupling)) * rootMeanSquare(space.energyFields);
  field += rootMeanSquare(program.fields);
  for (const { amplitude, pattern } of program.drives) {
    field += largest(amplitude) * rootMeanSquare(pattern);
  }
  return field > 0 ? 2 * field : 1;
}

/** Of the values of a curve, which stand at odd places. */
function largest(curve: Curve): number {
  let most = 0;
  for (let k = 1; k < curve.length; k += 2) most = Math.max(most, Math.abs(curve[k]!));
  return most;
}

function rootMeanSquare(values: Float64Array): number {
  if (values.length === 0) return 0;
  return Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);
}
