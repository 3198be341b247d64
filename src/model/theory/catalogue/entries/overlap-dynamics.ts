import { RelaxdError } from '../../../../core/index.js';
import { drivenOverlapDynamics } from '../../overlap-dynamics.js';
import { choice, integer, number, optional, profile, quantity, theory } from '../theory.js';

/** Some ten seconds. */
const MOST_STEPS = 2e7;

export const overlapDynamics = theory({
  name: 'overlap-dynamics',
  says: 'a dense memory driven by a corrupted cue: overlaps, work, heat and entropy production',
  source:
    'overlap equations of Glauber dynamics, exact for N → ∞ at low and intermediate load; RK4',
  parameters: {
    degree: integer('n', 3, 2, 50),
    temperature: number('T', 'energy', 0.3, { above: 0, most: 100 }),
    cueAccuracy: number('c, overlap of the cue with the target', '', 0.6, { least: -1, most: 1 }),
    field: profile('strength of the cue over time; 0 before, constant after', [
      [0, 0.5],
      [2, 0.5],
      [2, 0],
    ]),
    initialOverlap: number('with the target at the start', '', 0, { above: -1, below: 1 }),
    otherOverlap: number('with another memory at the start', '', 0, { above: -1, below: 1 }),
    rectified: choice('F(m) = 0 for m < 0', ['no', 'yes'], 'no'),
    duration: optional('of the whole; left out: 10 after the last point of the field', 'sweeps', {
      above: 0,
      most: 1e5,
    }),
    samples: integer('times of the course', 12, 1, 10_000),
    dt: number('step of the integration', 'sweeps', 1e-3, { least: 1e-6, most: 0.1 }),
  },
  quantities: {
    target: quantity('overlap with the target at the end'),
    work: quantity('done per spin', 'energy'),
    heat: quantity('into the bath per spin', 'energy'),
    entropyProduction: quantity('per spin', 'nats'),
    greatestPower: quantity('greatest work rate at a sample', 'energy/sweep'),
  },
  evaluate: (values) => {
    const { field, initialOverlap: m, otherOverlap: other, rectified, samples, ...rest } = values;
    if (!(Math.abs(m) + Math.abs(other) < 1)) {
      throw new RelaxdError('invalid-input', 'no state has these two overlaps', {
        path: 'initial-overlap',
        value: [m, other],
        limit: '|initial-overlap| + |other-overlap| < 1',
      });
    }
    const duration = values.duration ?? (field.at(-1)?.[0] ?? 0) + 10;
    const { degree, temperature, cueAccuracy, dt } = rest;
    if (duration / dt > MOST_STEPS) {
      throw new RelaxdError('invalid-input', `${duration} sweeps in steps of ${dt} are too many`, {
        path: 'dt',
        value: dt,
        limit: `duration/dt ≤ ${MOST_STEPS}`,
      });
    }
    const course = drivenOverlapDynamics({
      degree,
      temperature,
      cueAccuracy,
      dt,
      rectified: rectified === 'yes',
      field,
      initial: [m + other, m + other, m - other, m - other],
      duration,
      every: duration / samples,
    });
    const column = (
      name: string,
      unit: string,
      values: Float64Array,
    ): { name: string; unit: string; values: number[] } => ({ name, unit, values: [...values] });
    return {
      values: {
        target: course.target.at(-1)!,
        work: course.work.at(-1)!,
        heat: course.heat.at(-1)!,
        entropyProduction: course.entropyProduction.at(-1)!,
        greatestPower: Math.max(...course.power),
      },
      course: {
        columns: [
          column('t', 'sweeps', course.t),
          column('target', '', course.target),
          column('other', '', course.other),
          column('cue', '', course.cue),
          column('field', 'energy', course.field),
          column('work', 'energy', course.work),
          column('heat', 'energy', course.heat),
          column('energy', 'energy', course.energy),
          column('entropy', 'nats', course.entropy),
          column('entropyProduction', 'nats', course.entropyProduction),
          column('power', 'energy/sweep', course.power),
          column('heatRate', 'energy/sweep', course.heatRate),
          column('entropyProductionRate', 'nats/sweep', course.entropyProductionRate),
        ],
      },
    };
  },
});
