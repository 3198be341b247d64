import { describe, expect, it } from 'vitest';
import { cavityDescriptor } from '../../../../drivers/cavity-qed/index.js';
import { evolveFlips } from '../../../../test/support/flip-master-equation.js';
import {
  resolveDocument,
  runSimulation,
  summarise,
} from '../../../../test/support/run-simulation.js';
import { fractionError } from '../../../../test/support/statistics.js';
import { RandomStream } from '../../../core/index.js';
import type { ResolvedProgram } from '../../../device/index.js';
import { createSpinModel, type SpinCouplings } from '../../../model/index.js';
import { moments } from '../../../thermo/index.js';
import { stateCode } from '../attractors.js';
import { cavityThermodynamics } from '../cavity-violations.js';
import { sherringtonKirkpatrick } from '../disorder.js';
import { simulate } from '../simulate-cavity.js';
import { OhmicLaw } from './flip-law.js';
import { MagnetisationModel } from './magnetisation-model.js';
import { drawPoisson } from './poisson.js';
import { ResolvedMotion } from './resolved-motion.js';

const DEVICE = cavityDescriptor('cavity-qed');
const document = (
  sites: number,
  J: ArrayLike<number>,
  kernel: object,
  over: object = {},
): object => ({
  version: 1,
  sites,
  couplings: { kind: 'dense', data: Array.from(J) },
  dynamics: { fidelity: 'kinetic', kernel },
  duration: 3,
  readout: { every: 0.5 },
  seed: 4,
  ...over,
});
const program = (...args: Parameters<typeof document>): ResolvedProgram =>
  resolveDocument(document(...args), DEVICE);

describe('MagnetisationModel', () => {
  const sites = 7;
  const stream = RandomStream.of(2);
  const patterns = [0, 1, 2].map(() => Int8Array.from({ length: sites }, () => stream.sign()));
  const weights = Float64Array.of(1, 0.2, -0.1, 0.2, 0.9, 0.3, -0.1, 0.3, 1.1);
  const interaction = { kind: 'polynomial', degree: 2, rectified: false } as const;
  const memories = { kind: 'memories', patterns, next: null, interaction } as const;
  it.each<[string, SpinCouplings]>([
    ['dense', { kind: 'dense', data: sherringtonKirkpatrick(sites, stream) }],
    ['coo', { kind: 'coo', entries: Float64Array.of(0, 3, 0.7, 5, 2, -0.4, 6, 0, 1.5) }],
    ['memories', { ...memories, weights: null }],
    ['weighted memories', { ...memories, weights }],
  ])(
    'has the spin model’s fields and energies at m = ±1, and linear columns: %s',
    (_name, couplings) => {
      const model = new MagnetisationModel(couplings, sites, null);
      const spins = createSpinModel(couplings, sites);
      const state = Int8Array.from({ length: sites }, () => stream.sign());
      spins.reset(state);
      const m = Float64Array.from(state);
      const fields = new Float64Array(sites);
      model.fields(m, fields);
      for (let i = 0; i < sites; i++) expect(fields[i]).toBeCloseTo(spins.field(i), 12);
      expect(model.energy(m, fields)).toBeCloseTo(spins.energy(), 12);
      const summed = new Float64Array(sites);
      for (let j = 0; j < sites; j++) model.addColumn(j, m[j]!, summed);
      summed.forEach((b, i) => expect(b).toBeCloseTo(fields[i]!, 12));
    },
  );
});

describe('drawPoisson', () => {
  // 40,000 draws: mean to 4 s.e., variance to 4 s.e. ≈ 4·√(2/n)
  it.each([0.3, 5, 19.9, 20.1, 150, 4000])('has mean and variance %f', (mean) => {
    const stream = RandomStream.of(7, 'dynamics', Math.round(10 * mean));
    const m = moments(Float64Array.from({ length: 40_000 }, () => drawPoisson(stream, mean)));
    expect(Math.abs(m.mean - mean)).toBeLessThan(4 * Math.sqrt(mean / 40_000));
    expect(Math.abs(m.variance / mean - 1)).toBeLessThan(4 * Math.sqrt((2 + 1 / mean) / 40_000));
  });
});

