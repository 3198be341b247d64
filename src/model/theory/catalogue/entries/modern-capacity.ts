import { ramsauerBase } from '../../capacity-laws.js';
import { integer, number, quantity, theory } from '../theory.js';

export const modernCapacity = theory({
  name: 'modern-capacity',
  says: 'base of the storage law of modern Hopfield networks on the sphere',
  source: 'Ramsauer et al. 2020, theorem 3 (recalled): P ≥ √p c^{(d−1)/4}',
  parameters: {
    beta: number('β', '', 1, { above: 0 }),
    radius: number('K', '', 3, { above: 0 }),
    dimension: integer('d', 20, 2, 1e6),
    failure: number('p, probability of failure', '', 0.001, { above: 0, most: 1 }),
  },
  quantities: {
    base: quantity('c'),
    logMemories: quantity('ln of the least P', 'nats'),
  },
  evaluate: ({ beta, radius, dimension, failure }) => {
    const base = ramsauerBase(beta, radius, dimension, failure);
    const logMemories = Math.log(failure) / 2 + ((dimension - 1) / 4) * Math.log(base);
    return { values: { base, logMemories } };
  },
});
