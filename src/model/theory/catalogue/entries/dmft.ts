import { solveDmft } from '../../dmft/solve-dmft.js';
import { choice, integer, number, optional, profile, quantity, theory } from '../theory.js';

export const dmft = theory({
  name: 'dmft',
  says: 'a memory at extensive load under a cue: overlap, work, heat and correlation over time',
  source:
    'dynamical mean-field theory of Glauber dynamics, N → ∞, derived and solved here from trajectories of one spin (docs/decisions/0047)',
  parameters: {
    degree: integer('n; 2 is Hopfield’s model', 2, 2, 12),
    load: number('α = P/N^{n−1}', '', 0.05, { least: 0, most: 10 }),
    temperature: number('T', 'energy', 0.3, { least: 0, most: 100 }),
    interaction: choice(
      'auto: hopfield for n = 2, full-overlap beyond; pure: interactions of n different spins only',
      ['auto', 'hopfield', 'full-overlap', 'pure'],
      'auto',
    ),
    initialOverlap: number('with the target at the start', '', 0.5, { least: -1, most: 1 }),
    cueAccuracy: number('c, overlap of the cue with the target', '', 1, { least: -1, most: 1 }),
    field: profile('strength of the cue over time; none: left alone', []),
    duration: optional('of the whole; left out: 10 after the last point of the field', 'sweeps', {
      above: 0,
      most: 1000,
    }),
    samples: integer('times of the course', 10, 1, 500),
    dt: number('longest time step', 'sweeps', 0.1, { above: 0, most: 1 }),
    trajectories: integer('of all ensembles together', 16_000, 800, 1e8),
    ensembles: integer('independent solutions whose scatter gives the errors', 8, 2, 1000),
    seed: integer('of the trajectories', 1, 0, Number.MAX_SAFE_INTEGER),
  },
  quantities: {
    target: quantity('overlap with the target at the end', '', 'reference'),
    work: quantity('done per spin', 'energy', 'reference'),
    heat: quantity('into the bath per spin, w − Δe', 'energy', 'reference'),
    energy: quantity('per spin at the end', 'energy', 'reference'),
    entropyToBath: quantity('βq per spin', 'nats', 'reference'),
    correlation: quantity('C(end, start)', '', 'reference'),
  },
  evaluate: async (values, { threads, signal }) => {
    const { samples, interaction, duration: given, ...rest } = values;
    const duration = given ?? (rest.field.at(-1)?.[0] ?? 0) + 10;
    const course = await solveDmft(
      {
        ...rest,
        ...(interaction === 'auto' ? {} : { interaction }),
        duration,
        every: duration / samples,
        threads,
      },
      signal,
    );
    const last = course.t.length - 1;
    const { standardErrors: errors, entropyProduction: bounds, entropyToBath: toBath } = course;
    const column = (
      name: string,
      unit: string,
      values: Float64Array,
      sem?: Float64Array,
    ): { name: string; unit: string; values: number[]; errors?: number[] } => ({
      name,
      unit,
      values: [...values],
      ...(sem === undefined ? {} : { errors: [...sem] }),
    });
    const corner = last * (last + 1);
    const toStart = (matrix: Float64Array): Float64Array =>
      Float64Array.from(course.t, (_, k) => matrix[k * (last + 1)]!);
    return {
      values: {
        target: course.target[last]!,
        work: course.work[last]!,
        heat: course.heat[last]!,
        energy: course.energy[last]!,
        entropyToBath: toBath === null ? null : toBath[last]!,
        correlation: course.correlation[corner]!,
      },
      errors: {
        target: errors.target[last]!,
        work: errors.work[last]!,
        heat: errors.heat[last]!,
        energy: errors.energy[last]!,
        ...(toBath === null ? {} : { entropyToBath: errors.heat[last]! / values.temperature }),
        correlation: errors.correlation[corner]!,
      },
      course: {
        columns: [
          column('t', 'sweeps', course.t),
          column('target', '', course.target, errors.target),
          column('cue', '', course.cue, errors.cue),
          column('field', 'energy', course.field),
          column('work', 'energy', course.work, errors.work),
          column('heat', 'energy', course.heat, errors.heat),
          column('energy', 'energy', course.energy, errors.energy),
          column('correlation', '', toStart(course.correlation), toStart(errors.correlation)),
          column('susceptibility', '1/energy', toStart(course.susceptibility)),
          ...(bounds === null
            ? []
            : [
                column('leastProduction', 'nats', bounds.least),
                column('mostProduction', 'nats', bounds.most),
              ]),
        ],
      },
      warnings: [
        ...(toBath === null ? ['entropyToBath: infinite at T = 0'] : []),
        ...(bounds === null
          ? []
          : [
              'entropy production is bounded, not known: at extensive load it wants the entropy of all spins together',
            ]),
      ],
    };
  },
});