describe('the kernel avalanche', () => {
  it('turns a spin over in ln(4S)/|b|, as the flow says', () => {
    const p = program(
      1,
      [0],
      { kind: 'avalanche', spin: 1000 },
      {
        fields: [-0.5],
        initial: { kind: 'pattern', values: [1] },
        readout: { every: 0.05 },
        duration: 20,
      },
    );
    const seen = runSimulation(simulate, p);
    // u = ½ ln 4S − t/2 crosses zero at ln 4S = 8.29
    const energy = seen.energy.map((m) => m.mean);
    const crossing = seen.times[energy.findIndex((e) => e < 0)]!;
    expect(Math.abs(crossing - Math.log(4000))).toBeLessThan(0.11);
    const at = 100; // t = 5
    expect(energy[at]!).toBeCloseTo(0.5 * Math.tanh(0.5 * Math.log(4000) - 2.5), 10);
  });

  it('with `local` holds spins by their own light: β above all fields, and nothing flips', () => {
    const xy = Array.from({ length: 8 }, (_, k) => {
      const stream = RandomStream.of(5, 'disorder', k);
      return [2 * stream.normal(), 2 * stream.normal()];
    });
    const couplings = { kind: 'positions', geometry: 'four-sevenths', xy, cloudSigma: 0.1 };
    const ends = [false, true].map((local) => {
      const p = program(
        8,
        [],
        { kind: 'avalanche', local },
        { couplings, shots: 20, duration: 50 },
      );
      const seen = runSimulation(simulate, p);
      expect(summarise(seen, cavityThermodynamics(p), 50).firstLawResidual).toBeLessThan(1e-11);
      return seen.finalStates.filter((s, k) => stateCode(s) === stateCode(seen.initialStates[k]!));
    });
    expect(ends[0]!.length).toBeLessThan(5);
    expect(ends[1]!.length).toBe(20);
  });

  it('takes ramps, drives and clamped spins, and closes the first law', () => {
    const J = sherringtonKirkpatrick(12, RandomStream.of(6, 'disorder'));
    const p = program(
      12,
      J,
      { kind: 'avalanche', p: 2, spin: 100 },
      {
        controls: {
          coupling: [
            [0, 0.5],
            [10, 2],
            [10, 1],
          ],
        },
        drives: [
          {
            pattern: Array.from({ length: 12 }, (_, i) => i / 12),
            amplitude: [
              [0, 0],
              [5, 1],
              [8, -1],
            ],
          },
        ],
        clamped: [3, 4],
        inputs: [[1, -1]],
        duration: 30,
        shots: 10,
      },
    );
    const seen = runSimulation(simulate, p);
    const summary = summarise(seen, cavityThermodynamics(p), 30);
    expect(summary.firstLawResidual).toBeLessThan(1e-11);
    expect(Math.abs(summary.work!.mean!)).toBeGreaterThan(0.1);
    expect(summary.entropyProduction).toBeNull();
    for (const s of seen.finalStates) expect([s[3], s[4]]).toEqual([1, -1]);
  });
});

