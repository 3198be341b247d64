import { describe, expect, it } from 'vitest';
import { RandomStream, RelaxdError } from '../../core/index.js';
import { RunningMoments } from '../../thermo/index.js';
import { CavityKernel } from './cavity-kernel.js';
import type { CavityPositions } from './couplings-from-positions.js';
import { gaussianPositions } from './disorder.js';
import {
  detectedPhotons,
  EmissionCamera,
  imagingDamping,
  squareView,
  type CameraOptions,
} from './emission-camera.js';
import { EmissionKernel } from './emission-kernel.js';
import { hermiteGaussSum } from './mode-sum.js';

const glass = (over: Partial<CavityPositions> = {}): CavityPositions => ({
  geometry: 'four-sevenths',
  xy: gaussianPositions(6, 2, RandomStream.of(3, 'disorder')),
  waist: 1,
  n0: 0,
  cloudSigma: 0,
  ...over,
});
const camera = (over: Partial<CameraOptions> = {}, positions = glass()): EmissionCamera =>
  new EmissionCamera(positions, { photons: 20, detection: 'homodyne', ...over });

describe('EmissionKernel', () => {
  const options = { n0: 0, waist: 1.1, damping: 0.05 };

  it.each(['confocal', 'four-sevenths'] as const)(
    'is the %s field of a point, the sum over modes of what they radiate',
    (geometry) => {
      const kernel = new EmissionKernel({ ...options, geometry, cloudSigma: 0, damping: 0.01 });
      const modes = hermiteGaussSum([0.5 / 1.1, 0.2 / 1.1], [-0.7 / 1.1, 0.9 / 1.1], {
        period: geometry === 'confocal' ? 4 : 7,
        n0: 0,
        damping: 0.01,
        highest: 1500,
      });
      expect(Math.abs(kernel.value(0.5, 0.2, -0.7, 0.9) - modes)).toBeLessThan(1e-5);
    },
  );

  it.each(['confocal', 'four-sevenths'] as const)(
    'averaged over a second %s cloud is the coupling of two clouds',
    (geometry) => {
      const sigma = 0.15;
      const kernel = new EmissionKernel({ ...options, geometry, cloudSigma: sigma });
      const couplings = new CavityKernel({ ...options, geometry, cloudSigma: sigma });
      // a 2D trapezium rule over ±6σ: its error falls as e^{−steps²}
      const [steps, width] = [24, 6];
      let weight = 0;
      let sum = 0;
      for (let a = -steps; a <= steps; a++) {
        for (let b = -steps; b <= steps; b++) {
          const [x, y] = [(a * width) / steps, (b * width) / steps];
          const density = Math.exp(-(x * x + y * y) / 2);
          weight += density;
          sum += density * kernel.value(0.3 + sigma * x, 0.5 + sigma * y, -0.2, 0.9);
        }
      }
      expect(sum / weight).toBeCloseTo(couplings.value(0.3, 0.5, -0.2, 0.9), 7);
    },
  );

  it('has an own image of the radius and power that it says', () => {
    const kernel = new EmissionKernel({ ...options, geometry: 'four-sevenths', cloudSigma: 0.1 });
    const peak = kernel.ownImage(0, 0, 0, 0);
    expect(kernel.ownImage(kernel.spotRadius, 0, 0, 0)).toBeCloseTo(peak / Math.E, 10);
    let power = 0;
    for (let a = -50; a <= 50; a++) {
      for (let b = -50; b <= 50; b++) power += kernel.ownImage(a / 25, b / 25, 0, 0) ** 2 / 625;
    }
    expect(power / kernel.spotPower).toBeCloseTo(1, 8);
  });

  it('is as sharp as published at the damping for it: 1.7 µm with a waist of 34.79 µm', () => {
    const kernel = new EmissionKernel({
      geometry: 'four-sevenths',
      n0: 0,
      waist: 34.79,
      cloudSigma: 0,
      damping: imagingDamping('four-sevenths'),
    });
    expect(kernel.spotRadius).toBeGreaterThan(1.69);
    expect(kernel.spotRadius).toBeLessThan(1.71);
  });
});

