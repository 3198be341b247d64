import { sequenceCapacity, sequenceOverlap } from '../../sequence-theory.js';
import { number, quantity, theory } from '../theory.js';

export const sequenceCapacityEntry = theory({
  name: 'sequence-capacity',
  says: 'how long a cyclic sequence of memories is recalled, and how well',
  source: 'parallel dynamics at T = 0: m = erf(m/√(2αr)), r = 1/(1 − C²); solved here',
  parameters: { alpha: number('load α = P/N of the overlap', '', 0.2, { above: 0 }) },
  quantities: {
    capacity: quantity('α_c'),
    capacityOverlap: quantity('overlap at capacity'),
    m: quantity('stationary overlap at load α'),
  },
  evaluate: ({ alpha }) => {
    const capacity = sequenceCapacity();
    const m = sequenceOverlap(alpha);
    return {
      values: { capacity: capacity.alpha, capacityOverlap: capacity.m, m },
      warnings: m === null ? ['m: the load is above capacity'] : [],
    };
  },
});
