import { exponentialRate, exponentialTypicalRate } from '../../capacity-laws.js';
import { integer, number, quantity, theory } from '../theory.js';

export const exponentialCapacity = theory({
  name: 'exponential-capacity',
  says: 'how many memories an exponential associative memory holds',
  source:
    'Demircigil et al. 2017 (all memories repaired; recalled); stability of one typical memory, exact',
  parameters: {
    flipped: number('share ρ of wrong bits that one step repairs', '', 0, { least: 0, below: 0.5 }),
    sites: integer('spins N', 20, 1, 1e6),
  },
  quantities: {
    rate: quantity('ln P/N for all memories, ½ I(1 − 2ρ)', 'nats', 'recalled'),
    logMemories: quantity('ln P', 'nats', 'recalled'),
    typicalRate: quantity('ln P/N up to which a single memory is stable, 2 − ln cosh 2', 'nats'),
  },
  evaluate: ({ flipped, sites }) => {
    const rate = exponentialRate(flipped);
    return { values: { rate, logMemories: rate * sites, typicalRate: exponentialTypicalRate() } };
  },
});
