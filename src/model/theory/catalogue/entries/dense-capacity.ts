import { denseCapacity, errorFreeMemories, oneStepCapacity } from '../../capacity-laws.js';
import { choice, integer, number, quantity, theory } from '../theory.js';

export const denseCapacityEntry = theory({
  name: 'dense-capacity',
  says: 'how many memories a dense associative memory of degree n holds',
  source:
    'Krotov & Hopfield 2016 and Gardner: replica symmetric at T = 0, without reaction (RS estimates); solved here',
  parameters: {
    degree: integer('n', 3, 2, 50),
    interaction: choice(
      'powers of the whole overlap, or interactions of n different spins only',
      ['full-power', 'pure'],
      'full-power',
    ),
    rectified: choice('F(m) = 0 for m < 0: half the noise', ['no', 'yes'], 'no'),
    sites: integer('spins N', 100, 2, 1e9),
    error: number('share of wrong bits of the one-step criterion', '', 0.005, {
      above: 0,
      below: 0.5,
    }),
  },
  quantities: {
    alpha: quantity('α_c = P/N^{n−1} at T = 0'),
    m: quantity('overlap there, before it vanishes'),
    memories: quantity('α_c N^{n−1}'),
    oneStepAlpha: quantity('α at which one step makes that error'),
    errorFree: quantity(
      'N^{n−1}/(2(2n−3)!! ln N), no wrong bit on average (twice that where rectified)',
      '',
      'recalled',
    ),
  },
  evaluate: ({ degree, interaction, rectified, sites, error }) => {
    const half = rectified === 'yes';
    const { alpha, m } = denseCapacity(degree, interaction, half);
    // Criteria of one step know the noise only: V = α c.
    const relative = denseCapacity(degree, 'full-power').alpha / alpha;
    return {
      values: {
        alpha,
        m,
        memories: alpha * sites ** (degree - 1),
        oneStepAlpha: oneStepCapacity(degree, error) / relative,
        errorFree: errorFreeMemories(degree, sites) / relative,
      },
    };
  },
});
