import { expect, test } from 'vitest';
import { circuitDescriptor, CHIP } from '../../emulate/index.js';
import { covarianceError, meanError } from './averaging-error.js';
import { planInverse } from './plan-linear-algebra.js';

/** Σ over pairs of readouts of the correlation e^{−lτ|j−k|}, counted one by one. */
function byCounting(l: number, interval: number, samples: number): number {
  let sum = samples;
  for (let k = 1; k < samples; k++) sum += 2 * (samples - k) * Math.exp(-l * interval * k);
  return sum / samples ** 2;
}

test.each([1, 1e-4, 1e-8, 1e-12, 1e-15])(
  'readouts far shorter than the memory of a mode of rate %s are worth one',
  (l) => {
    for (const samples of [1, 2, 3, 100, 1001]) {
      const readouts = { eigenvalues: [l], temperature: 1, friction: null, interval: 0.1, samples };
      expect(meanError(readouts) * l).toBeCloseTo(byCounting(l, 0.1, samples), 9);
      expect((covarianceError(readouts) * l * l) / 2).toBeCloseTo(
        byCounting(2 * l, 0.1, samples),
        9,
      );
      const slow = { ...readouts, friction: 1 };
      if (l < 1e-6) expect(meanError(slow) * l).toBeCloseTo(1, 3);
    }
  },
);

test('an inverse that no run of the device can give is refused, whatever the condition', () => {
  const descriptor = circuitDescriptor('c', 'rc-langevin', CHIP, {
    parameters: { couplingBits: 0 },
  });
  for (const condition of [1e8, 1e12, 1e14]) {
    const [c, s, l] = [0.8, 0.6, 1 / condition];
    const across = c * s * (1 - l);
    const matrix = [c * c + s * s * l, across, across, s * s + c * c * l];
    expect(() => planInverse({ matrix, descriptor, error: 0.1 })).toThrow(/takes more than/);
  }
});
