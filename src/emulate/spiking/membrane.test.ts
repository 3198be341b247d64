import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../core/index.js';
import { relaxed, relaxedOnRamp, timeToThreshold, timeToThresholdOnRamp } from './membrane.js';

/** τ du/dt = v + slope·t − u by RK4: an oracle that knows no exponential. */
function integrated(u: number, v: number, slope: number, time: number, tau: number): number {
  const steps = 2000;
  const h = time / steps;
  const rate = (t: number, x: number): number => (v + slope * t - x) / tau;
  for (let k = 0; k < steps; k++) {
    const t = k * h;
    const a = rate(t, u);
    const b = rate(t + h / 2, u + (h / 2) * a);
    const c = rate(t + h / 2, u + (h / 2) * b);
    const d = rate(t + h, u + h * c);
    u += (h / 6) * (a + 2 * b + 2 * c + d);
  }
  return u;
}

describe('a leaky membrane', () => {
  it('relaxes as its equation says, in constant and in growing currents', () => {
    expect(relaxed(0.005, 0.03, 1.7, 1.1)).toBeCloseTo(integrated(0.005, 0.03, 0, 1.7, 1.1), 13);
    expect(relaxedOnRamp(0.005, 0.01, 0.008, 1.7, 1.1)).toBeCloseTo(
      integrated(0.005, 0.01, 0.008, 1.7, 1.1),
      13,
    );
  });

  it('reaches its threshold when the closed form says, and not at all at the rheobase or below', () => {
    const time = timeToThreshold(0.005, 0.03, 0.02, 1);
    expect(time).toBeCloseTo(Math.log(25 / 10), 15);
    expect(relaxed(0.005, 0.03, time, 1)).toBeCloseTo(0.02, 16);
    expect(timeToThreshold(0.005, 0.02, 0.02, 1)).toBe(Infinity);
    expect(timeToThreshold(0.005, 0.01, 0.02, 1)).toBe(Infinity);
    expect(timeToThreshold(0.02, 0, 0.02, 1)).toBe(0);
  });

  it('on a ramp first touches the threshold where a fine scan does (1000 random ramps)', () => {
    const random = RandomStream.of(5);
    let crossed = 0;
    for (let k = 0; k < 1000; k++) {
      const u = 0.02 * random.uniform() - 0.005;
      const v = 0.06 * random.uniform() - 0.02;
      const slope = 0.06 * random.uniform() - 0.03;
      const tau = 0.5 + random.uniform();
      const horizon = 3 * random.uniform();
      const found = timeToThresholdOnRamp(u, v, slope, 0.02, tau, horizon);
      const points = 400;
      let scan = Infinity;
      for (let p = 1; p <= points && scan === Infinity; p++) {
        const t = (p / points) * horizon;
        if (relaxedOnRamp(u, v, slope, t, tau) >= 0.02) scan = t;
      }
      if (scan === Infinity) {
        // A peak between two points of the scan is all that it may have missed.
        if (found === Infinity) continue;
      } else {
        crossed++;
        expect(found).toBeLessThanOrEqual(scan);
        expect(found).toBeGreaterThan(scan - (1.001 * horizon) / points);
      }
      expect(Math.abs(relaxedOnRamp(u, v, slope, found, tau) - 0.02)).toBeLessThan(1e-15);
    }
    expect(crossed).toBeGreaterThan(100);
  });
});
