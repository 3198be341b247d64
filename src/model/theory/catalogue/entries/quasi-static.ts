import { drivenOverlapDynamics } from '../../overlap-dynamics.js';
import { quasiStaticRamp } from '../../quasi-static.js';
import { integer, number, quantity, theory } from '../theory.js';

export const quasiStatic = theory({
  name: 'quasi-static',
  says: 'a slow ramp of a cue on a paramagnet: what it dissipates, and the limit of infinite slowness',
  source:
    'overlap equations, exact for N → ∞ at low and intermediate load; their limit of slow driving, derived here',
  parameters: {
    degree: integer('n', 2, 2, 50),
    temperature: number('T', 'energy', 1.5, { above: 0, most: 100 }),
    cueAccuracy: number('c, overlap of the cue with the target', '', 0.6, { least: 0, most: 1 }),
    field: number('strength of the cue at the end', 'energy', 1, { above: 0, most: 1000 }),
    duration: number('τ of the ramp', 'sweeps', 100, { above: 0, most: 1e4 }),
  },
  quantities: {
    entropyProduction: quantity('Σ of the ramp per spin', 'nats'),
    work: quantity('W of the ramp per spin', 'energy'),
    target: quantity('overlap at its end'),
    scaled: quantity('Σ τ of the ramp', 'nats·sweeps'),
    limit: quantity('lim Σ τ for τ → ∞', 'nats·sweeps'),
    least: quantity(
      'that of the best slow protocol, the thermodynamic length squared',
      'nats·sweeps',
    ),
    freeEnergyChange: quantity('Δf, the work for τ → ∞', 'energy'),
  },
  evaluate: ({ degree, temperature, cueAccuracy, field, duration }) => {
    const course = drivenOverlapDynamics({
      degree,
      temperature,
      cueAccuracy,
      field: [
        [0, 0],
        [duration, field],
      ],
      duration,
      dt: Math.min(0.01, duration / 100),
    });
    const limit = quasiStaticRamp(degree, temperature, cueAccuracy, field);
    const production = course.entropyProduction.at(-1)!;
    return {
      values: {
        entropyProduction: production,
        work: course.work.at(-1)!,
        target: course.target.at(-1)!,
        scaled: production * duration,
        limit: limit?.dissipation ?? null,
        least: limit?.leastDissipation ?? null,
        freeEnergyChange: limit?.work ?? null,
      },
      warnings:
        limit === null
          ? [
              'limit, least, freeEnergyChange: the state of the paramagnet ends on the way, and no ramp is slow there',
            ]
          : [],
    };
  },
});
