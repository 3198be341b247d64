import type { ResolvedProgram } from '../device/index.js';
import { isConstant } from './curve-course.js';

/** What does work in a run: drives whose amplitude changes, and controls that do. A temperature does none. */
export function changing(program: ResolvedProgram): {
  readonly drives: boolean;
  readonly controls: boolean;
} {
  const { drives, controls, duration } = program;
  return {
    drives: drives.some(({ amplitude }) => !isConstant(amplitude, duration)),
    controls: Object.entries(controls).some(
      ([name, curve]) => name !== 'temperature' && !isConstant(curve, duration),
    ),
  };
}
