import { describe, expect, it } from 'vitest';
import { RandomStream } from '../core/index.js';
import { fourierInPlace } from './fourier.js';
import { HaradaSasa, impulseResponse } from './harada-sasa.js';

describe('the discrete Fourier transform', () => {
  it('is its sum, for any power of two', () => {
    const stream = RandomStream.of(1);
    for (const n of [1, 2, 4, 16, 64]) {
      const x = Float64Array.from({ length: n }, () => stream.normal());
      const y = Float64Array.from({ length: n }, () => stream.normal());
      const [re, im] = [x.slice(), y.slice()];
      fourierInPlace(re, im);
      for (let j = 0; j < n; j++) {
        let [a, b] = [0, 0];
        for (let k = 0; k < n; k++) {
          const angle = (-2 * Math.PI * j * k) / n;
          a += x[k]! * Math.cos(angle) - y[k]! * Math.sin(angle);
          b += x[k]! * Math.sin(angle) + y[k]! * Math.cos(angle);
        }
        expect(re[j]).toBeCloseTo(a, 11);
        expect(im[j]).toBeCloseTo(b, 11);
      }
    }
  });
});

describe('Harada–Sasa', () => {
  const interval = 0.1;
  const setting = {
    interval,
    segment: 256,
    friction: 2,
    temperature: 1.5,
    // A free particle of friction 2: only the interval of the force answers.
    response: Float64Array.of(0.5),
    binWidth: 2,
  };

  it('finds nothing for a free particle in its bath, in every bin', () => {
    const measure = new HaradaSasa(setting);
    const stream = RandomStream.of(2);
    for (let s = 0; s < 400; s++) {
      const x = new Float64Array(257);
      for (let k = 1; k < x.length; k++) {
        x[k] = x[k - 1]! + Math.sqrt((2 * 1.5 * interval) / 2) * stream.normal();
      }
      measure.add(x);
    }
    const bins = measure.bins();
    expect(bins).toHaveLength(16);
    for (const { integrand, sem } of bins) expect(Math.abs(integrand)).toBeLessThan(4 * sem);
    // C = 2T/γ a bin, times γ: the resolution is a few percent of 3.
    expect(bins[3]!.sem).toBeLessThan(0.1);
  });

  it('finds γv² for a particle that is dragged at v without noise', () => {
    const measure = new HaradaSasa({ ...setting, temperature: 0 });
    const dragged = Float64Array.from({ length: 257 }, (_, k) => 0.3 * k * interval);
    measure.add(dragged);
    measure.add(dragged);
    expect(measure.heatCurrent().mean).toBeCloseTo(2 * 0.3 ** 2, 12);
    expect(measure.bins()[0]!.integrand).toBeCloseTo(0, 12);
  });

  it('takes an equilibrium twin under the same noise off, and is then zero for itself', () => {
    const measure = new HaradaSasa(setting);
    const stream = RandomStream.of(3);
    const x = Float64Array.from({ length: 257 }, () => stream.normal());
    measure.add(x, x);
    expect(measure.heatCurrent().mean).toBeCloseTo(0, 12);
  });

  it('reads the response off a pair of runs', () => {
    const free = Float64Array.of(0, 1, 2, 1);
    const pushed = Float64Array.of(0, 1.2, 2.3, 1.3);
    const response = impulseResponse(pushed, free, 2, 0.1);
    [1, 0.5, 0].forEach((expected, k) => expect(response[k]).toBeCloseTo(expected, 12));
  });

  it('refuses a segment that is no power of two', () => {
    expect(() => new HaradaSasa({ ...setting, segment: 100 })).toThrow(/segment of 100/);
  });
});
