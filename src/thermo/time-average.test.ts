import { describe, expect, it } from 'vitest';
import { RandomStream } from '../core/index.js';
import { moments } from './statistics.js';
import { interval95, student95 } from './student.js';
import { blockedError, timeAverage } from './time-average.js';

/** A stationary first-order autoregressive series of variance 1: ρ(k) = a^k, so that τ = ½(1 + a)/(1 − a). */
function series(stream: RandomStream, a: number, length: number): Float64Array {
  const out = new Float64Array(length);
  let x = stream.normal();
  for (let k = 0; k < length; k++) {
    out[k] = x;
    x = a * x + Math.sqrt(1 - a * a) * stream.normal();
  }
  return out;
}

describe('timeAverage', () => {
  it.each([0, 0.5, 0.9, -0.4])(
    'finds the autocorrelation time and the error of the mean at ρ(k) = %d^k, 20 series of 4000',
    (a) => {
      const exact = (1 + a) / (1 - a) / 2;
      const found = moments(
        Array.from({ length: 20 }, (_, k) => {
          const values = series(RandomStream.of(7, 'bootstrap', k), a, 4000);
          return timeAverage([values]).correlationTime;
        }),
      );
      // The window cuts off a few percent at most.
      expect(Math.abs(found.mean - exact)).toBeLessThan(4 * found.sem + 0.04 * exact);
    },
  );

  it('has intervals of 95 % that hold the mean in 92 to 98 % of 400 series, in one piece and in eight', () => {
    for (const pieces of [1, 8]) {
      let held = 0;
      for (let seed = 0; seed < 400; seed++) {
        const parts = Array.from({ length: pieces }, (_, k) =>
          series(RandomStream.of(seed, 'bootstrap', k), 0.8, 1600 / pieces),
        );
        const { mean, sem, freedom } = timeAverage(parts);
        const [least, most] = interval95(mean, sem, freedom);
        if (least <= 0 && 0 <= most) held++;
      }
      expect(held / 400).toBeGreaterThan(0.92);
      expect(held / 400).toBeLessThan(0.98);
    }
  });

  it('is far from the error of independent samples where these are correlated', () => {
    const values = series(RandomStream.of(1, 'bootstrap', 0), 0.95, 4000);
    const { sem, effectiveSamples } = timeAverage([values]);
    expect(sem / moments(values).sem).toBeGreaterThan(4);
    expect(effectiveSamples).toBeLessThan(250);
  });

  it('says of a constant that its error is 0, and nothing of three samples', () => {
    expect(timeAverage([[2, 2, 2, 2, 2]])).toMatchObject({ mean: 2, sem: 0, effectiveSamples: 5 });
    expect(timeAverage([[1, 2, 3]])).toMatchObject({ mean: 2, sem: NaN });
    expect(timeAverage([])).toMatchObject({ mean: NaN, sem: NaN });
  });
});

describe('blockedError', () => {
  it('agrees with the exact error of a correlated series within a fifth, 20 series of 8192', () => {
    const a = 0.8;
    const exact = Math.sqrt((1 + a) / (1 - a) / 8192);
    const found = moments(
      Array.from({ length: 20 }, (_, k) =>
        blockedError(series(RandomStream.of(3, 'bootstrap', k), a, 8192)),
      ),
    );
    expect(Math.abs(found.mean / exact - 1)).toBeLessThan(0.2);
  });

  it('is that of the mean of independent samples, and nothing for three', () => {
    const values = series(RandomStream.of(2, 'bootstrap', 0), 0, 4096);
    expect(Math.abs(blockedError(values) / moments(values).sem - 1)).toBeLessThan(0.15);
    expect(blockedError([1, 2, 3])).toBeNaN();
  });
});

describe('student95', () => {
  it.each([
    [1, 12.7062],
    [2, 4.30265],
    [3, 3.18245],
    [4, 2.77645],
    [5, 2.57058],
    [10, 2.22814],
    [30, 2.04227],
    [100, 1.98397],
    [1e6, 1.95997],
  ])('with %d degrees of freedom is %d', (freedom, value) => {
    expect(Math.abs(student95(freedom) - value)).toBeLessThan(2e-4);
  });

  it('is the normal one without limit and nothing without freedom', () => {
    expect(student95(Infinity)).toBeCloseTo(1.959964, 6);
    expect(student95(0)).toBeNaN();
  });
});
