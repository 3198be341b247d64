import { denseOneStepOverlap } from '../../one-step.js';
import { choice, integer, number, quantity, theory } from '../theory.js';

export const oneStep = theory({
  name: 'one-step',
  says: 'overlap after one parallel step at T = 0',
  source: 'm₁ = erf(m₀^{n−1}/√(2α(2n−3)!!)), exact for N → ∞',
  parameters: {
    degree: integer('n; 2 is Hopfield’s model', 2, 2, 50),
    alpha: number('load α = P/N^{n−1}', '', 0.1, { above: 0 }),
    rectified: choice('F(m) = 0 for m < 0: half the noise', ['no', 'yes'], 'no'),
    overlap: number('m₀ before the step', '', 1, { least: -1, most: 1 }),
  },
  quantities: {
    overlap: quantity('m₁'),
    wrongBits: quantity('share of wrong bits'),
  },
  evaluate: ({ degree, alpha, rectified, overlap }) => {
    const noise = rectified === 'yes' ? alpha / 2 : alpha;
    const m = denseOneStepOverlap(degree, noise, overlap);
    return { values: { overlap: m, wrongBits: (1 - m) / 2 } };
  },
});
