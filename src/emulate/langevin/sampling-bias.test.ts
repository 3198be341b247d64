import { describe, expect, it } from 'vitest';
import { sampledCurrents } from './sampling-bias.js';

/** TC-14: k = (2, 3), k_c = 1, T = (2, 1). */
const PAIR = {
  stiffness: [
    [3, -1],
    [-1, 4],
  ],
  temperatures: [2, 1],
  mobilities: [1, 1],
};
const [l1, l2] = [(7 - Math.sqrt(5)) / 2, (7 + Math.sqrt(5)) / 2];

describe('sampledCurrents', () => {
  it('has the currents of the two-bath pair: −1/7 and 1/7', () => {
    const [hot, cold] = sampledCurrents(PAIR, 0.01);
    expect(hot!.current).toBeCloseTo(-1 / 7, 12);
    expect(cold!.current).toBeCloseTo(1 / 7, 12);
  });

  it.each([0.001, 0.01, 0.1, 0.5, 2])(
    'reads the Stratonovich sum low by (e^{−l₁τ} − e^{−l₂τ})/((l₂ − l₁)τ) at τ = %d',
    (tau) => {
      const expected = (Math.exp(-l1 * tau) - Math.exp(-l2 * tau)) / ((l2 - l1) * tau);
      for (const { current, stratonovich } of sampledCurrents(PAIR, tau)) {
        expect(stratonovich / current).toBeCloseTo(expected, 10);
      }
      if (tau === 0.01) expect(expected).toBeCloseTo(0.9656, 4);
      if (tau === 0.5) expect(expected).toBeCloseTo(0.183, 4);
    },
  );

  it('comes to the current with Harada and Sasa as samples get closer, missing (2/π)(l₁ + l₂)τ/π to leading order', () => {
    const miss = [0.002, 0.004].map((tau) => {
      const [hot] = sampledCurrents(PAIR, tau);
      return 1 - hot!.haradaSasa / hot!.current;
    });
    expect(miss[1]! / miss[0]!).toBeCloseTo(2, 1);
    expect(miss[0]).toBeLessThan((l1 + l2) * 0.002);
    expect(miss[0]).toBeGreaterThan(0);
  });

  it('is 0 in equilibrium whatever the interval, for unequal mobilities too', () => {
    const still = { ...PAIR, temperatures: [1, 1], mobilities: [1, 3] };
    for (const { current, stratonovich, haradaSasa } of sampledCurrents(still, 0.3)) {
      expect(Math.abs(current)).toBeLessThan(1e-12);
      expect(Math.abs(stratonovich)).toBeLessThan(1e-12);
      expect(Math.abs(haradaSasa)).toBeLessThan(1e-10);
    }
  });

  it('conserves energy among three baths', () => {
    const ring = {
      stiffness: [
        [4, -1, -0.5],
        [-1, 3, -1],
        [-0.5, -1, 5],
      ],
      temperatures: [3, 1, 2],
      mobilities: [1, 2, 0.5],
    };
    const currents = sampledCurrents(ring, 0.1);
    expect(currents.reduce((sum, { current }) => sum + current, 0)).toBeCloseTo(0, 12);
    expect(currents.reduce((sum, { stratonovich }) => sum + stratonovich, 0)).toBeCloseTo(0, 12);
  });

  it('refuses a circuit without a stationary state, and no interval', () => {
    const falling = {
      ...PAIR,
      stiffness: [
        [-1, 0],
        [0, 1],
      ],
    };
    expect(() => sampledCurrents(falling, 0.1)).toThrowError(/no stationary state/);
    expect(() => sampledCurrents(PAIR, 0)).toThrowError(/no time between samples/);
  });
});
