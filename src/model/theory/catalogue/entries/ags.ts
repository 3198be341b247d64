import {
  agsRetrieval,
  agsSpinGlass,
  agsZeroTemperature,
  glassTemperature,
  retrievalGroundTemperature,
  retrievalTemperature,
} from '../../ags.js';
import { number, quantity, theory } from '../theory.js';

const SOURCE = 'Amit, Gutfreund & Sompolinsky, replica symmetric; solved here';
/** The spin glass of a smaller load is lost in rounding: its 1 − β(1 − q) goes as √α. */
const LOAD = number('load α = P/N', '', 0.05, { least: 1e-12, most: 10 });

export const ags = theory({
  name: 'ags',
  says: 'Hopfield’s model at extensive load: the retrieval state and the spin glass beside it',
  source: SOURCE,
  parameters: {
    alpha: LOAD,
    temperature: number('T', 'energy', 0.3, { least: 0, most: 100 }),
  },
  quantities: {
    m: quantity('overlap of the retrieval state'),
    q: quantity('its Edwards–Anderson order parameter'),
    r: quantity('mean square overlap with the other memories, over α'),
    freeEnergy: quantity('its free energy per spin (at T = 0 the energy)', 'energy'),
    glassFreeEnergy: quantity('that of the spin glass', 'energy'),
  },
  evaluate: ({ alpha, temperature }) => {
    const state = temperature === 0 ? agsZeroTemperature(alpha) : agsRetrieval(alpha, temperature);
    const glass = temperature === 0 ? null : agsSpinGlass(alpha, temperature);
    const warnings: string[] = [];
    if (state === null) {
      warnings.push('m, q, r, freeEnergy: no retrieval state here (relaxd theory ags-phases)');
    }
    if (glass === null) {
      warnings.push(
        temperature === 0
          ? 'glassFreeEnergy: not solved at T = 0'
          : 'glassFreeEnergy: above T_g = 1 + √α there is no spin glass',
      );
    }
    return {
      values: {
        m: state?.m ?? null,
        q: state?.q ?? null,
        r: state?.r ?? null,
        freeEnergy: state?.freeEnergy ?? null,
        glassFreeEnergy: glass?.freeEnergy ?? null,
      },
      warnings,
    };
  },
});

export const agsPhases = theory({
  name: 'ags-phases',
  says: 'Hopfield’s model at extensive load: the temperatures of its phases',
  source: SOURCE,
  parameters: { alpha: LOAD },
  quantities: {
    glassTemperature: quantity('T_g = 1 + √α, below it the paramagnet is a spin glass', 'energy'),
    retrievalTemperature: quantity('T_M, below it retrieval states exist', 'energy'),
    groundTemperature: quantity('T_c, below it they have the least free energy', 'energy'),
  },
  evaluate: ({ alpha }) => {
    const retrieval = retrievalTemperature(alpha);
    const ground = retrieval === null ? null : retrievalGroundTemperature(alpha);
    return {
      values: {
        glassTemperature: glassTemperature(alpha),
        retrievalTemperature: retrieval,
        groundTemperature: ground,
      },
      warnings: [
        ...(retrieval === null ? ['retrievalTemperature: α is above capacity'] : []),
        ...(ground === null
          ? ['groundTemperature: retrieval is never the least free energy (α above about .051)']
          : []),
      ],
    };
  },
});
