import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/core/index.js';
import {
  CavityKernel,
  couplingsFromPositions,
  doubleSumFromPairsOnce,
  enumerateLandscape,
  hermiteGaussSum,
  localStrength,
  modeWaistM,
  pairsOnceFromDoubleSum,
  positionWarnings,
  recoilHz,
  stateOfCode,
  type CavityGeometry,
} from '../../src/emulate/cavity/index.js';
import { RunningMoments } from '../../src/thermo/index.js';
import { hold, holdBound } from '../support/hold.js';
import { expectNear, expectWithin, shareOf } from '../support/statistics.js';
import { sampleSize, SEED } from './cavity-samples.js';

const points = (geometry: CavityGeometry, n0 = 0, damping = 0, cloudSigma = 0): CavityKernel =>
  new CavityKernel({ geometry, n0, waist: 1, cloudSigma, damping });

/** Couplings of independent pairs at Gaussian positions of spread u (in waists). */
function pairStatistics(geometry: CavityGeometry, u: number, pairs: number) {
  const kernel = points(geometry);
  const stream = RandomStream.of(SEED, 'disorder', 0);
  const first = new RunningMoments();
  const second = new RunningMoments();
  let negative = 0;
  const draw = (): number => u * stream.normal();
  for (let k = 0; k < pairs; k++) {
    const J = kernel.value(draw(), draw(), draw(), draw());
    first.add(J);
    second.add(J * J);
    if (J < 0) negative++;
  }
  return { first, second, negative: shareOf(negative / pairs, pairs) };
}

