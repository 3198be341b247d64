import { describe, expect, it } from 'vitest';
import { expectNear } from '../support/statistics.js';
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
function expectDigits(
  quantity: string,
  value: number | null,
  expected: number,
  tolerance: number,
): void {
  expect(value, quantity).not.toBeNull();
  expectNear(value!, expected, tolerance, { quantity });
}

describe('the Hopfield model at extensive load', () => {
  it('MT-A1: has the capacity .1379056 and the critical overlap .967417', () => {
    expectDigits('α_c', hopfieldCapacity().alpha, 0.1379056, 1e-6);
    expectDigits('m_c', hopfieldCapacity().m, 0.967417, 1e-5);
  });

  it.each([
    [0.05, 0.99999223],
    [0.1, 0.99799927],
    [0.13, 0.98721189],
  ])('MT-A2: at T = 0 and load %d retrieves with overlap %d', (alpha, m) => {
    expectDigits(`m, α = ${alpha}`, agsZeroTemperature(alpha)!.m, m, 1e-7);
  });

  it('MT-A3: solves the equations of state at load .05, T = .3', () => {
    const { m, q, r } = agsRetrieval(0.05, 0.3)!;
    expectDigits('m', m, 0.991165, 1e-5);
    expectDigits('q', q, 0.982961, 1e-5);
    expectDigits('r', r, 1.10491, 1e-5);
  });

  it('MT-A3: has T_M(.05) = .5423 and T_c(.01) = .7216', () => {
    expectDigits('T_M(.05)', retrievalTemperature(0.05), 0.5423, 5e-4);
    expectDigits('T_c(.01)', retrievalGroundTemperature(0.01), 0.7216, 5e-4);
  });
});

describe('one memory of 100 sites', () => {
  it('MT-A4: has the exact ⟨|m|⟩, Binder ratio and partition function at T = 1', () => {
    const exact = curieWeiss(100, 1);
    expectDigits('⟨|m|⟩', exact.absoluteOverlap, 0.28679641, 1e-7);
    expectDigits('U₄', exact.binder, 0.305585, 1e-6);
    expectDigits('ln Z/N', exact.logPartitionPerSpin, 0.70786277, 1e-7);
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
  ])('MT-A15: a %s keeps Δe = w − q and Σ = Δs + βq', (name, run, temperature) => {
    const course = run();
    let [first, second] = [0, 0];
    for (let k = 0; k < course.t.length; k++) {
      const energyChange = course.energy[k]! - course.energy[0]!;
      // A jump at t = 0 is booked before the first sample; the cue's overlap is zero there, and so is its work.
      first = Math.max(first, Math.abs(energyChange - course.work[k]! + course.heat[k]!));
      const entropyChange = course.entropy[k]! - course.entropy[0]!;
      const production = entropyChange + course.heat[k]! / temperature;
      second = Math.max(second, Math.abs(course.entropyProduction[k]! - production));
    }
    expectDigits(`Δe − w + q, largest, ${name}`, first, 0, 1e-10);
    expectDigits(`Σ − Δs − βq, largest, ${name}`, second, 0, 1e-10);
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
      const at = `step, n = ${n}, T = ${temperature}, h = ${h}`;
      expectDigits(`m(t_h), ${at}`, course.target[1]!, mHeld, 1e-5);
      expectDigits(`m at the end, ${at}`, last(course.target), mEnd, 1e-5);
      expectDigits(`w, ${at}`, last(course.work), w, 1e-5);
      expectDigits(`q, ${at}`, last(course.heat), q, 1e-5);
      expectDigits(`Σ, ${at}`, last(course.entropyProduction), sigma, 1e-5);
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
    const at = `triangle, n = ${n}, T = ${temperature}, length ${length}`;
    expectDigits(`Σ, ${at}`, last(course.entropyProduction), sigma, 1e-5);
    if (w !== null) expectDigits(`w, ${at}`, last(course.work), w, 1e-5);
  });

  it.each([
    [1, 0.0803737],
    [3, 0.1061525],
    [10, 0.0614916],
    [30, 0.0234743],
    [100, 0.0073597],
  ])('MT-A16: a ramp over %d dissipates %d', (length, sigma) => {
    const course = ramp(length);
    const at = `ramp, τ = ${length}`;
    expectDigits(`Σ, ${at}`, last(course.entropyProduction), sigma, 1e-5);
    if (length === 100) expectDigits(`w, ${at}`, last(course.work), -0.4023757, 1e-5);
  });

  it('MT-B10: the slow ramp dissipates .736/τ', () => {
    expectDigits('Σ τ, τ = 100', last(ramp(100).entropyProduction) * 100, 0.736, 0.00736);
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
    expectDigits(`spinodal T, n = ${n}`, denseSpinodal(n).temperature, spinodal, 1e-6);
    expectDigits(`m at the spinodal, n = ${n}`, denseSpinodal(n).m, mSpinodal, 1e-6);
    expectDigits(`T_c, n = ${n}`, denseTransitionTemperature(n), transition, 1e-6);
    for (const [k, temperature] of [0.1, 0.2, 0.3, 0.4].entries()) {
      const edge = `basin edge, n = ${n}, T = ${temperature}`;
      expectDigits(edge, denseBasinEdge(n, temperature), edges[k]!, 1e-6);
    }
    expectDigits(`m*, n = ${n}, T = .3`, denseRetrievalOverlap(n, 0.3), retrieval, 1e-6);
  });
});

