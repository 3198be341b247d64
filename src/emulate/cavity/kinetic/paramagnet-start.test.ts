import { describe, expect, it } from 'vitest';
import { cavityDescriptor } from '../../../../drivers/cavity-qed/index.js';
import {
  resolveDocument,
  runSimulation,
  summarise,
} from '../../../../test/support/run-simulation.js';
import { RandomStream } from '../../../core/index.js';
import type { ResolvedProgram } from '../../../device/index.js';
import { moments } from '../../../thermo/index.js';
import { linearModes } from '../../langevin/linear-modes.js';
import { cavityThermodynamics } from '../cavity-violations.js';
import { sherringtonKirkpatrick } from '../disorder.js';
import { simulate } from '../simulate-cavity.js';
import { meanRoot, ParamagnetStart } from './paramagnet-start.js';

const DEVICE = cavityDescriptor('cavity-qed');
const N = 6;
const J = sherringtonKirkpatrick(N, RandomStream.of(3, 'disorder'));
/** The diagonal that a dense J gets: β = 12.5 times half the root-mean-square coupling. */
const OWN =
  (12.5 / 2) * Math.sqrt(J.reduce((sum, value) => sum + value * value, 0) / (N * (N - 1)));
const MODES = linearModes(
  J.map((value, k) => (k % (N + 1) === 0 ? OWN : value)),
  N,
  true,
);
const TOP = MODES.values[N - 1]!;
const vector = (k: number, i: number): number => MODES.vectors[k * N + i]!;
const program = (over: object = {}): ResolvedProgram =>
  resolveDocument(
    {
      version: 1,
      sites: N,
      couplings: { kind: 'dense', data: Array.from(J) },
      dynamics: { fidelity: 'kinetic', kernel: 'steepest-descent' },
      controls: {
        pump: [
          [0, 0],
          [10, 5],
        ],
      },
      duration: 40,
      readout: { every: 1 },
      seed: 9,
      ...over,
    },
    DEVICE,
  );
const up = new Int8Array(N).fill(1);

