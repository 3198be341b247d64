import { curieWeiss } from '../../curie-weiss.js';
import { integer, number, quantity, theory } from '../theory.js';

export const curieWeissEntry = theory({
  name: 'curie-weiss',
  says: 'one memory in N spins: exact averages of a finite system',
  source: 'sums over the N + 1 overlaps of E = −N m²/2, the diagonal included',
  parameters: {
    sites: integer('spins N', 100, 1, 1e7),
    temperature: number('T', 'energy', 1, { above: 0, most: 1e6 }),
  },
  quantities: {
    absoluteOverlap: quantity('⟨|m|⟩'),
    squaredOverlap: quantity('⟨m²⟩'),
    binder: quantity('U₄ = 1 − ⟨m⁴⟩/(3⟨m²⟩²)'),
    logPartitionPerSpin: quantity('ln Z/N'),
    energyPerSpin: quantity('⟨E⟩/N', 'energy'),
  },
  evaluate: ({ sites, temperature }) => ({ values: { ...curieWeiss(sites, temperature) } }),
});