describe('couplings of the multimode cavity', () => {
  // The sample of the page always: 10⁶ pairs are quick. Standard errors are ≤ 0.0007.
  it.each<[string, number, number, number, number]>([
    ['CQ-A1 confocal couplings at w = w0', 1, 0.2, 0.5294, 0.3775],
    ['CQ-A2 confocal couplings at w = w0/2', 0.5, 0.8, 0.75, 0.0431],
  ])('%s have the exact moments and sign', (_row, u, mean, square, negative) => {
    const seen = pairStatistics('confocal', u, 1_000_000);
    expectNear(seen.first, mean, 0.002, { quantity: '⟨J⟩' });
    expectNear(seen.second, square, 0.002, { quantity: '⟨J²⟩' });
    expectNear(seen.negative, negative, 0.002, { quantity: 'P(J < 0)' });
  });

  it.each([0, 1, 4])(
    'CQ-A3 the 4/7 couplings of family %i agree with the explicit sum over damped modes up to n = 1500',
    (n0) => {
      const kernel = points('four-sevenths', n0, 0.01);
      const places: [number, number, number, number][] = [
        [0.5, 0.2, -0.7, 0.9],
        [1, 0, 0.5, 0.5],
        [0, 0, 0, 0],
        [2, 1, -1, 0.3],
      ];
      let worst = 0;
      for (const [x, y, u, v] of places) {
        const sum = hermiteGaussSum([x, y], [u, v], {
          period: 7,
          n0,
          damping: 0.01,
          highest: 1500,
        });
        const scale = Math.max(1, Math.abs(sum));
        worst = Math.max(worst, Math.abs(kernel.value(x, y, u, v) - sum) / scale);
      }
      expectNear(worst, 0, 1e-5, {
        quantity: `relative distance from the mode sum, n0 = ${n0}, largest of 4 points`,
      });
    },
  );

  it('CQ-A4 the 4/7 coupling at the origin is 3, −1, 2, −2, 1, −3, 0 for the families 0 … 6', () => {
    for (const [n0, expected] of [3, -1, 2, -2, 1, -3, 0].entries()) {
      const value = points('four-sevenths', n0).value(0, 0, 0, 0);
      expectNear(value, expected, 1e-12, { quantity: `J at the origin, n0 = ${n0}` });
    }
  });

  it('CQ-A5 the variance of 4/7 couplings at w = 3 w0 is 4', () => {
    const { first, second } = pairStatistics('four-sevenths', 3, 300_000);
    // ⟨J⟩ is next to zero here: the error of the variance is that of ⟨J²⟩.
    const found = { mean: first.variance, sem: second.sem };
    expectNear(found, 4, 0.05, { quantity: 'variance of J' });
  });

  it.each<CavityGeometry>(['confocal', 'four-sevenths'])(
    'CQ-A6 %s couplings of finite clouds are the mean over their atoms, within 4 standard errors',
    (geometry) => {
      const sigma = 0.15;
      const atoms = points(geometry);
      const clouds = points(geometry, 0, 0, sigma);
      const stream = RandomStream.of(SEED, 'disorder', 1);
      const samples = sampleSize(4_000_000, 200_000);
      for (const [x, y, u, v] of [
        [0.5, 0.2, -0.7, 0.9],
        [1.5, -0.4, 1.1, 0.8],
      ] as const) {
        const seen = new RunningMoments();
        const near = (centre: number): number => centre + sigma * stream.normal();
        for (let k = 0; k < samples; k++) {
          seen.add(atoms.value(near(x), near(y), near(u), near(v)));
        }
        expectWithin(seen, clouds.value(x, y, u, v), 4, {
          quantity: `mean J over the atoms of two ${geometry} clouds at (${x}, ${y}), (${u}, ${v})`,
        });
      }
    },
  );

  it('CQ-A7 local strength, waists and recoil have their values to 0.1 %', () => {
    const close = (quantity: string, value: number, expected: number): void =>
      expectNear(value, expected, 1e-3 * expected, { quantity });
    close('w0 of the confocal cavity (µm)', 1e6 * modeWaistM('confocal'), 35.24);
    close('w0 of the 4/7 cavity (µm)', 1e6 * modeWaistM('four-sevenths'), 34.79);
    close('E_r/h (kHz)', 1e-3 * recoilHz(), 3.771);
    close('β(σ = .2 w0)', localStrength(0.2, 1), 1 / (8 * 0.04));
    close(
      'β(σ = 3.5 µm), 4/7',
      localStrength(3.5e-6, modeWaistM('four-sevenths')),
      34.79 ** 2 / (8 * 3.5 ** 2),
    );
  });

  it('CQ-HZ1 the ordered double sum is twice the energy of pairs once less the trace, and flips cost double', () => {
    const xy = Float64Array.from({ length: 12 }, (_, k) => 2 * Math.sin(1 + k * k));
    const couplings = couplingsFromPositions({
      geometry: 'four-sevenths',
      xy,
      waist: 1,
      n0: 0,
      cloudSigma: 0.1,
    });
    const beta = localStrength(0.1, 1);
    const doubleSum = (state: Int8Array): number => {
      let energy = 0;
      for (let i = 0; i < 6; i++) {
        for (let j = 0; j < 6; j++) {
          energy -= (i === j ? beta : couplings[i * 6 + j]!) * state[i]! * state[j]!;
        }
      }
      return energy;
    };
    const { energies } = enumerateLandscape(couplings, 6);
    const worst = { forth: 0, back: 0, flip: 0 };
    for (const code of [3, 9, 20]) {
      const here = doubleSum(stateOfCode(code, 6));
      const off = (a: number, b: number): number => Math.abs(a - b);
      const forth = off(doubleSumFromPairsOnce(energies[code]!, 6 * beta), here);
      worst.forth = Math.max(worst.forth, forth);
      const back = off(pairsOnceFromDoubleSum(here, 6 * beta), energies[code]!);
      worst.back = Math.max(worst.back, back);
      const cost = energies[code ^ 1]! - energies[code]!;
      const flip = off(doubleSum(stateOfCode(code ^ 1, 6)) - here, 2 * cost);
      worst.flip = Math.max(worst.flip, flip);
    }
    const digits = 5e-11;
    expectNear(worst.forth, 0, digits, { quantity: 'double sum from pairs once, largest error' });
    expectNear(worst.back, 0, digits, { quantity: 'pairs once from double sum, largest error' });
    expectNear(worst.flip, 0, digits, {
      quantity: 'double-sum flip cost less twice the pairs-once',
    });
  });

  it('CQ-HZ5 the confocal mirror term is warned of where it is left out, and is there with damped modes', () => {
    const positions = {
      geometry: 'confocal' as const,
      xy: Float64Array.of(0.8, 0.3, -0.8, -0.3),
      waist: 1,
      n0: 0,
      cloudSigma: 0,
    };
    expect(positionWarnings(positions).join()).toContain('mirror images');
    expect(positionWarnings({ ...positions, geometry: 'four-sevenths' })).toEqual([]);
    const apart = { ...positions, xy: Float64Array.of(0.8, 0.3, -0.8, 0.3) };
    expect(positionWarnings(apart).join()).not.toContain('mirror images');

    expectNear(couplingsFromPositions(positions)[1]!, Math.cos(-2 * 0.73), 5e-13, {
      quantity: 'J of mirror images, ideal',
    });
    const damped = couplingsFromPositions(positions, 0.01)[1]!;
    const modes = hermiteGaussSum([0.8, 0.3], [-0.8, -0.3], {
      period: 4,
      n0: 0,
      damping: 0.01,
      highest: 1500,
    });
    holdBound({ quantity: 'J of mirror images, a = .01', above: 10, got: damped, class: 'exact' });
    expectNear(damped / modes, 1, 1e-5, { quantity: 'the same over the mode sum' });
    expect(positionWarnings(positions, 0.01).join()).not.toContain('mirror images');
  });

  it('CQ-HZ6 4/7 couplings resemble those of a spin glass only for w ≳ 2 w0', () => {
    // Reference: mean/std .323, .028; P(J < 0) .387, .490 at w = w0, 2 w0 (§3.5). 10⁵ pairs, 4 standard errors.
    for (const [u, ratio, negative] of [
      [1, 0.323, 0.387],
      [2, 0.028, 0.49],
    ] as const) {
      const seen = pairStatistics('four-sevenths', u, 100_000);
      const spread = Math.sqrt(seen.first.variance);
      hold({
        quantity: `mean over spread of J at w = ${u} w0`,
        expected: ratio,
        got: seen.first.mean / spread,
        standardError: seen.first.sem / spread,
        tolerance: 4 * 0.0032 + 0.0005,
        class: 'reference',
      });
      expectNear(seen.negative, negative, 4 * 0.0016 + 0.0005, {
        quantity: `P(J < 0) at w = ${u} w0`,
        class: 'reference',
      });
    }
  });
});
