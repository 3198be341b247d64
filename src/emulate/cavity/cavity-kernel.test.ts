import { describe, expect, it } from 'vitest';
import { RandomStream, RelaxdError } from '../../core/index.js';
import { CavityKernel, type KernelOptions } from './cavity-kernel.js';

const kernel = (over: Partial<KernelOptions>): CavityKernel =>
  new CavityKernel({
    geometry: 'four-sevenths',
    n0: 0,
    waist: 1,
    cloudSigma: 0,
    damping: 0,
    ...over,
  });
const places = Array.from({ length: 20 }, (_, k) => {
  const stream = RandomStream.of(1, 'disorder', k);
  return Array.from({ length: 4 }, () => 1.5 * stream.normal()) as [number, number, number, number];
});

/** −Σ_{k=1}^3 csc θ_k sin[Φ_k − (n0+1)θ_k], as the physics page §3.3 prints it. */
function printedFourSevenths(n0: number, w0: number, place: readonly number[]): number {
  const [x, y, u, v] = place as [number, number, number, number];
  let sum = 0;
  for (let k = 1; k <= 3; k++) {
    const theta = (2 * Math.PI * k) / 7;
    const phi =
      (2 * (x * u + y * v) - Math.cos(theta) * (x * x + y * y + u * u + v * v)) /
      (w0 * w0 * Math.sin(theta));
    sum -= Math.sin(phi - (n0 + 1) * theta) / Math.sin(theta);
  }
  return sum;
}

describe('CavityKernel', () => {
  it.each([0, 1, 3, 6])('has the printed 4/7 couplings of family %i', (n0) => {
    for (const place of places) {
      const value = kernel({ n0, waist: 1.3 }).value(...place);
      expect(value).toBeCloseTo(printedFourSevenths(n0, 1.3, place), 10);
    }
  });

  it('has the printed confocal couplings, and their negative in the sine quadrature', () => {
    for (const place of places) {
      const [x, y, u, v] = place;
      const cosine = Math.cos((2 * (x * u + y * v)) / 0.7 ** 2);
      expect(kernel({ geometry: 'confocal', waist: 0.7 }).value(...place)).toBeCloseTo(cosine, 10);
      expect(kernel({ geometry: 'confocal', waist: 0.7, n0: 2 }).value(...place)).toBeCloseTo(
        -cosine,
        10,
      );
    }
  });

  it('has the printed confocal envelope of finite clouds', () => {
    const sigma = 0.2;
    const spread = 1 + 4 * sigma ** 4;
    for (const place of places) {
      const [x, y, u, v] = place;
      const envelope = Math.exp((-2 * sigma ** 2 * (x * x + y * y + u * u + v * v)) / spread);
      const printed = (envelope * Math.cos((2 * (x * u + y * v)) / spread)) / spread;
      const value = kernel({ geometry: 'confocal', cloudSigma: sigma }).value(...place);
      expect(value).toBeCloseTo(printed, 10);
    }
  });

  it.each<[string, Partial<KernelOptions>]>([
    ['4/7 points', {}],
    ['4/7 clouds of family 3', { n0: 3, cloudSigma: 0.2 }],
    ['4/7 clouds with damped modes', { cloudSigma: 0.1, damping: 0.02, waist: 1.2 }],
    ['confocal points', { geometry: 'confocal' }],
    ['confocal clouds with damped modes', { geometry: 'confocal', cloudSigma: 0.1, damping: 0.05 }],
  ])('is symmetric, and its gradient is that of finite differences: %s', (_what, over) => {
    const cavity = kernel(over);
    const gradient = new Float64Array(2);
    const step = 1e-5;
    for (const [x, y, u, v] of places) {
      expect(cavity.value(u, v, x, y)).toBeCloseTo(cavity.value(x, y, u, v), 12);
      cavity.gradient(x, y, u, v, gradient);
      const alongX =
        (cavity.value(x + step, y, u, v) - cavity.value(x - step, y, u, v)) / (2 * step);
      const alongY =
        (cavity.value(x, y + step, u, v) - cavity.value(x, y - step, u, v)) / (2 * step);
      // central differences of functions with third derivatives of up to ~1e4
      const size = 1e-5 * Math.max(1, Math.hypot(alongX, alongY));
      expect(Math.abs(gradient[0]! - alongX)).toBeLessThan(size);
      expect(Math.abs(gradient[1]! - alongY)).toBeLessThan(size);
    }
  });

  it('has the printed 4/7 gradient', () => {
    const gradient = new Float64Array(2);
    for (const [x, y, u, v] of places) {
      let printed = 0;
      for (let k = 1; k <= 3; k++) {
        const theta = (2 * Math.PI * k) / 7;
        const phi =
          (2 * (x * u + y * v) - Math.cos(theta) * (x * x + y * y + u * u + v * v)) /
          Math.sin(theta);
        const slope = (2 * u - 2 * Math.cos(theta) * x) / Math.sin(theta);
        printed -= (Math.cos(phi - theta) * slope) / Math.sin(theta);
      }
      kernel({}).gradient(x, y, u, v, gradient);
      expect(gradient[0]).toBeCloseTo(printed, 9);
    }
  });

  it('refuses families that the geometry has not, and lengths that are none', () => {
    for (const over of [
      { n0: 7 },
      { geometry: 'confocal' as const, n0: 1 },
      { waist: 0 },
      { cloudSigma: -1 },
      { damping: NaN },
    ]) {
      expect(() => kernel(over)).toThrow(RelaxdError);
    }
  });
});
