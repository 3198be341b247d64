import { switchingField } from '../../switching.js';
import { integer, number, quantity, theory } from '../theory.js';

export const switchingFieldEntry = theory({
  name: 'switching-field',
  says: 'the least step of a cue that takes a dense memory from one memory to another, and its cost',
  source:
    'overlap equations, exact for N → ∞ at low and intermediate load; bisection, outcome read 30 sweeps after release',
  parameters: {
    degree: integer('n', 2, 2, 50),
    temperature: number('T, below the spinodal', 'energy', 0.5, { above: 0, most: 100 }),
    cueAccuracy: number('c, overlap of the cue with the new memory', '', 0.6, {
      least: 0,
      most: 1,
    }),
    hold: number('length of the step', 'sweeps', 5, { above: 0, most: 1000 }),
  },
  quantities: {
    field: quantity('least height of the step', 'energy'),
    work: quantity('per spin, at 1.05 times that', 'energy'),
    entropyProduction: quantity('per spin, at 1.05 times that, with relaxation', 'nats'),
    time: quantity('until the new overlap exceeds the old one, at 1.05 times that', 'sweeps'),
  },
  evaluate: ({ degree, temperature, cueAccuracy, hold }) => {
    const found = switchingField(degree, temperature, cueAccuracy, hold);
    return {
      values: {
        field: found?.field ?? null,
        work: found?.work ?? null,
        entropyProduction: found?.entropyProduction ?? null,
        time: found?.time ?? null,
      },
      warnings:
        found === null
          ? [
              'field, work, entropyProduction, time: no step switches; a strong cue leaves overlap c, which must exceed the basin edge',
            ]
          : [],
    };
  },
});
