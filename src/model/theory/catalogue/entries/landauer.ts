import { retrievalBound } from '../../landauer.js';
import { integer, number, quantity, theory } from '../theory.js';

export const landauer = theory({
  name: 'landauer',
  says: 'the least heat that a retrieval gives to the bath',
  source:
    'Q ≥ T N [S₂(m_i) − S₂(m_f)]; from noise to one of P memories Q ≥ T [N (ln 2 − S₂(m)) − ln P]',
  parameters: {
    sites: integer('spins N', 100, 1, 1e9),
    initialOverlap: number('m_i, 1 − 2ρ for a share ρ of wrong bits', '', 0.8, {
      least: -1,
      most: 1,
    }),
    finalOverlap: number('m_f', '', 1, { least: -1, most: 1 }),
    memories: integer('P', 1, 1),
    temperature: number('T', 'energy', 1, { least: 0 }),
  },
  quantities: {
    fromCue: quantity('least Q/T from the corrupted memory', 'nats'),
    fromCueHeat: quantity('least Q from it', 'energy'),
    fromNoise: quantity('least Q/T from noise to one of P memories', 'nats'),
    fromNoiseHeat: quantity('least Q from noise', 'energy'),
  },
  evaluate: ({ sites, initialOverlap, finalOverlap, memories, temperature }) => {
    const { fromCue, fromNoise } = retrievalBound(sites, initialOverlap, finalOverlap, memories);
    return {
      values: {
        fromCue,
        fromCueHeat: temperature * fromCue,
        fromNoise,
        fromNoiseHeat: temperature * fromNoise,
      },
    };
  },
});
