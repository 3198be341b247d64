import { hopfieldCapacity } from '../../ags.js';
import { errorFreeMemories, storkeyMemories } from '../../capacity-laws.js';
import { integer, quantity, theory } from '../theory.js';

export const hopfieldCapacityEntry = theory({
  name: 'hopfield-capacity',
  says: 'how many memories Hopfield’s model holds, by each of the usual criteria',
  source:
    'Amit, Gutfreund & Sompolinsky (T = 0, replica symmetric; solved here); laws in N/ln N recalled from the literature',
  parameters: { sites: integer('spins N', 1000, 3, 1e9) },
  quantities: {
    alpha: quantity('α_c = P/N at T = 0'),
    m: quantity('overlap there, before it vanishes'),
    wrongBits: quantity('share of wrong bits there'),
    memories: quantity('α_c N'),
    oneStable: quantity('N/(2 ln N): a given memory is exactly stable', '', 'recalled'),
    allStable: quantity('N/(4 ln N): all memories are', '', 'recalled'),
    storkey: quantity('N/√(2 ln N): with Storkey’s rule', '', 'recalled'),
  },
  evaluate: ({ sites }) => {
    const { alpha, m } = hopfieldCapacity();
    const oneStable = errorFreeMemories(2, sites);
    return {
      values: {
        alpha,
        m,
        wrongBits: (1 - m) / 2,
        memories: alpha * sites,
        oneStable,
        allStable: oneStable / 2,
        storkey: storkeyMemories(sites),
      },
    };
  },
});
