import { describe, expect, it } from 'vitest';
import { restingPlaces, spinResponse, wellResponse } from './site-response.js';
import { atMost, wrongSitesAllowed } from './predict-success.js';

describe('spinResponse', () => {
  it('is the heat bath at T > 0 and the sign at T = 0', () => {
    const warm = spinResponse(0.5);
    expect(warm.wrong(0.3, 0)).toBeCloseTo((1 - Math.tanh(0.6)) / 2, 12);
    expect(warm.mean(0.3, warm.wrong(0.3, 0))).toBeCloseTo(Math.tanh(0.6), 12);
    const cold = spinResponse(0);
    expect([cold.wrong(1, 1), cold.wrong(-1, 0), cold.wrong(0, 1), cold.wrong(0, 0)]).toEqual([
      0, 1, 1, 0,
    ]);
    expect(cold.meanWrong(1, 1, 0)).toBeCloseTo(0.15865525, 7);
    expect(warm.meanWrong(1, 0.3, 0)).toBeGreaterThan(warm.wrong(1, 0));
  });
});

describe('wellResponse', () => {
  it('has the closed-form law of the quartic unit q = r = T = 1 at zero field', () => {
    // ⟨|x|⟩ = ½ √π e^{1/4} erfc(½) / Z, Z = 1.3684269 (physics page, circuits, TC-07).
    const site = wellResponse({ quadratic: 1, quartic: 1 }, 1, 10, 20);
    const size = (0.5 * Math.sqrt(Math.PI) * Math.exp(0.25) * 0.4795001222) / 1.3684269;
    expect(site.mean(0, 0)).toBeCloseTo(size, 4);
    expect(site.wrong(0, 0)).toBeCloseTo(0.5, 9);
    expect(site.wrong(0, 1)).toBeCloseTo(0.5, 9);
  });

  it('holds its sign over a barrier for a time, and loses it in the long run', () => {
    // J4 = 1, J2 = −4: first passage from the bottom to the top takes 16.97 t₀ (physics page, circuits, TC-21), so
    // the two sides exchange with a total rate near 1/17; Kramers' formula is 15 % slow there.
    const well = { quadratic: -4, quartic: 1 };
    expect(wellResponse(well, 1, 0.1, 20).wrong(0, 0)).toBeLessThan(0.01);
    expect(wellResponse(well, 1, 17, 20).wrong(0, 0)).toBeGreaterThan(0.2);
    expect(wellResponse(well, 1, 17, 20).wrong(0, 0)).toBeLessThan(0.4);
    expect(wellResponse(well, 1, 1e4, 20).wrong(0, 0)).toBeCloseTo(0.5, 9);
    expect(wellResponse(well, 1, 10, 40).wrong(30, 1)).toBeLessThan(1e-6);
  });

  it('finds minima and top of the potential', () => {
    for (const [q, r, b] of [
      [-4, 1, 0],
      [-4, 1, 2],
      [1, 1, 3],
      [-4, 2, 50],
      [0, 1, 4],
    ] as const) {
      const places = restingPlaces({ quadratic: q, quartic: r }, b);
      for (const x of places) expect(4 * r * x ** 3 + 2 * q * x).toBeCloseTo(b, 9);
    }
    expect(restingPlaces({ quadratic: -4, quartic: 1 }, 0)).toHaveLength(3);
    expect(restingPlaces({ quadratic: 1, quartic: 1 }, 0)).toHaveLength(1);
    expect(restingPlaces({ quadratic: 1, quartic: 1 }, 0)[0]).toBeCloseTo(0, 12);
    expect(restingPlaces({ quadratic: 0, quartic: 1 }, 4)[0]).toBeCloseTo(1, 12);
  });
});

describe('atMost', () => {
  it('is the binomial law for equal probabilities', () => {
    const p = new Float64Array(10).fill(0.2);
    expect(atMost(p, 0)).toBeCloseTo(0.8 ** 10, 12);
    expect(atMost(p, 2)).toBeCloseTo(0.677799526, 8);
    expect(atMost(p, 10)).toBeCloseTo(1, 12);
  });

  it('allows the wrong sites of overlap 0.95', () => {
    expect([20, 40, 100, 120, 1000].map(wrongSitesAllowed)).toEqual([0, 1, 2, 3, 25]);
  });
});
