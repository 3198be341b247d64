import { bidirectionalCapacity } from '../../capacity-laws.js';
import { quantity, theory } from '../theory.js';

export const bidirectionalCapacityEntry = theory({
  name: 'bidirectional-capacity',
  says: 'how many pairs a symmetric bidirectional associative memory holds',
  source: 'replica symmetric at T = 0, r = (1 + C²)/(1 − C²)²; derived and solved here',
  parameters: {},
  quantities: {
    alpha: quantity('α_c = P/N₁ for layers of the same size'),
    m: quantity('overlap there'),
    bitsPerCoupling: quantity('2α_c: stored bits over couplings', 'bit'),
  },
  evaluate: () => {
    const { alpha, m } = bidirectionalCapacity();
    return { values: { alpha, m, bitsPerCoupling: 2 * alpha } };
  },
});
