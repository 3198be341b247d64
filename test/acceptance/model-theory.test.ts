import { describe, expect, it } from 'vitest';
import {
  additiveNoiseLimit,
  agsRetrieval,
  agsZeroTemperature,
  curieWeiss,
  denseBasinEdge,
  denseRetrievalOverlap,
  denseSpinodal,
  denseTransitionTemperature,
  dilutionKappa,
  drivenOverlapDynamics,
  hopfieldCapacity,
  imperfectCapacity,
  isingCriticalTemperature,
  isingEnergy,
  isingMagnetisation,
  optimalStep,
  quantiserKappa,
  ramsauerBase,
  retrievalGroundTemperature,
  retrievalTemperature,
  signKappa,
  type DrivenOverlapCourse,
} from '../../src/model/index.js';

/** Exact rows of the physics page, to the digits and tolerances that it states. */
function expectWithin(value: number | null, expected: number, tolerance: number): void {
  expect(value).not.toBeNull();
  expect(Math.abs(value! - expected)).toBeLessThanOrEqual(tolerance);
}

describe('the Hopfield model at extensive load', () => {
  it('MT-A1: has the capacity .1379056 and the critical overlap .967417', () => {
    expectWithin(hopfieldCapacity().alpha, 0.1379056, 1e-6);
    expectWithin(hopfieldCapacity().m, 0.967417, 1e-5);
  });

  it.each([
    [0.05, 0.99999223],
    [0.1, 0.99799927],
    [0.13, 0.98721189],
  ])('MT-A2: at T = 0 and load %d retrieves with overlap %d', (alpha, m) => {
    expectWithin(agsZeroTemperature(alpha)!.m, m, 1e-7);
  });

  it('MT-A3: solves the equations of state at load .05, T = .3', () => {
    const { m, q, r } = agsRetrieval(0.05, 0.3)!;
    expectWithin(m, 0.991165, 1e-5);
    expectWithin(q, 0.982961, 1e-5);
    expectWithin(r, 1.10491, 1e-5);
  });

  it('MT-A3: has T_M(.05) = .5423 and T_c(.01) = .7216', () => {
    expectWithin(retrievalTemperature(0.05), 0.5423, 5e-4);
    expectWithin(retrievalGroundTemperature(0.01), 0.7216, 5e-4);
  });
});

describe('one memory of 100 sites', () => {
  it('MT-A4: has the exact ⟨|m|⟩, Binder ratio and partition function at T = 1', () => {
    const exact = curieWeiss(100, 1);
    expectWithin(exact.absoluteOverlap, 0.28679641, 1e-7);
    expectWithin(exact.binder, 0.305585, 1e-6);
    expectWithin(exact.logPartitionPerSpin, 0.70786277, 1e-7);
  });
});

/** A step cue of height h for 2, then 10 of relaxation (protocol P1), with a sample at release. */
function stepCue(degree: number, temperature: number, h: number): DrivenOverlapCourse {
  return drivenOverlapDynamics({
    degree,
    temperature,
    cueAccuracy: 0.6,
    field: [
      [0, h],
      [2, h],
      [2, 0],
    ],
    duration: 12,
    every: 2,
  });
}

function triangularCue(degree: number, temperature: number, length: number): DrivenOverlapCourse {
  return drivenOverlapDynamics({
    degree,
    temperature,
    cueAccuracy: 0.6,
    field: [
      [0, 0],
      [length / 2, 0.5],
      [length, 0],
    ],
    duration: length + 10,
  });
}

function ramp(length: number): DrivenOverlapCourse {
  return drivenOverlapDynamics({
    degree: 2,
    temperature: 1.5,
    cueAccuracy: 0.6,
    field: [
      [0, 0],
      [length, 1],
    ],
    duration: length,
  });
}

function last(course: Float64Array): number {
  return course[course.length - 1]!;
}

