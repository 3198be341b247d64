import { beforeAll, describe, expect, it } from 'vitest';
import { HaradaSasa, impulseResponse } from '../../src/thermo/index.js';
import { circuit, watch } from '../support/circuit.js';
import { hold, holdBound } from '../support/hold.js';
import { FULL_SIZE } from '../support/run-simulation.js';

const INTERVAL = 0.002;
const SEGMENT = 2 ** 13;
/** Sites in baths of 2 and 1: the first loses 1/7 to the second (TC-14). */
const [T1, T2] = [2, 1];
const CURRENT = -1 / 7;
const [SLOW, FAST] = [(7 - Math.sqrt(5)) / 2, (7 + Math.sqrt(5)) / 2];

// K = [[3, −1], [−1, 4]] as in TC-14. Heun: its noise is that of each site, so two runs of one seed share it.
const run = (
  temperature: readonly number[],
  options: Record<string, unknown>,
): ReturnType<typeof circuit> =>
  circuit({
    sites: 2,
    couplings: { kind: 'coo', entries: [[0, 1, 1]] },
    wells: { quadratic: [1.5, 2], quartic: 0 },
    initial: { kind: 'zero' },
    readout: { every: INTERVAL },
    seed: 17,
    ...options,
    dynamics: { temperature: [...temperature], integrator: 'heun', dt: INTERVAL, burnIn: 5 },
  });

/** Positions of a site, one array a shot. */
function tracks(program: ReturnType<typeof circuit>, site: number): Float64Array[] {
  const steps = Math.round(program.duration / INTERVAL);
  const out: Float64Array[] = [];
  watch(program, (x, step) => {
    if (step === 0) out.push(new Float64Array(steps + 1));
    out[out.length - 1]![step] = x[site]!;
  });
  return out;
}

/** Answer of site 1 to a force of 1 during the first interval: two runs of one seed, with and without it. */
function measuredResponse(): Float64Array {
  const drive = {
    pattern: [1, 0],
    amplitude: [
      [0, 0],
      [0, 1],
      [INTERVAL, 1],
      [INTERVAL, 0],
    ],
  };
  const duration = 6;
  const [pushed] = tracks(run([T1, T2], { duration, drives: [drive] }), 0);
  const [free] = tracks(
    run([T1, T2], { duration, drives: [{ pattern: [1, 0], amplitude: [[0, 0]] }] }),
    0,
  );
  return impulseResponse(pushed!, free!, 1, INTERVAL);
}

describe('the fluctuation–response relation of two nodes in two baths', () => {
  const segments = FULL_SIZE ? 6100 : 100; // of 16.4 t₀: 1e5 and 1.6e3
  const blocks = 20;
  let driven: HaradaSasa;
  let equilibrium: HaradaSasa;
  let difference: HaradaSasa;
  beforeAll(() => {
    const response = measuredResponse();
    const make = (binWidth: number): HaradaSasa =>
      new HaradaSasa({
        binWidth,
        interval: INTERVAL,
        segment: SEGMENT,
        friction: 1,
        temperature: T1,
        response,
      });
    [driven, equilibrium, difference] = [make(4), make(2), make(1)];
    for (let block = 0; block < segments; block += blocks) {
      const options = { duration: SEGMENT * INTERVAL, shots: blocks, seed: 17 + block };
      const hot = tracks(run([T1, T2], options), 0);
      const even = tracks(run([T1, T1], options), 0);
      hot.forEach((track, k) => {
        driven.add(track);
        equilibrium.add(even[k]!);
        difference.add(track, even[k]);
      });
    }
  });
  /** Closed form of the integrand: 2kc²(T_j − T_i)ω²/[(l₁² + ω²)(l₂² + ω²)]. */
  const integrand = (omega: number): number =>
    (2 * (T2 - T1) * omega ** 2) / ((SLOW ** 2 + omega ** 2) * (FAST ** 2 + omega ** 2));
  /** The same of a finite segment S: its correlation, a sum of l e^{−l|t|}, is weighted with 1 − |t|/S. */
  const seen = (omega: number): number => {
    const line = (l: number): number =>
      (2 * l) / (l ** 2 + omega ** 2) -
      (2 * (l ** 2 - omega ** 2)) / (l ** 2 + omega ** 2) ** 2 / (SEGMENT * INTERVAL);
    return ((T2 - T1) * (FAST * line(FAST) - SLOW * line(SLOW))) / (FAST ** 2 - SLOW ** 2);
  };
  const average = (f: (omega: number) => number, centre: number, width: number): number =>
    Array.from({ length: 40 }, (_, k) => f(centre + width * ((k + 0.5) / 40 - 0.5))).reduce(
      (sum, value) => sum + value / 40,
      0,
    );

  it('TC-17 holds at equilibrium: the integrand is zero in every bin up to ω = 100', () => {
    const bins = equilibrium.bins().slice(0, 50);
    const worst = Math.max(...bins.map(({ integrand: y, sem }) => Math.abs(y) / sem));
    holdBound({
      quantity: 'largest |integrand| of 50 bins in standard errors, T₁ = T₂ = 2',
      got: worst,
      most: 4,
      class: 'exact',
    });
    // So that it could fail: a temperature that is 5 % off would show.
    expect(bins[20]!.sem).toBeLessThan(FULL_SIZE ? 0.03 : 0.2);
  });

  it('TC-17 is broken between two temperatures by the closed form, bin by bin', () => {
    const width = 1;
    const bins = difference.bins().slice(0, 40);
    const worst = Math.max(
      ...bins.map(
        ({ omega, integrand: y, sem }) => Math.abs(y - average(seen, omega, width)) / sem,
      ),
    );
    holdBound({
      quantity: 'largest distance of 40 bins from the closed form, in standard errors',
      got: worst,
      most: 4.5,
      class: 'exact',
    });
    // By itself, without the equilibrium twin, it is the same within its larger errors.
    for (const { omega, integrand: y, sem } of driven.bins().slice(0, 10)) {
      expect(Math.abs(y - average(seen, omega, 4))).toBeLessThan(4.5 * sem);
    }
  });

  // By itself the integral up to ω scatters by 4T√(ω/2πt), half of the current at t = 1e5 and ω = 50; with the twin under the same
  // noise by 1.2 % at t = 1e5.
  it('TC-17 integrates to the heat current of TC-14', () => {
    const { mean, sem } = difference.heatCurrent();
    hold({
      quantity: 'Harada–Sasa integral into the hot bath',
      expected: CURRENT,
      got: mean,
      standardError: sem,
      tolerance: Math.max(0.05 * Math.abs(CURRENT), FULL_SIZE ? 0 : 4 * sem),
      class: 'exact',
    });
    expect(4 * sem).toBeLessThan((FULL_SIZE ? 0.06 : 0.5) * Math.abs(CURRENT));
    let numeric = 0;
    const step = 0.01;
    for (let omega = step / 2; omega < 2e4; omega += step)
      numeric += (integrand(omega) * step) / Math.PI;
    hold({
      quantity: 'integral of the closed form up to ω = 2e4',
      expected: -0.14283,
      got: numeric,
      tolerance: 5e-6,
      class: 'reference',
    });
  });
});
