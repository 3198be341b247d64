import {
  denseBasinEdge,
  denseRetrievalOverlap,
  denseSpinodal,
  denseTransitionTemperature,
} from '../../dense-mean-field.js';
import { loadedStates, type LoadedStates } from '../../loaded-memory.js';
import { choice, integer, number, quantity, theory } from '../theory.js';

const LOW = 'm = tanh(m^{n−1}/T), exact for N → ∞ at low and intermediate load';
const LOADED = `${LOW}; at a load m = ∫Dz tanh β(m^{n−1} + √V z), replica symmetric without reaction`;

const memory = {
  degree: integer('n', 3, 2, 50),
  temperature: number('T', 'energy', 0.3, { least: 0, most: 100 }),
  load: number('α = P/N^{n−1}, for n ≥ 3', '', 0, { least: 0 }),
  interaction: choice(
    'powers of the whole overlap, or interactions of n different spins only; counts at a load',
    ['full-power', 'pure'],
    'full-power',
  ),
  rectified: choice(
    'F(m) = 0 for m < 0: half the noise of a load, no mirror memories; the edge itself is at m > 0',
    ['no', 'yes'],
    'no',
  ),
};

/** Retrieval and edge at any load and temperature. */
function statesOf(values: {
  readonly degree: number;
  readonly temperature: number;
  readonly load: number;
  readonly interaction: 'full-power' | 'pure';
  readonly rectified: 'no' | 'yes';
}): LoadedStates | null {
  const { degree, temperature, load } = values;
  if (load === 0 && temperature > 0) {
    const edge = denseBasinEdge(degree, temperature);
    return edge === null ? null : { edge, retrieval: denseRetrievalOverlap(degree, temperature) };
  }
  if (load === 0) return { edge: 0, retrieval: 1 };
  return loadedStates({ ...values, rectified: values.rectified === 'yes' });
}

const nothing = (names: string): string =>
  `${names}: nothing is retrieved here, above the spinodal or the capacity`;

export const basinEdge = theory({
  name: 'basin-edge',
  says: 'the least overlap of a cue from which a dense memory is retrieved',
  source: LOADED,
  parameters: memory,
  quantities: {
    edge: quantity('m*, the unstable fixed point; a strong cue of accuracy c retrieves iff c > m*'),
    flips: quantity('the same as a share of wrong bits, (1 − m*)/2'),
    retrieval: quantity('overlap that is reached from above it'),
  },
  evaluate: (values) => {
    const states = statesOf(values);
    return {
      values: {
        edge: states?.edge ?? null,
        flips: states === null ? null : (1 - states.edge) / 2,
        retrieval: states?.retrieval ?? null,
      },
      warnings: states === null ? [nothing('edge, flips, retrieval')] : [],
    };
  },
});

export const retrievalOverlap = theory({
  name: 'retrieval-overlap',
  says: 'overlap of the retrieval state of a dense memory',
  source: LOADED,
  parameters: memory,
  quantities: {
    m: quantity('overlap'),
    wrongBits: quantity('share of wrong bits'),
  },
  evaluate: (values) => {
    const m = statesOf(values)?.retrieval ?? null;
    return {
      values: { m, wrongBits: m === null ? null : (1 - m) / 2 },
      warnings: m === null ? [nothing('m, wrongBits')] : [],
    };
  },
});

export const spinodal = theory({
  name: 'spinodal',
  says: 'the highest temperature at which a dense memory has a retrieval state',
  source: LOW,
  parameters: { degree: integer('n', 3, 2, 50) },
  quantities: {
    temperature: quantity('T of the spinodal', 'energy'),
    m: quantity('overlap there (0: continuous, n = 2)'),
  },
  evaluate: ({ degree }) => ({ values: { ...denseSpinodal(degree) } }),
});

export const firstOrder = theory({
  name: 'first-order',
  says: 'the temperature at which retrieval and paramagnet have the same free energy',
  source: `f = −mⁿ/n − T S(m) on ${LOW}`,
  parameters: { degree: integer('n', 3, 2, 50) },
  quantities: {
    temperature: quantity('T_c (continuous for n = 2)', 'energy'),
    m: quantity('overlap of the retrieval state there'),
    scaled: quantity('n T_c, which tends to 1/ln 2 = 1.4427', 'energy'),
  },
  evaluate: ({ degree }) => {
    const temperature = denseTransitionTemperature(degree);
    const m = denseRetrievalOverlap(degree, temperature);
    return { values: { temperature, m, scaled: degree * temperature } };
  },
});