describe('ParamagnetStart', () => {
  it('averages a square root over a line', () => {
    for (const [a, b] of [
      [0.2, 3],
      [2, 2],
      [-1, 2],
      [3, -0.5],
      [-2, -1],
    ] as const) {
      let sum = 0;
      const steps = 200_000;
      for (let k = 0; k < steps; k++)
        sum += Math.sqrt(Math.max(0, a + ((b - a) * (k + 0.5)) / steps));
      expect(meanRoot(a, b)).toBeCloseTo(sum / steps, 7);
    }
  });

  // 4000 draws: each variance to 4 s.e. (9 %), skewness and kurtosis to 4 s.e. (√(6/n), √(24/n))
  it('lets Gaussian noise of variance 1/(2S) grow by exp 2∫γ dt along each mode', () => {
    const parameters = { spinSize: 5000, splittingPerRate: 2 };
    const start = new ParamagnetStart(program(), parameters);
    const t = 2.8;
    const shots = 4000;
    const amplitudes: number[][] = Array.from({ length: N }, () => []);
    for (let shot = 0; shot < shots; shot++) {
      start.begin(up, RandomStream.of(1, 'dynamics', shot));
      expect(start.advanceTo(t)).toBe(false);
      for (let k = 0; k < N; k++) {
        let a = 0;
        for (let i = 0; i < N; i++) a += vector(k, i) * start.values[i]!;
        amplitudes[k]!.push(a);
      }
    }
    amplitudes.forEach((sample, k) => {
      let folds = 0;
      const steps = 100_000;
      for (let n = 0; n < steps; n++) {
        const pump = (5 / 10) * ((t * (n + 0.5)) / steps);
        folds += (2 * Math.sqrt(Math.max(0, (pump * MODES.values[k]!) / TOP - 1)) * t) / steps;
      }
      const expected = Math.exp(2 * folds) / 10_000;
      const m = moments(sample);
      expect(Math.abs(m.mean)).toBeLessThan(4 * m.sem);
      expect(Math.abs(m.variance / expected - 1)).toBeLessThan(4 * Math.sqrt(2 / shots));
      const standard = sample.map((a) => a / Math.sqrt(expected));
      const third = standard.reduce((s, a) => s + a ** 3, 0) / shots;
      const fourth = standard.reduce((s, a) => s + a ** 4, 0) / shots;
      expect(Math.abs(third)).toBeLessThan(4 * Math.sqrt(15 / shots));
      expect(Math.abs(fourth - 3)).toBeLessThan(4 * Math.sqrt(96 / shots));
    });
  });

  it('orders when the largest magnetisation is 1, at the same time however often it is looked at', () => {
    const times = [1, 40].map((every) => {
      const start = new ParamagnetStart(program(), {});
      const seen: number[] = [];
      for (let shot = 0; shot < 20; shot++) {
        start.begin(up, RandomStream.of(2, 'dynamics', shot));
        let ordered = false;
        for (let t = 0; !ordered; t += every) ordered = start.advanceTo(t);
        expect(Math.max(...start.values.map(Math.abs))).toBeCloseTo(1, 9);
        seen.push(start.time);
      }
      return seen;
    });
    expect(times[1]).toEqual(times[0]);
    expect(Math.min(...times[0]!)).toBeGreaterThan(2); // the pump reaches threshold at t = 2
  });

  it('answers a field as the linearised mean field does: at rest below threshold, ringing after a kick', () => {
    const fields = Array.from({ length: N }, (_, i) => 0.1 * vector(N - 1, i));
    const half = { pump: [[0, 0.5]] };
    const noiseless = { spinSize: 1e30, splittingPerRate: 3 };
    const along = (start: ParamagnetStart): number => {
      let a = 0;
      for (let i = 0; i < N; i++) a += vector(N - 1, i) * start.values[i]!;
      return a;
    };
    const resting = new ParamagnetStart(program({ controls: half, fields }), noiseless);
    resting.begin(up, RandomStream.of(1));
    resting.advanceTo(7);
    expect(along(resting)).toBeCloseTo(0.1 / TOP / 0.5, 9);
    const kicked = new ParamagnetStart(
      program({
        controls: half,
        drives: [
          {
            pattern: fields,
            amplitude: [
              [0, 0],
              [1, 0],
              [1, 1],
            ],
          },
        ],
      }),
      noiseless,
    );
    kicked.begin(up, RandomStream.of(1));
    for (const t of [1.3, 2, 4.7]) {
      kicked.advanceTo(t);
      const turned = 3 * Math.sqrt(0.5) * (t - 1);
      expect(along(kicked)).toBeCloseTo((0.1 / TOP / 0.5) * (1 - Math.cos(turned)), 6);
    }
  });

  it('below threshold shows noise and no energy; after ordering closes the first law in each shot', () => {
    for (const kernel of [
      'steepest-descent',
      'ohmic',
      'avalanche',
      { kind: 'resolved', spin: 5 },
    ]) {
      const p = program({
        dynamics: { fidelity: 'kinetic', kernel },
        clamped: [0],
        inputs: [[1]],
        fields: [0.2, 0, 0, 0.1, 0, 0],
        drives: [
          {
            pattern: Array.from(up),
            amplitude: [
              [0, 0.3],
              [1, 0.3],
              [5, 0],
            ],
          },
        ],
        shots: 30,
      });
      const seen = runSimulation(simulate, p);
      const summary = summarise(seen, cavityThermodynamics(p), 40);
      expect(summary.firstLawResidual).toBeLessThan(1e-12);
      // at t = 1 only the clamped spin has energy: −h₀ − A η₀
      expect(seen.energy[1]!.mean).toBeCloseTo(-0.5, 12);
      expect(seen.energy[1]!.variance).toBeCloseTo(0, 20);
      expect(seen.heat[1]!.mean).toBe(0);
      expect(summary.heat!.mean!).toBeGreaterThan(1);
      expect(summary.work!.mean!).toBeLessThan(-1); // the pump is paid by the ordered spins
      expect(seen.finalStates.every((s) => s[0] === 1)).toBe(true);
    }
  });

  it('orders along the top mode when the ramp is slow, into either sign', () => {
    const p = program({
      controls: {
        pump: [
          [0, 0.99],
          [400, 1.2],
        ],
      },
      duration: 400,
      dynamics: { fidelity: 'kinetic', kernel: { kind: 'power', p: 64 } },
      shots: 40,
    });
    const start = new ParamagnetStart(p, {});
    let plus = 0;
    for (let shot = 0; shot < 40; shot++) {
      start.begin(up, RandomStream.of(4, 'dynamics', shot));
      expect(start.advanceTo(400)).toBe(true);
      let a = 0;
      let square = 0;
      for (let i = 0; i < N; i++) {
        a += vector(N - 1, i) * start.values[i]!;
        square += start.values[i]! ** 2;
      }
      expect(Math.abs(a)).toBeGreaterThan(0.99 * Math.sqrt(square));
      if (a > 0) plus++;
    }
    expect(plus).toBeGreaterThan(5);
    expect(plus).toBeLessThan(35);
  });
});
