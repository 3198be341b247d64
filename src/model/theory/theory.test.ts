import { describe, expect, it } from 'vitest';
import {
  agsRetrieval,
  agsSpinGlass,
  agsZeroTemperature,
  bidirectionalCapacity,
  curieWeiss,
  denseBasinEdge,
  denseCapacity,
  denseOneStepOverlap,
  denseRetrievalOverlap,
  denseTransitionTemperature,
  dilutionKappa,
  erf,
  errorFreeMemories,
  exponentialRate,
  exponentialTypicalRate,
  gaussHermite,
  imperfectCapacity,
  imperfectOverlap,
  isingEnergy,
  isingMagnetisation,
  meanFieldOverlap,
  oneStepBitError,
  oneStepCapacity,
  oneStepOverlap,
  optimalStep,
  quantiserKappa,
  retrievalGroundTemperature,
  retrievalTemperature,
  saturationKappa,
  sequenceCapacity,
  sequenceOverlap,
  signKappa,
  storkeyMemories,
  ternaryKappa,
} from './index.js';

describe('the replica-symmetric Hopfield model', () => {
  it('solves the equations of state, checked by another quadrature', () => {
    const [alpha, temperature] = [0.05, 0.5];
    const { nodes, weights } = gaussHermite(200);
    const average = (f: (z: number) => number): number =>
      nodes.reduce((sum, z, k) => sum + weights[k]! * f(z), 0);
    for (const state of [agsRetrieval(alpha, temperature), agsSpinGlass(alpha, temperature)]) {
      const { m, q, r } = state!;
      const field = (z: number): number => Math.tanh((m + Math.sqrt(alpha * r) * z) / temperature);
      expect(average(field)).toBeCloseTo(m, 8);
      expect(average((z) => field(z) ** 2)).toBeCloseTo(q, 8);
      expect(q / (1 - (1 - q) / temperature) ** 2).toBeCloseTo(r, 8);
    }
  });

  it('goes over into its zero-temperature solution', () => {
    const cold = agsRetrieval(0.1, 0.01)!;
    expect(cold.m).toBeCloseTo(agsZeroTemperature(0.1)!.m, 4);
    expect(cold.r).toBeCloseTo(agsZeroTemperature(0.1)!.r, 2);
    // However cold.
    for (const name of ['m', 'q', 'r', 'freeEnergy'] as const) {
      const coldest = agsRetrieval(0.1, Number.MIN_VALUE)![name];
      expect(coldest).toBeCloseTo(agsZeroTemperature(0.1)![name], 13);
    }
  });

  it('goes over into m = tanh(m/T) at vanishing load', () => {
    expect(agsRetrieval(1e-7, 0.6)!.m).toBeCloseTo(meanFieldOverlap(0.6), 5);
  });

  it('has a free energy whose derivative by T is minus an entropy that is not negative here', () => {
    const at = (temperature: number): number => agsRetrieval(0.02, temperature)!.freeEnergy;
    const entropy = -(at(0.501) - at(0.499)) / 0.002;
    expect(entropy).toBeGreaterThan(0);
    expect(entropy).toBeLessThan(Math.LN2);
  });

  it('has no retrieval state above capacity or above T_M, and no glass above T_g', () => {
    expect(agsZeroTemperature(0.138)).toBeNull();
    expect(agsRetrieval(0.05, 0.55)).toBeNull();
    expect(agsRetrieval(0.05, 1.1)).toBeNull();
    expect(agsSpinGlass(0.05, 1.23)).toBeNull();
    expect(agsSpinGlass(0.05, 1.2)!.m).toBe(0);
    expect(retrievalTemperature(0.2)).toBeNull();
  });

  it.each([
    [0.001, 0.9378, 0.9161],
    [0.04, 0.5936, 0.3652],
    [0.1, 0.3154, null],
  ])('at load %d has T_M = %d and T_c = %s (physics page §5.1)', (alpha, tm, tc) => {
    expect(retrievalTemperature(alpha)).toBeCloseTo(tm, 3);
    const found = retrievalGroundTemperature(alpha);
    if (tc === null) expect(found).toBeNull();
    else expect(found).toBeCloseTo(tc, 3);
  });

  it('refuses a load or temperature that makes no sense', () => {
    for (const call of [
      () => agsRetrieval(-1, 0.5),
      () => agsRetrieval(0.1, 0),
      () => agsZeroTemperature(NaN),
    ]) {
      expect(call).toThrowError(expect.objectContaining({ code: 'invalid-input' }));
    }
  });
});

