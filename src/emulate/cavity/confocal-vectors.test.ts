import { describe, expect, it } from 'vitest';
import { RandomStream, RelaxdError } from '../../core/index.js';
import { enumerateLandscape, stateOfCode } from './attractors.js';
import { ConfocalVectors } from './confocal-vectors.js';
import { couplingsFromPositions, type CavityPositions } from './couplings-from-positions.js';
import { gaussianPositions } from './disorder.js';
import { localStrength } from './geometry.js';
import { hermiteGaussSum } from './mode-sum.js';

const N = 8;
const confocal = (k: number, over: Partial<CavityPositions> = {}): CavityPositions => ({
  geometry: 'confocal',
  xy: gaussianPositions(N, 1.5, RandomStream.of(21, 'disorder', k)),
  waist: 1,
  n0: 0,
  cloudSigma: 0,
  ...over,
});
const randomAngles = (stream: RandomStream): Float64Array =>
  Float64Array.from({ length: N }, () => 2 * Math.PI * stream.uniform());

describe('ConfocalVectors', () => {
  it('has half the page’s ordered double sum −Σ [(βδ + C) SˣSˣ + (βδ − C) SʸSʸ], i = j included', () => {
    const at = confocal(0, { cloudSigma: 0.1 });
    const vectors = new ConfocalVectors(at);
    const beta = localStrength(0.1, 1);
    const spread = 1 + 4 * 0.1 ** 4;
    const stream = RandomStream.of(1);
    for (let r = 0; r < 5; r++) {
      const angles = randomAngles(stream);
      let page = 0;
      for (let i = 0; i < N; i++) {
        for (let j = 0; j < N; j++) {
          const [x, y, u, v] = [at.xy[2 * i]!, at.xy[2 * i + 1]!, at.xy[2 * j]!, at.xy[2 * j + 1]!];
          const envelope =
            Math.exp((-2 * 0.01 * (x * x + y * y + u * u + v * v)) / spread) / spread;
          const C = envelope * Math.cos((2 * (x * u + y * v)) / spread);
          const local = i === j ? beta : 0;
          page -=
            (local + C) * Math.cos(angles[i]!) * Math.cos(angles[j]!) +
            (local - C) * Math.sin(angles[i]!) * Math.sin(angles[j]!);
        }
      }
      expect(2 * vectors.energy(angles)).toBeCloseTo(page, 9);
    }
  });

  it('of points is −½ Σ C_ij cos(φ_i + φ_j)', () => {
    const at = confocal(1);
    const angles = randomAngles(RandomStream.of(2));
    let energy = 0;
    for (let i = 0; i < N; i++) {
      for (let j = 0; j < N; j++) {
        const product = at.xy[2 * i]! * at.xy[2 * j]! + at.xy[2 * i + 1]! * at.xy[2 * j + 1]!;
        energy -= 0.5 * Math.cos(2 * product) * Math.cos(angles[i]! + angles[j]!);
      }
    }
    expect(new ConfocalVectors(at).energy(angles)).toBeCloseTo(energy, 10);
  });

  it('along x is the Ising reading, of energies that differ by a constant', () => {
    const at = confocal(2);
    const vectors = new ConfocalVectors(at);
    const { energies } = enumerateLandscape(couplingsFromPositions(at), N);
    let trace = 0;
    for (let i = 0; i < N; i++) trace += vectors.alongX[i * (N + 1)]!;
    const slope = new Float64Array(N);
    for (const code of [0, 5, 77, 100]) {
      const angles = Float64Array.from(stateOfCode(code, N), (s) => (s > 0 ? 0 : Math.PI));
      expect(vectors.energy(angles) + 0.5 * trace).toBeCloseTo(energies[code]!, 10);
      vectors.gradient(angles, slope);
      for (const torque of slope) expect(Math.abs(torque)).toBeLessThan(1e-12);
    }
  });

  it('has the gradient of finite differences', () => {
    const vectors = new ConfocalVectors(confocal(3, { cloudSigma: 0.05 }), 0.01);
    const angles = randomAngles(RandomStream.of(3));
    const slope = new Float64Array(N);
    vectors.gradient(angles, slope);
    for (let i = 0; i < N; i++) {
      const shifted = (by: number): number =>
        vectors.energy(angles.map((angle, j) => (i === j ? angle + by : angle)));
      const measured = (shifted(1e-5) - shifted(-1e-5)) / 2e-5;
      expect(Math.abs(measured - slope[i]!)).toBeLessThan(1e-5 * Math.max(1, Math.abs(measured)));
    }
  });

  it('with damped modes couples both quadratures as the explicit modes n ≡ 0 and n ≡ 2 do, mirror images included', () => {
    const xy = Float64Array.of(0.8, 0.3, -0.8, -0.3);
    const damping = 0.01;
    const { alongX, alongY } = new ConfocalVectors(confocal(0, { xy }), damping);
    for (const [couplings, n0] of [
      [alongX, 0],
      [alongY, 2],
    ] as const) {
      const modes = hermiteGaussSum([0.8, 0.3], [-0.8, -0.3], {
        period: 4,
        n0,
        damping,
        highest: 1500,
      });
      expect(Math.abs(couplings[1]! / modes - 1)).toBeLessThan(1e-5);
    }
    // local and mirror terms alike in both, the nonlocal one reversed
    expect(alongX[1]).toBeGreaterThan(10);
    expect(alongY[1]).toBeGreaterThan(10);
  });

  it('relaxes downhill to states without torque, mostly below the best Ising state', () => {
    let lower = 0;
    for (let k = 0; k < 6; k++) {
      const at = confocal(k);
      const vectors = new ConfocalVectors(at);
      const stream = RandomStream.of(4, 'initial', k);
      let best = Infinity;
      for (let r = 0; r < 10; r++) {
        const angles = randomAngles(stream);
        const before = vectors.energy(angles);
        vectors.relax(angles);
        const after = vectors.energy(angles);
        expect(after).toBeLessThan(before);
        const slope = new Float64Array(N);
        vectors.gradient(angles, slope);
        for (const torque of slope) expect(Math.abs(torque)).toBeLessThan(1e-8);
        best = Math.min(best, after);
      }
      let trace = 0;
      for (let i = 0; i < N; i++) trace += vectors.alongX[i * (N + 1)]!;
      const { groundEnergy } = enumerateLandscape(couplingsFromPositions(at), N);
      if (best < groundEnergy - 0.5 * trace - 1e-6) lower++;
    }
    expect(lower).toBeGreaterThanOrEqual(5);
  });

  it('CQ-HZ4 most attractors of the Ising reading are none of the vectors: a small tilt leads away from them', () => {
    let left = 0;
    let all = 0;
    for (let k = 0; k < 6; k++) {
      const at = confocal(k);
      const vectors = new ConfocalVectors(at);
      const { attractors } = enumerateLandscape(couplingsFromPositions(at), N);
      const stream = RandomStream.of(5, 'initial', k);
      for (const code of attractors) {
        const start = Float64Array.from(stateOfCode(code, N), (s) => (s > 0 ? 0 : Math.PI));
        const angles = start.map((angle) => angle + 1e-3 * stream.normal());
        vectors.relax(angles);
        all++;
        if (angles.some((angle, i) => Math.abs(angle - start[i]!) > 0.05)) left++;
      }
    }
    expect(left / all).toBeGreaterThan(0.5);
  });

  it('finds the least energy of two vectors, as a grid of all angles does', () => {
    // E = −½[C11 cos 2φ1 + C22 cos 2φ2] − C12 cos(φ1 + φ2)
    const at = confocal(0, { xy: Float64Array.of(0.5, 0.4, -0.2, 1.1) });
    const vectors = new ConfocalVectors(at);
    const [c11, c12, c22] = [vectors.alongX[0]!, vectors.alongX[1]!, vectors.alongX[3]!];
    let least = Infinity;
    for (let a = 0; a < 400; a++) {
      for (let b = 0; b < 400; b++) {
        const [p, q] = [(a * Math.PI) / 200, (b * Math.PI) / 200];
        least = Math.min(
          least,
          -0.5 * (c11 * Math.cos(2 * p) + c22 * Math.cos(2 * q)) - c12 * Math.cos(p + q),
        );
      }
    }
    let best = Infinity;
    const stream = RandomStream.of(6);
    for (let r = 0; r < 10; r++) {
      const angles = Float64Array.from([0, 1], () => 2 * Math.PI * stream.uniform());
      vectors.relax(angles);
      best = Math.min(best, vectors.energy(angles));
    }
    expect(best).toBeLessThanOrEqual(least + 1e-9);
    expect(best).toBeGreaterThan(least - 1e-3);
  });

  it('refuses the 4/7 cavity, whose spins are Ising', () => {
    expect(() => new ConfocalVectors(confocal(0, { geometry: 'four-sevenths' }))).toThrow(
      RelaxdError,
    );
  });
});
