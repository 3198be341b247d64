import {
  dilutionKappa,
  imperfectCapacity,
  imperfectOverlap,
  optimalStep,
  quantiserKappa,
  saturationKappa,
  signKappa,
  ternaryKappa,
} from '../../imperfect-couplings.js';
import { choice, integer, number, optional, quantity, theory } from '../theory.js';

export const imperfectCouplings = theory({
  name: 'imperfect-couplings',
  says: 'Hopfield’s model with couplings that a device clips, quantises, dilutes or holds with noise',
  source:
    'Sompolinsky’s mean field at T = 0, V = α/(1−C)² + ακ + δ², replica symmetric; solved here. Couplings in units of σ = √P/N',
  parameters: {
    coupling: choice(
      'what is done to J',
      ['exact', 'sign', 'ternary', 'quantised', 'saturated', 'diluted', 'noisy'],
      'quantised',
    ),
    alpha: number('load α = P/N of the overlap', '', 0.05, { above: 0 }),
    threshold: number('of ternary couplings', 'σ', 0.61, { least: 0, most: 10 }),
    bits: integer('of quantised couplings', 4, 1, 16),
    step: optional('of quantised couplings; left out: the best one', 'σ', { above: 0, most: 100 }),
    limit: number('of saturated couplings', 'σ', 2, { above: 0, most: 100 }),
    keep: number('share of couplings that dilution keeps', '', 0.5, { above: 0, most: 1 }),
    delta: number('δ of noisy couplings, variance δ²/N', '', 0.1, { least: 0, most: 10 }),
  },
  quantities: {
    kappa: quantity('κ, excess noise'),
    step: quantity('of the quantiser', 'σ'),
    capacity: quantity('α_c = P/N'),
    capacityPerCoupling: quantity('P/(cN) of dilution'),
    capacityOverlap: quantity('overlap at capacity'),
    m: quantity('overlap at load α'),
  },
  evaluate: (values) => {
    const { coupling, alpha, bits, keep } = values;
    const step =
      coupling !== 'quantised'
        ? null
        : (values.step ?? (bits === 1 ? null : optimalStep(bits).step));
    const kappa = {
      exact: () => 0,
      sign: signKappa,
      ternary: () => ternaryKappa(values.threshold),
      quantised: () => (step === null ? signKappa() : quantiserKappa(bits, step)),
      saturated: () => saturationKappa(values.limit),
      diluted: () => dilutionKappa(keep),
      noisy: () => 0,
    }[coupling]();
    const noise = { kappa, delta: coupling === 'noisy' ? values.delta : 0 };
    const capacity = imperfectCapacity(noise);
    const m = imperfectOverlap(alpha, noise);
    const warnings: string[] = [];
    if (coupling !== 'quantised') warnings.push('step: only quantised couplings have one');
    else if (step === null) warnings.push('step: any step gives one bit the same');
    if (coupling !== 'diluted') warnings.push('capacityPerCoupling: only of diluted couplings');
    if (capacity === null)
      warnings.push('capacity, capacityOverlap: the noise leaves no retrieval');
    if (m === null) warnings.push('m: the load is above capacity');
    return {
      values: {
        kappa,
        step,
        capacity: capacity?.alpha ?? null,
        capacityPerCoupling: coupling === 'diluted' && capacity ? capacity.alpha / keep : null,
        capacityOverlap: capacity?.m ?? null,
        m,
      },
      warnings,
    };
  },
});