describe('driven overlap dynamics at low and intermediate load', () => {
  it.each([
    ['step', (): DrivenOverlapCourse => stepCue(3, 0.3, 1), 0.3],
    ['step that fails', (): DrivenOverlapCourse => stepCue(4, 0.3, 0.5), 0.3],
    ['triangle', (): DrivenOverlapCourse => triangularCue(2, 0.5, 5), 0.5],
    ['ramp', (): DrivenOverlapCourse => ramp(30), 1.5],
  ])('MT-A15: a %s keeps Δe = w − q and Σ = Δs + βq', (_, run, temperature) => {
    const course = run();
    for (let k = 0; k < course.t.length; k++) {
      const energyChange = course.energy[k]! - course.energy[0]!;
      // A jump at t = 0 is booked before the first sample; the cue's overlap is zero there, and so is its work.
      expectWithin(energyChange, course.work[k]! - course.heat[k]!, 1e-10);
      const entropyChange = course.entropy[k]! - course.entropy[0]!;
      expectWithin(
        course.entropyProduction[k]!,
        entropyChange + course.heat[k]! / temperature,
        1e-10,
      );
    }
  });

  it.each([
    [2, 0.5, 0.5, 0.647973, 0.957417, 0.332426, 0.79075, 0.991376],
    [3, 0.3, 0.5, 0.544898, 0.997325, 0.402786, 0.733452, 1.761878],
    [3, 0.3, 1, 0.519862, 0.99732, 0.8624, 1.19306, 3.293924],
    [4, 0.3, 0.5, 0.508447, 0.000056, 0.407277, 0.407277, 1.35759],
  ])(
    'MT-A16: a step cue on n = %d at T = %d, h = %d',
    (n, temperature, h, mHeld, mEnd, w, q, sigma) => {
      const course = stepCue(n, temperature, h);
      expectWithin(course.target[1]!, mHeld, 1e-5);
      expectWithin(last(course.target), mEnd, 1e-5);
      expectWithin(last(course.work), w, 1e-5);
      expectWithin(last(course.heat), q, 1e-5);
      expectWithin(last(course.entropyProduction), sigma, 1e-5);
    },
  );

  it.each([
    [3, 0.3, 2, 1.077337, 0.197424],
    [3, 0.3, 5, 1.076171, 0.197074],
    [3, 0.3, 10, 0.752685, 0.100028],
    [3, 0.3, 20, 0.668659, 0.07482],
    [2, 0.5, 2, 0.66605, null],
    [2, 0.5, 5, 0.676673, null],
    [2, 0.5, 10, 0.573284, null],
    [2, 0.5, 20, 0.487183, null],
  ])('MT-A16: a triangular cue on n = %d at T = %d over %d', (n, temperature, length, sigma, w) => {
    const course = triangularCue(n, temperature, length);
    expectWithin(last(course.entropyProduction), sigma, 1e-5);
    if (w !== null) expectWithin(last(course.work), w, 1e-5);
  });

  it.each([
    [1, 0.0803737],
    [3, 0.1061525],
    [10, 0.0614916],
    [30, 0.0234743],
    [100, 0.0073597],
  ])('MT-A16: a ramp over %d dissipates %d', (length, sigma) => {
    const course = ramp(length);
    expectWithin(last(course.entropyProduction), sigma, 1e-5);
    if (length === 100) expectWithin(last(course.work), -0.4023757, 1e-5);
  });

  it('MT-B10: the slow ramp dissipates .736/τ', () => {
    expectWithin(last(ramp(100).entropyProduction) * 100, 0.736, 0.00736);
  });
});

describe('dense memories at low load', () => {
  it.each([
    [2, 1, 0, 1, [0, 0, 0, 0], 0.997414],
    [3, 0.582583, 0.796388, 0.495969, [0.100338, 0.202812, 0.310221, 0.427438], 0.997367],
    [4, 0.495786, 0.889437, 0.362949, [0.322007, 0.465481, 0.586411, 0.70567], 0.997318],
    [5, 0.451204, 0.926331, 0.288962, [0.477458, 0.615542, 0.724045, 0.83067], 0.997267],
    [6, 0.42272, 0.945667, 0.240535, [0.581461, 0.706515, 0.801561, 0.898641], 0.997212],
  ])('MT-A17: of degree %d', (n, spinodal, mSpinodal, transition, edges, retrieval) => {
    expectWithin(denseSpinodal(n).temperature, spinodal, 1e-6);
    expectWithin(denseSpinodal(n).m, mSpinodal, 1e-6);
    expectWithin(denseTransitionTemperature(n), transition, 1e-6);
    for (const [k, temperature] of [0.1, 0.2, 0.3, 0.4].entries()) {
      expectWithin(denseBasinEdge(n, temperature), edges[k]!, 1e-6);
    }
    expectWithin(denseRetrievalOverlap(n, 0.3), retrieval, 1e-6);
  });
});

describe('imperfect couplings', () => {
  const capacity = (kappa: number): number => imperfectCapacity({ kappa, delta: 0 })!.alpha;

  it('MT-A18: κ of the sign, of 2 bits at .997σ and of 4 bits at .333σ', () => {
    expectWithin(signKappa(), 0.5708, 5e-6);
    expectWithin(quantiserKappa(2, 0.997), 0.1349, 5e-5);
    expectWithin(quantiserKappa(4, 0.333), 0.0117, 5e-5);
    expectWithin(dilutionKappa(0.5), 1, 0);
  });

  it('MT-A18: capacities of sign, 2-bit, 4-bit and half-diluted couplings, and the noise that ends retrieval', () => {
    expectWithin(capacity(signKappa()), 0.10184, 1e-4);
    expectWithin(capacity(optimalStep(2).kappa), 0.1267, 1e-4);
    expectWithin(capacity(optimalStep(4).kappa), 0.1368, 1e-4);
    expectWithin(capacity(dilutionKappa(0.5)), 0.0865, 1e-4);
    expectWithin(additiveNoiseLimit(), Math.sqrt(2 / Math.PI), 1e-12);
    expect(imperfectCapacity({ kappa: 0, delta: additiveNoiseLimit() - 1e-3 })).not.toBeNull();
    expect(imperfectCapacity({ kappa: 0, delta: additiveNoiseLimit() + 1e-3 })).toBeNull();
  });
});

describe('modern Hopfield networks', () => {
  it('MT-A19: the base of the storage law is 3.1546 and 1.3719 in the two settings of the page', () => {
    expectWithin(ramsauerBase(1, 3, 20, 0.001), 3.1546, 1e-4);
    expectWithin(ramsauerBase(1, 1, 75, 0.001), 1.3719, 1e-4);
  });
});

describe('the square-lattice Ising model', () => {
  it('MT-A24: has Onsager’s critical temperature, magnetisation and energy', () => {
    expectWithin(isingCriticalTemperature(), 2.269185314, 5e-10);
    expectWithin(isingMagnetisation(2), 0.911319378, 5e-10);
    expectWithin(isingEnergy(2), -1.745564575, 5e-10);
    expectWithin(isingEnergy(2.269185), -1.41421, 1e-5);
  });
});
