import { filterShots, type FilteredLikelihood } from '../linear/linear-likelihood.js';
import type { SampledShots } from '../linear/linear-system.js';
import { RelaxdError } from '../../core/index.js';
import { momentCourse } from './moment-course.js';
import type { QuarticSystem } from './quartic-likelihood.js';

/**
 * The likelihood of one node in a quartic well that is seen through its readout, low-pass and noise included: Kalman's filter along closed moments
 * ({@link momentCourse}). It needs weak noise, T small beside the well's own energies, where `quarticLikelihood` needs states that are seen without
 * noise; where there is no cubic force it is the exact one of the linear node (docs/decisions/0092-quartic-gains-from-strong-fields.md).
 *
 * @throws RelaxdError `invalid-input` for what is not one node with a known start and one constant input
 */
export function momentLikelihood(system: QuarticSystem, data: SampledShots): FilteredLikelihood {
  const { states, outputs, inputs } = system.linear;
  const { course, start, shots } = data;
  const isConstant = course.before.every((v) => v === 1) && course.after.every((v) => v === 1);
  const need = (ok: boolean, path: string, value: unknown, limit: unknown): void => {
    if (ok) return;
    throw new RelaxdError('invalid-input', `no likelihood of such a quartic well: ${path}`, {
      path,
      value,
      limit,
    });
  };
  need(states <= 2 && outputs === 1, 'states', states, 'one node, and its low-pass');
  need(inputs === 1 && isConstant, 'inputs', inputs, 'one, 1 at all times');
  need(course.length > 1, 'course.length', course.length, '2 or more');
  if (start.kind !== 'known') {
    throw new RelaxdError('invalid-input', 'a quartic well has no normal law at rest', {
      path: 'start',
      value: start.kind,
      limit: 'known',
    });
  }
  const steps = momentCourse(system, course, start.mean);
  return filterShots(system.linear, steps, start.mean, shots);
}
