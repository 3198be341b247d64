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
import { moments } from '../../../thermo/index.js';
import { stateCode } from '../attractors.js';
import { cavityThermodynamics } from '../cavity-violations.js';
import { sherringtonKirkpatrick } from '../disorder.js';
import { Quench } from '../quench.js';
import { simulate } from '../simulate-cavity.js';
import {
  OhmicLaw,
  CavityLaw,
  DephasedLaw,
  PowerLaw,
  SteepestLaw,
  type FlipLaw,
} from './flip-law.js';

const DEVICE = cavityDescriptor('cavity-qed');
const N = 3;
const J = sherringtonKirkpatrick(N, RandomStream.of(8, 'disorder'));
const H = [0.3, -0.2, 0.1];
const ETA = [1, -1, 0.5];
const program = (over: object = {}, dynamics: object = {}): ResolvedProgram =>
  resolveDocument(
    {
      version: 1,
      sites: N,
      couplings: { kind: 'dense', data: Array.from(J) },
      fields: H,
      dynamics: { fidelity: 'kinetic', ...dynamics },
      duration: 3,
      readout: { every: 0.5 },
      seed: 3,
      ...over,
    },
    DEVICE,
  );

/** Energy of a code with couplings scaled by `scale` and a drive of `amplitude`. */
function energyOf(code: number, scale: number, amplitude: number): number {
  const s = Array.from({ length: N }, (_, i) => ((code >> i) & 1 ? 1 : -1));
  let energy = 0;
  for (let i = 0; i < N; i++) {
    energy -= (H[i]! + amplitude * ETA[i]!) * s[i]!;
    for (let j = 0; j < i; j++) energy -= scale * J[i * N + j]! * s[i]! * s[j]!;
  }
  return energy;
}

describe('flip laws', () => {
  const laws: [string, FlipLaw][] = [
    ['ohmic', new OhmicLaw()],
    ['dephased', new DephasedLaw(0.7)],
    ['cavity', new CavityLaw(-1.5, 0.4, 0.2)],
    ['power', new PowerLaw(1.7)],
    ['steepest-descent', new SteepestLaw()],
  ];

  it.each(laws)('%s is bounded by its bound on 300 random intervals', (_name, law) => {
    const stream = RandomStream.of(1);
    for (let k = 0; k < 300; k++) {
      const [a, b] = [6 * stream.uniform() - 3, 6 * stream.uniform() - 3];
      const [least, most] = [Math.min(a, b), Math.max(a, b)];
      const bound = law.bound(least, most, 0.8);
      let found = 0;
      for (let i = 0; i <= 100; i++) {
        const x = least + ((most - least) * i) / 100;
        for (const temperature of [0, 0.3, 0.8]) found = Math.max(found, law.rate(x, temperature));
      }
      expect(found).toBeLessThanOrEqual(bound * (1 + 1e-12));
    }
  });

  it('ohmic: |x| far downhill, T at zero cost, detailed balance, and T = 0 as the limit', () => {
    const law = new OhmicLaw();
    expect(law.rate(-50, 0.5)).toBeCloseTo(50, 12);
    expect(law.rate(0, 0.5)).toBe(0.5);
    expect(law.rate(1e-12, 0.5)).toBeCloseTo(0.5, 10);
    expect(law.rate(5000, 0.5)).toBe(0);
    for (const x of [0.1, 1, 3]) {
      expect(Math.log(law.rate(-x, 0.5) / law.rate(x, 0.5))).toBeCloseTo(x / 0.5, 11);
      expect(law.rate(-x, 1e-9)).toBeCloseTo(law.rate(-x, 0), 12);
    }
  });

  it('cavity: the ratio is that of two Lorentzians, whatever the width', () => {
    const law = new CavityLaw(-1.5, 0.4, 0.2);
    for (const x of [0.2, 1.5, 4]) {
      const ratio = ((1.5 + x) ** 2 + 0.16) / ((1.5 - x) ** 2 + 0.16);
      expect(law.rate(-x) / law.rate(x)).toBeCloseTo(ratio, 10);
      expect(law.entropy(-x)).toBeCloseTo(Math.log(ratio), 12);
    }
  });
});