describe('EmissionCamera', () => {
  it('gives back the magnetisations of a noiseless image, whatever its phase', () => {
    const spins = [1, -0.4, 0.9, -1, 0.1, 1];
    for (const phase of [0, 1.1, Math.PI]) {
      const view = camera({ phase });
      const estimate = view.estimate(view.image(spins, null));
      spins.forEach((s, i) => expect(estimate[i]).toBeCloseTo(s, 9));
    }
  });

  it('has N_ph photons in the own image of a spin on the axis, and less where modes run out', () => {
    const positions = glass({ xy: Float64Array.of(0, 0, 3, 0) });
    const { ownPhotons } = camera({ photons: 7 }, positions);
    expect(ownPhotons[0]).toBeCloseTo(7, 3);
    const damping = imagingDamping('four-sevenths');
    // |D_local|² ∝ exp(−λ₊·2r²), λ₊ = 2 tanh(a/2)
    const kept = Math.exp(-4 * Math.tanh(damping / 2) * 9);
    expect(ownPhotons[1]! / 7).toBeCloseTo(kept, 2);
    expect(kept).toBeLessThan(0.97);
  });

  it('knows the covariance of the least squares of noisy images (4,000 images, 4 standard errors)', () => {
    const xy = Float64Array.of(1, 0, 1.05, 0.02, -0.5, 1.2);
    const view = camera({ photons: 3 }, glass({ xy }));
    const spins = [1, -1, 1];
    const stream = RandomStream.of(7, 'readout');
    const draws = {
      image: () => view.estimate(view.image(spins, stream)),
      law: () => {
        const estimate = Float64Array.from(spins);
        view.addNoise(estimate, stream);
        return estimate;
      },
    };
    // two spots 1.1 radii apart: their errors are correlated
    expect(Math.abs(view.covariance[1]! / view.covariance[0]!)).toBeGreaterThan(0.3);
    for (const draw of [draws.image, draws.law]) {
      const products = Array.from({ length: 9 }, () => new RunningMoments());
      for (let r = 0; r < 4000; r++) {
        const estimate = draw();
        for (let k = 0; k < 9; k++) {
          const [i, j] = [Math.floor(k / 3), k % 3];
          products[k]!.add((estimate[i]! - spins[i]!) * (estimate[j]! - spins[j]!));
        }
      }
      products.forEach((seen, k) => {
        expect(Math.abs(seen.mean - view.covariance[k]!)).toBeLessThan(4 * seen.sem);
      });
    }
  });

  it('has twice the noise with a hologram, and a variance of ¼/N_ph for a spot alone', () => {
    const alone = glass({ xy: Float64Array.of(0.4, 0.3) });
    const homodyne = camera({ photons: 5 }, alone);
    const heterodyne = camera({ photons: 5, detection: 'heterodyne' }, alone);
    expect(heterodyne.covariance[0]! / homodyne.covariance[0]!).toBeCloseTo(2, 12);
    const onPixels = homodyne.response.reduce((sum, amplitude) => sum + amplitude ** 2, 0);
    expect(4 * homodyne.covariance[0]! * onPixels).toBeCloseTo(1, 12);
    // the nonlocal field interferes with the own image on its pixels: 1/70 of its amplitude, twice, over its width
    expect(Math.abs(onPixels / homodyne.ownPhotons[0]! - 1)).toBeLessThan(0.08);
  });

  it('catches every photon of the family on a camera that sees the whole plane: ∫D_a² = (7πw0²/2) D_2a(r, r)', () => {
    const alone = glass({ xy: Float64Array.of(0.3, 0) });
    const [damping, photons] = [0.05, 20];
    const options = { ...alone, damping };
    const wide = camera({ damping, pixels: squareView(9, 240) }, alone);
    const all =
      (3.5 *
        Math.PI *
        new EmissionKernel({ ...options, damping: 2 * damping }).value(0.3, 0, 0.3, 0)) /
      new EmissionKernel(options).spotPower;
    expect(4 * wide.covariance[0]! * photons * all).toBeCloseTo(1, 3);
    // many times those of the own image: one family of seven, and near the axis all its modes are in step
    expect(all).toBeGreaterThan(7);
  });

  it('makes whole pictures of the field, spots where the spins are', () => {
    const positions = glass({ xy: Float64Array.of(1, 0.5, -1, 0.5) });
    const view = camera({ pixels: squareView(2, 160) }, positions);
    const picture = view.image([1, -1], null);
    expect(picture.length).toBe(2 * 160 * 160);
    const real = Array.from({ length: 160 * 160 }, (_, p) => picture[2 * p]!);
    const brightest = real.indexOf(Math.max(...real));
    const darkest = real.indexOf(Math.min(...real));
    const { centres, side } = view.pixels;
    const off = (p: number, x: number, y: number): number =>
      Math.hypot(centres[2 * p]! - x, centres[2 * p + 1]! - y);
    expect(off(brightest, 1, 0.5)).toBeLessThan(side);
    expect(off(darkest, -1, 0.5)).toBeLessThan(side);
  });

  it('refuses clouds whose images cannot be told apart: in one place, or confocal mirror images', () => {
    const same = glass({ xy: Float64Array.of(1, 0, 0.2, 0.2, 1, 0) });
    expect(() => camera({}, same)).toThrow(RelaxdError);
    const mirrored = { xy: Float64Array.of(1, 0.5, -1, -0.5) };
    expect(() => camera({}, glass({ ...mirrored, geometry: 'confocal' }))).toThrow('site 1');
    expect(() => camera({}, glass(mirrored))).not.toThrow();
    expect(() => camera({ photons: 0 })).toThrow(RelaxdError);
  });

  it('counts the photons that leave through the mirrors: 2κ η T |α|²', () => {
    const photons = detectedPhotons({
      intracavityPhotons: 0.5,
      efficiency: 0.4,
      exposureS: 1e-3,
      fieldDecayHz: 140e3,
    });
    expect(photons).toBeCloseTo(2 * 2 * Math.PI * 140e3 * 0.4 * 1e-3 * 0.5, 9);
  });
});