describe('imperfect couplings', () => {
  const capacity = (kappa: number): number => imperfectCapacity({ kappa, delta: 0 })!.alpha;

  it('MT-A18: κ of the sign, of 2 bits at .997σ and of 4 bits at .333σ', () => {
    expectDigits('κ, sign', signKappa(), 0.5708, 5e-6);
    expectDigits('κ, 2 bits at .997σ', quantiserKappa(2, 0.997), 0.1349, 5e-5);
    expectDigits('κ, 4 bits at .333σ', quantiserKappa(4, 0.333), 0.0117, 5e-5);
    expectDigits('κ, dilution .5', dilutionKappa(0.5), 1, 0);
  });

  it('MT-A18: capacities of sign, 2-bit, 4-bit and half-diluted couplings, and the noise that ends retrieval', () => {
    expectDigits('α_c, sign', capacity(signKappa()), 0.10184, 1e-4);
    expectDigits('α_c, 2 bits', capacity(optimalStep(2).kappa), 0.1267, 1e-4);
    expectDigits('α_c, 4 bits', capacity(optimalStep(4).kappa), 0.1368, 1e-4);
    expectDigits('α_c, dilution .5', capacity(dilutionKappa(0.5)), 0.0865, 1e-4);
    expectDigits('δ_c', additiveNoiseLimit(), Math.sqrt(2 / Math.PI), 1e-12);
    expect(imperfectCapacity({ kappa: 0, delta: additiveNoiseLimit() - 1e-3 })).not.toBeNull();
    expect(imperfectCapacity({ kappa: 0, delta: additiveNoiseLimit() + 1e-3 })).toBeNull();
  });
});

describe('modern Hopfield networks', () => {
  it('MT-A19: the base of the storage law is 3.1546 and 1.3719 in the two settings of the page', () => {
    expectDigits('c(β = 1, K = 3, d = 20)', ramsauerBase(1, 3, 20, 0.001), 3.1546, 1e-4);
    expectDigits('c(β = 1, K = 1, d = 75)', ramsauerBase(1, 1, 75, 0.001), 1.3719, 1e-4);
  });
});

describe('the square-lattice Ising model', () => {
  it('MT-A24: has Onsager’s critical temperature, magnetisation and energy', () => {
    expectDigits('T_c', isingCriticalTemperature(), 2.269185314, 5e-10);
    expectDigits('M(2)', isingMagnetisation(2), 0.911319378, 5e-10);
    expectDigits('e(2)', isingEnergy(2), -1.745564575, 5e-10);
    expectDigits('e(2.269185)', isingEnergy(2.269185), -1.41421, 1e-5);
  });
});