describe('simulate (cavity, kinetic)', () => {
  const ramp = {
    drives: [
      {
        pattern: ETA,
        amplitude: [
          [0, 0],
          [1, 1.2],
          [1, -0.5],
          [2, -0.5],
          [3, 0.4],
        ],
      },
    ],
    controls: {
      coupling: [
        [0, 0.5],
        [2, 2],
      ],
      temperature: [
        [0, 0.3],
        [3, 1.1],
      ],
    },
  };
  const scale = (t: number): number => Math.min(2, 0.5 + 0.75 * t);
  const amplitude = (t: number): number => (t < 1 ? 1.2 * t : t < 2 ? -0.5 : -0.5 + 0.9 * (t - 2));

  // 10,000 shots; each of 8 probabilities to 4.5 s.e. (false alarm 5e-5), heat to 4 s.e.
  it('is the master equation of the ohmic law, also while couplings, drive and temperature ramp', () => {
    const law = new OhmicLaw();
    const shots = 10_000;
    const exact = evolveFlips(
      {
        sites: N,
        energy: (code, t) => energyOf(code, scale(t), amplitude(t)),
        rate: (cost, t) => law.rate(cost, 0.3 + (0.8 * t) / 3),
      },
      new Float64Array(8).fill(1 / 8),
      3,
      600,
    );
    const seen = runSimulation(simulate, program({ ...ramp, shots }));
    const counts = new Array<number>(8).fill(0);
    for (const s of seen.finalStates) counts[stateCode(s)]!++;
    counts.forEach((count, code) => {
      const p = exact.distribution[code]!;
      expect(Math.abs(count / shots - p)).toBeLessThan(4.5 * fractionError(p, shots));
    });
    const heat = moments(seen.ledgers.map((l) => l.heat));
    expect(Math.abs(heat.mean - exact.heat)).toBeLessThan(4 * heat.sem);
    summarise(seen, cavityThermodynamics(program({ ...ramp, shots })), 3);
  });

  it.each<[string, object, FlipLaw]>([
    ['dephased', { kind: 'dephased', width: 0.6 }, new DephasedLaw(0.6)],
    [
      'cavity',
      { kind: 'cavity', detuning: -1.5, linewidth: 0.5, width: 0.8 },
      new CavityLaw(-1.5, 0.5, 0.8),
    ],
    ['power', { kind: 'power', p: 2 }, new PowerLaw(2)],
  ])('is the master equation of the kernel %s under a ramp (5,000 shots)', (_name, kernel, law) => {
    const shots = 5_000;
    const exact = evolveFlips(
      {
        sites: N,
        energy: (code, t) => energyOf(code, scale(t), amplitude(t)),
        rate: (cost) => law.rate(cost, 0),
      },
      new Float64Array(8).fill(1 / 8),
      3,
      600,
    );
    const { temperature: _left, ...controls } = ramp.controls;
    const seen = runSimulation(simulate, program({ ...ramp, controls, shots }, { kernel }));
    const counts = new Array<number>(8).fill(0);
    for (const s of seen.finalStates) counts[stateCode(s)]!++;
    counts.forEach((count, code) => {
      const p = exact.distribution[code]!;
      expect(Math.abs(count / shots - p)).toBeLessThan(4.5 * fractionError(p, shots));
    });
    const heat = moments(seen.ledgers.map((l) => l.heat));
    expect(Math.abs(heat.mean - exact.heat)).toBeLessThan(4 * heat.sem);
  });

  it('does not move with the times at which it is looked at', () => {
    const ends = [0.1, 1.7, 3].map((every) =>
      runSimulation(simulate, program({ ...ramp, shots: 50, readout: { every } })).finalStates.map(
        (s) => Array.from(s),
      ),
    );
    expect(ends[1]).toEqual(ends[0]);
    expect(ends[2]).toEqual(ends[0]);
  });

  it('runs shot k the same way in any block', () => {
    const p = program({ ...ramp, shots: 20 });
    const all = runSimulation(simulate, p);
    const tail = runSimulation(simulate, p, { firstShot: 12, shots: 8 });
    expect(tail.ledgers).toEqual(all.ledgers.slice(12));
  });

  it('takes the path of steepest descent under its kernel, and the first law holds in each shot', () => {
    const sites = 24;
    const couplings = sherringtonKirkpatrick(sites, RandomStream.of(4, 'disorder'));
    const p = resolveDocument(
      {
        version: 1,
        sites,
        couplings: { kind: 'dense', data: Array.from(couplings) },
        dynamics: { fidelity: 'kinetic', kernel: 'steepest-descent' },
        duration: 60,
        shots: 50,
        seed: 2,
      },
      DEVICE,
    );
    const seen = runSimulation(simulate, p);
    const quench = new Quench(couplings, sites);
    seen.finalStates.forEach((end, shot) => {
      quench.start(seen.initialStates[shot]!);
      quench.run('steepest-descent', RandomStream.of(1));
      expect(Array.from(end)).toEqual(Array.from(quench.state));
    });
    const summary = summarise(seen, cavityThermodynamics(p), 60);
    expect(summary.firstLawResidual).toBeLessThan(1e-12);
    expect(summary.entropyProduction).toBeNull();
  });

  // 4,000 shots: 8 probabilities to 4.5 s.e., ⟨e^{−βW}⟩ to 4 s.e. of its exact value Z₁/Z₀
  it('starts from the Gibbs state, keeps it while nothing changes, and obeys Jarzynski when the pump rises', () => {
    const shots = 4000;
    const T = 0.9;
    const weight = (code: number, pump: number): number => Math.exp(-energyOf(code, pump, 0) / T);
    const partition = (pump: number): number =>
      [0, 1, 2, 3, 4, 5, 6, 7].reduce((sum, code) => sum + weight(code, pump), 0);
    const p = program(
      {
        initial: { kind: 'equilibrium' },
        controls: {
          pump: [
            [0, 1.5],
            [1, 1.5],
            [2, 3],
          ],
        },
        duration: 2,
        readout: { every: 1 },
        shots,
      },
      { kernel: { kind: 'ohmic', temperature: T } },
    );
    const at = (duration: number) => runSimulation(simulate, { ...p, duration });
    for (const states of [at(1).initialStates, at(1).finalStates]) {
      const counts = new Array<number>(8).fill(0);
      for (const s of states) counts[stateCode(s)]!++;
      counts.forEach((count, code) => {
        const q = weight(code, 1.5) / partition(1.5);
        expect(Math.abs(count / shots - q)).toBeLessThan(4.5 * fractionError(q, shots));
      });
    }
    const seen = at(2);
    const summary = summarise(seen, cavityThermodynamics(p), 2);
    const { mean, sem } = summary.jarzynski!;
    expect(Math.abs(mean! - partition(3) / partition(1.5))).toBeLessThan(4 * sem!);
    expect(summary.entropyProduction!.mean).toBeCloseTo(summary.heat!.mean! / T, 9);
    expect(summary.work!.mean).toBeLessThan(-0.1);
  });
});

describe('rates that are not finite', () => {
  it('end a run instead of standing still in time for ever', () => {
    expect(() =>
      runSimulation(simulate, program({ fields: [1.7e308, 1e308, 0], shots: 1 })),
    ).toThrow(/rates left the range of numbers/);
  });
});