describe('one memory', () => {
  it('has the sums of an enumeration of all states', () => {
    const [sites, temperature] = [10, 0.7];
    let z = 0;
    let absolute = 0;
    let squared = 0;
    let fourth = 0;
    for (let word = 0; word < 2 ** sites; word++) {
      let up = 0;
      for (let k = 0; k < sites; k++) up += (word >> k) & 1;
      const m = (2 * up - sites) / sites;
      const weight = Math.exp((sites * m * m) / 2 / temperature);
      z += weight;
      absolute += weight * Math.abs(m);
      squared += weight * m * m;
      fourth += weight * m ** 4;
    }
    const exact = curieWeiss(sites, temperature);
    expect(exact.absoluteOverlap).toBeCloseTo(absolute / z, 12);
    expect(exact.squaredOverlap).toBeCloseTo(squared / z, 12);
    expect(exact.binder).toBeCloseTo(1 - (fourth * z) / (3 * squared ** 2), 12);
    expect(exact.logPartitionPerSpin).toBeCloseTo(Math.log(z) / sites, 12);
    expect(exact.energyPerSpin).toBeCloseTo(-squared / z / 2, 12);
  });

  it.each([
    [0.5, 1.02754182],
    [0.8, 0.74139928],
    [2, 0.69658855],
  ])('of 100 sites at T = %d has ln Z/N = %d', (temperature, expected) => {
    expect(curieWeiss(100, temperature).logPartitionPerSpin).toBeCloseTo(expected, 8);
  });

  it('does not overflow for 1e5 sites', () => {
    expect(curieWeiss(100_000, 0.5).absoluteOverlap).toBeCloseTo(meanFieldOverlap(0.5), 4);
  });

  it.each([
    [0.2, 0.99990912],
    [0.3, 0.99741382],
    [0.5, 0.95750402],
    [0.7, 0.8286348],
    [0.9, 0.52542951],
    [1, 0],
    [1.3, 0],
  ])('at T = %d has the mean-field overlap %d', (temperature, expected) => {
    expect(meanFieldOverlap(temperature)).toBeCloseTo(expected, 8);
  });
});

describe('dense memories', () => {
  it('have roots that solve m = tanh(m^{n−1}/T), the edge below the retrieval state', () => {
    for (const degree of [3, 4, 7, 20, 200]) {
      const temperature = 0.6 * denseTransitionTemperature(degree);
      const edge = denseBasinEdge(degree, temperature)!;
      const overlap = denseRetrievalOverlap(degree, temperature);
      expect(edge).toBeLessThan(overlap);
      for (const m of [edge, overlap]) {
        expect(Math.tanh(m ** (degree - 1) / temperature)).toBeCloseTo(m, 11);
      }
    }
  });

  it('have n·T_c that tends to 1/ln 2', () => {
    expect(200 * denseTransitionTemperature(200)).toBeCloseTo(1 / Math.LN2, 2);
    expect(denseBasinEdge(3, 0.59)).toBeNull();
    expect(denseRetrievalOverlap(3, 0.59)).toBe(0);
  });

  it.each([
    [3, 0.0841, 0.1261, 0.838, 0.0502],
    [4, 0.0132, 0.033, 0.918, 0.01005],
  ])('of degree %d have the capacity estimates of §2.5', (degree, full, pure, m, oneStep) => {
    expect(denseCapacity(degree, 'full-power').alpha).toBeCloseTo(full, 4);
    expect(denseCapacity(degree, 'pure').alpha).toBeCloseTo(pure, 4);
    expect(denseCapacity(degree, 'pure').m).toBeCloseTo(m, 3);
    expect(oneStepCapacity(degree, 0.005)).toBeCloseTo(oneStep, 4);
  });

  it('of degree 5 have the capacities .00165 and .0072', () => {
    expect(denseCapacity(5, 'full-power').alpha).toBeCloseTo(0.00165, 5);
    expect(denseCapacity(5, 'pure').alpha).toBeCloseTo(0.0072, 4);
  });

  it('have one-step overlaps that reduce to Hopfield for n = 2', () => {
    expect(denseOneStepOverlap(2, 0.1, 0.5)).toBe(oneStepOverlap(0.1, 0.5));
    expect(denseOneStepOverlap(3, 0.02, 0.7)).toBeCloseTo(erf(0.49 / Math.sqrt(0.12)), 14);
  });

  it.each([
    [0.105, 0.00101],
    [0.138, 0.00355],
    [0.185, 0.01004],
    [0.37, 0.0501],
    [0.61, 0.1],
  ])('of degree 2 at load %d get %d of the bits wrong in one step', (alpha, error) => {
    expect(Math.abs(oneStepBitError(alpha) / error - 1)).toBeLessThan(0.005);
  });
});