describe('the kernel resolved', () => {
  // 8,000 shots, 8 probabilities to 4.5 s.e. each
  it('with S = ½ is the master equation of whole flips', () => {
    const J = sherringtonKirkpatrick(3, RandomStream.of(8, 'disorder'));
    const shots = 8000;
    const p = program(
      3,
      J,
      { kind: 'resolved', spin: 0.5, law: { kind: 'ohmic', temperature: 0.6 } },
      {
        controls: {
          coupling: [
            [0, 0.2],
            [2, 2],
          ],
        },
        shots,
      },
    );
    const law = new OhmicLaw();
    const spin = (code: number, i: number): number => ((code >> i) & 1 ? 1 : -1);
    const exact = evolveFlips(
      {
        sites: 3,
        energy: (code, t) => {
          let sum = 0;
          for (let i = 0; i < 3; i++)
            for (let j = 0; j < i; j++) sum -= J[i * 3 + j]! * spin(code, i) * spin(code, j);
          return sum * Math.min(2, 0.2 + 0.9 * t);
        },
        rate: (cost) => law.rate(cost, 0.6),
      },
      new Float64Array(8).fill(1 / 8),
      3,
      600,
    );
    const seen = runSimulation(simulate, p);
    const counts = new Array<number>(8).fill(0);
    for (const s of seen.finalStates) counts[stateCode(s)]!++;
    counts.forEach((count, code) => {
      const q = exact.distribution[code]!;
      expect(Math.abs(count / shots - q)).toBeLessThan(4.5 * fractionError(q, shots));
    });
    const heat = moments(seen.ledgers.map((l) => l.heat));
    expect(Math.abs(heat.mean - exact.heat)).toBeLessThan(4 * heat.sem);
    const entropy = moments(seen.ledgers.map((l) => l.mediumEntropy));
    expect(entropy.mean).toBeCloseTo(heat.mean / 0.6, 9);
  });

  /** Mean m(t) of one ladder of spin S in a field, by its own master equation (Runge–Kutta). */
  function ladderMean(spin: number, field: number, temperature: number, t: number): number {
    const levels = 2 * spin + 1;
    const law = new OhmicLaw();
    const [upCost, downCost] = [-field / spin, field / spin];
    const slope = (p: Float64Array): Float64Array => {
      const change = new Float64Array(levels);
      for (let n = 0; n < levels; n++) {
        const up = (n + 1) * (2 * spin - n) * law.rate(upCost, temperature) * p[n]!;
        const down = n * (2 * spin - n + 1) * law.rate(downCost, temperature) * p[n]!;
        change[n] = change[n]! - up - down;
        if (up > 0) change[n + 1] = change[n + 1]! + up;
        if (down > 0) change[n - 1] = change[n - 1]! + down;
      }
      return change;
    };
    let p = new Float64Array(levels);
    p[0] = 1;
    const steps = 1200;
    const dt = t / steps;
    for (let k = 0; k < steps; k++) {
      const a = slope(p);
      const b = slope(p.map((v, n) => v + 0.5 * dt * a[n]!));
      const c = slope(p.map((v, n) => v + 0.5 * dt * b[n]!));
      const d = slope(p.map((v, n) => v + dt * c[n]!));
      p = p.map((v, n) => v + (dt / 6) * (a[n]! + 2 * b[n]! + 2 * c[n]! + d[n]!));
    }
    return p.reduce((sum, v, n) => sum + (v * (n - spin)) / spin, 0);
  }

  // Energy −h m: its mean to 4 s.e.; 1500 shots exact, 600 leaping (30 quanta at a time half way)
  it.each([
    ['exact', 12, false, 1500],
    ['in leaps', 300, true, 600],
  ] as const)(
    'climbs one ladder as its master equation does: %s, S = %i',
    (_name, spin, leaping, shots) => {
      for (const temperature of [0, 0.24 / spin]) {
        const p = program(
          1,
          [0],
          { kind: 'resolved', spin, law: { kind: 'ohmic', temperature } },
          {
            fields: [0.8],
            initial: { kind: 'pattern', values: [-1] },
            duration: 6,
            readout: { every: 6 },
            shots,
          },
        );
        const motion = new ResolvedMotion(
          p,
          new MagnetisationModel({ kind: 'dense', data: Float64Array.of(0) }, 1, null),
          new OhmicLaw(),
          spin,
          0.1,
          null,
          leaping,
        );
        for (const t of [6]) {
          const seen: number[] = [];
          for (let shot = 0; shot < shots; shot++) {
            motion.begin(shot);
            motion.advanceTo(t);
            seen.push(motion.values[0]!);
          }
          const m = moments(seen);
          const exact = ladderMean(spin, 0.8, temperature, t);
          expect(Math.abs(m.mean - exact), `${m.mean} ± ${m.sem}, ${exact}`).toBeLessThan(
            4 * m.sem,
          );
        }
      }
    },
  );

  it('with large S ends where the avalanche ends, all but for the spread of delays', () => {
    const sites = 10;
    let same = 0;
    const shots = 40;
    for (let k = 0; k < 3; k++) {
      const J = sherringtonKirkpatrick(sites, RandomStream.of(30, 'disorder', k));
      const over = { duration: 400, readout: { every: 400 }, shots };
      const flow = runSimulation(
        simulate,
        program(sites, J, { kind: 'avalanche', spin: 1e6 }, over),
      );
      const p = program(sites, J, { kind: 'resolved', spin: 1e6 }, over);
      const quanta = runSimulation(simulate, p);
      expect(summarise(quanta, cavityThermodynamics(p), 400).firstLawResidual).toBeLessThan(1e-10);
      quanta.finalStates.forEach((s, n) => {
        if (stateCode(s) === stateCode(flow.finalStates[n]!)) same++;
      });
    }
    expect(same).toBeGreaterThan(0.85 * 3 * shots);
  });
});

describe('ladders in leaps', () => {
  it('give an ohmic bath the entropy Q/T, quantum by quantum, however large the leaps', () => {
    const sites = 5;
    const J = sherringtonKirkpatrick(sites, RandomStream.of(6, 'disorder'));
    const law = { kind: 'ohmic', temperature: 0.02 };
    const kernel = { kind: 'resolved', spin: 2000, leap: 0.2, law };
    const { ledgers } = runSimulation(
      simulate,
      program(sites, J, kernel, { shots: 5, readout: { every: 3 } }),
    );
    for (const { heat, mediumEntropy } of ledgers) {
      expect(heat).toBeGreaterThan(0.1);
      expect(mediumEntropy).toBeCloseTo(heat / 0.02, 8);
    }
  });
});