describe('capacity laws', () => {
  it('give the exponential memory 2^{N/2} patterns, 1.964^N typically', () => {
    expect(exponentialRate(0)).toBeCloseTo(Math.LN2 / 2, 14);
    expect(Math.exp(exponentialTypicalRate())).toBeCloseTo(1.964, 3);
    // N = 20 with 2 flips (ρ = .1): the bound is about 40 memories (§5.5).
    expect(Math.exp(20 * exponentialRate(0.1))).toBeGreaterThan(39);
    expect(Math.exp(20 * exponentialRate(0.1))).toBeLessThan(41);
  });

  it('give bidirectional memories .1998', () => {
    expect(bidirectionalCapacity().alpha).toBeCloseTo(0.1998, 4);
  });

  it('are what they say for N = 100', () => {
    expect(errorFreeMemories(3, 100)).toBeCloseTo(1e4 / (6 * Math.log(100)), 10);
    expect(storkeyMemories(100)).toBeCloseTo(100 / Math.sqrt(2 * Math.log(100)), 12);
  });
});

describe('imperfect couplings (§5.9)', () => {
  it.each([
    [2, 0.1349, 0.1267],
    [3, 0.0389, 0.1344],
    [4, 0.0117, 0.1368],
    [5, 0.0035, 0.1376],
    [6, 0.001, 0.1378],
    [8, 0.0001, 0.1379],
  ])('of %d bits', (bits, kappa, alpha) => {
    expect(optimalStep(bits).kappa).toBeCloseTo(kappa, 4);
    const capacity = imperfectCapacity({ kappa: optimalStep(bits).kappa, delta: 0 })!;
    expect(Math.abs(capacity.alpha - alpha)).toBeLessThan(1e-4);
  });

  it.each([
    [0.5, 0.2625, 0.1179],
    [1, 0.1073, 0.1288],
    [1.5, 0.0371, 0.1346],
    [2, 0.0104, 0.137],
  ])('saturated at %d σ', (limit, kappa, alpha) => {
    expect(saturationKappa(limit)).toBeCloseTo(kappa, 4);
    const capacity = imperfectCapacity({ kappa: saturationKappa(limit), delta: 0 })!;
    expect(Math.abs(capacity.alpha - alpha)).toBeLessThan(1e-4);
  });

  it.each([
    [0.8, 0.1187],
    [0.1, 0.0276],
    [0.05, 0.0162],
    [0.01, 0.00425],
  ])('diluted to %d', (keep, alpha) => {
    const capacity = imperfectCapacity({ kappa: dilutionKappa(keep), delta: 0 })!;
    expect(Math.abs(capacity.alpha - alpha)).toBeLessThan(1e-4);
  });

  it.each([
    [0.1, 0.1313],
    [0.2, 0.1124],
    [0.5, 0.0273],
    [0.7, 0.0013],
  ])('with additive noise %d', (delta, alpha) => {
    expect(Math.abs(imperfectCapacity({ kappa: 0, delta })!.alpha - alpha)).toBeLessThan(1e-4);
  });

  it('have the overlaps that the page gives in brackets beside its simulation', () => {
    const sign = { kappa: signKappa(), delta: 0 };
    expect(imperfectOverlap(0.071, sign)).toBeCloseTo(0.9965, 4);
    expect(imperfectOverlap(0.091, sign)).toBeCloseTo(0.9845, 4);
    expect(imperfectOverlap(0.101, sign)).toBeCloseTo(0.961, 3);
    expect(imperfectOverlap(0.071, { kappa: dilutionKappa(0.5), delta: 0 })).toBeCloseTo(0.9874, 4);
    expect(imperfectOverlap(0.11, sign)).toBeNull();
    expect(imperfectOverlap(0.01, { kappa: 0, delta: 0.9 })).toBeNull();
  });

  it('have κ of the sign for one bit, and ternary κ of the page', () => {
    expect(quantiserKappa(1, 0.7)).toBeCloseTo(signKappa(), 12);
    expect(ternaryKappa(0.61)).toBeCloseTo(0.2348, 4);
    expect(dilutionKappa(1)).toBe(0);
  });
});

describe('sequences (§5.11)', () => {
  it.each([
    [0.1, 0.998405],
    [0.15, 0.989089],
    [0.2, 0.966326],
    [0.25, 0.914016],
    [0.26, 0.891791],
  ])('at load %d have the stationary overlap %d', (alpha, m) => {
    expect(sequenceOverlap(alpha)).toBeCloseTo(m, 6);
  });

  it('have the capacity .269062 and nothing beyond', () => {
    expect(sequenceCapacity().alpha).toBeCloseTo(0.269062, 6);
    expect(sequenceOverlap(0.27)).toBeNull();
  });
});

describe('the square-lattice Ising model', () => {
  it('has an energy that falls towards −2 in the cold and 0 in the heat', () => {
    expect(isingEnergy(0.2)).toBeCloseTo(-2, 6);
    expect(isingEnergy(1000)).toBeCloseTo(-0.002, 6);
    expect(isingMagnetisation(3)).toBe(0);
  });
});
