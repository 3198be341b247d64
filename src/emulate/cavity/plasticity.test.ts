import { describe, expect, it } from 'vitest';
import { cavityDescriptor } from '../../../drivers/cavity-qed/index.js';
import { resolveDocument, runSimulation, summarise } from '../../../test/support/run-simulation.js';
import { RandomStream, RelaxdError } from '../../core/index.js';
import {
  readProgram,
  validateProgram,
  type PositionCouplings,
  type ResolvedProgram,
} from '../../device/index.js';
import {
  enumerateLandscape,
  enumeratePlasticLandscape,
  stateCode,
  stateOfCode,
  steepestDescentEnd,
} from './attractors.js';
import { cavityThermodynamics, cavityViolations, cavityWarnings } from './cavity-violations.js';
import { couplingGradients, couplingsFromPositions } from './couplings-from-positions.js';
import { gaussianPositions } from './disorder.js';
import { Plasticity, rmsDisplacement, stiffnessFor, tweezerStiffness } from './plasticity.js';
import { Quench } from './quench.js';
import { simulate } from './simulate-cavity.js';

const N = 9;
const positions = (k: number, over: object = {}): PositionCouplings => ({
  kind: 'positions',
  geometry: 'four-sevenths',
  xy: gaussianPositions(N, 2, RandomStream.of(12, 'disorder', k)),
  waist: 1,
  n0: 0,
  cloudSigma: 0,
  stiffness: null,
  ...over,
});
const randomState = (stream: RandomStream, sites = N): Int8Array =>
  Int8Array.from({ length: sites }, () => stream.sign());

/** The formulas of the physics page §3.10, term by term. */
class Page {
  readonly J: Float64Array;
  readonly slopes: Float64Array;
  constructor(
    at: PositionCouplings,
    readonly k: number,
  ) {
    this.J = couplingsFromPositions(at);
    this.slopes = couplingGradients(at);
  }
  slope(i: number, j: number): [number, number] {
    return [this.slopes[2 * (i * N + j)]!, this.slopes[2 * (i * N + j) + 1]!];
  }
  /** δ_i = (1/k) s_i Σ_j ∇_iJ_ij s_j */
  displacements(s: Int8Array): [number, number][] {
    return Array.from({ length: N }, (_, i) => {
      let [x, y] = [0, 0];
      for (let j = 0; j < N; j++) {
        x += (s[i]! * s[j]! * this.slope(i, j)[0]) / this.k;
        y += (s[i]! * s[j]! * this.slope(i, j)[1]) / this.k;
      }
      return [x, y];
    });
  }
  /** J'_ij = J_ij + δ_i·∇_iJ_ij + δ_j·∇_jJ_ij */
  moved(i: number, j: number, d: [number, number][]): number {
    const [a, b] = [this.slope(i, j), this.slope(j, i)];
    return (
      this.J[i * N + j]! + d[i]![0] * a[0] + d[i]![1] * a[1] + d[j]![0] * b[0] + d[j]![1] * b[1]
    );
  }
  /** E = −½ Σ J' s s + ½ k Σ |δ|², for any displacements. */
  energy(s: Int8Array, d: [number, number][]): number {
    let energy = 0;
    for (let i = 0; i < N; i++) {
      energy += 0.5 * this.k * (d[i]![0] ** 2 + d[i]![1] ** 2);
      for (let j = 0; j < i; j++) energy -= this.moved(i, j, d) * s[i]! * s[j]!;
    }
    return energy;
  }
}
const flipped = (s: Int8Array, i: number): Int8Array => s.map((v, j) => (j === i ? -v : v));

describe('Plasticity', () => {
  it('has the displacements, flip costs at frozen displacements and relaxed energies of the page', () => {
    for (const k of [0, 1, 2]) {
      const at = positions(k);
      const page = new Page(at, 900);
      const plasticity = new Plasticity(at, 900);
      const stream = RandomStream.of(3, 'initial', k);
      for (let r = 0; r < 5; r++) {
        const s = randomState(stream);
        const d = page.displacements(s);
        plasticity.reset(s);
        plasticity.displacements().forEach((x, c) => expect(x).toBeCloseTo(d[c >> 1]![c & 1]!, 12));
        const quench = new Quench(plasticity.couplings, N, plasticity);
        quench.start(s);
        const here = page.energy(s, d);
        expect(quench.energy()).toBeCloseTo(here, 10);
        for (let i = 0; i < N; i++) {
          const frozen = page.energy(flipped(s, i), d) - here;
          expect(quench.cost(i)).toBeCloseTo(frozen, 9);
          const after = flipped(s, i);
          const relaxed = page.energy(after, page.displacements(after)) - here;
          // what the atoms give back: 2 c_i
          expect(frozen - relaxed).toBeCloseTo(2 * plasticity.barrier(i), 9);
        }
      }
    }
  });

  it('relaxes to the least energy: any other displacement costs ½ k |Δδ|² more', () => {
    const at = positions(4);
    const page = new Page(at, 500);
    const s = randomState(RandomStream.of(8));
    const d = page.displacements(s);
    const least = page.energy(s, d);
    const away = d.map(([x, y], i): [number, number] => [x + 0.01 * Math.sin(i), y + 0.02]);
    const square = away.reduce(
      (sum, [x, y], i) => sum + (x - d[i]![0]) ** 2 + (y - d[i]![1]) ** 2,
      0,
    );
    expect(page.energy(s, away) - least).toBeCloseTo(0.5 * 500 * square, 9);
  });

  it('stabilises every state: s_i δ_i·Σ_j ∇_iJ_ij s_j = k|δ_i|² ≥ 0, and barriers are at least that', () => {
    const at = positions(5);
    const [plasticity, page] = [new Plasticity(at, 700), new Page(at, 700)];
    const stream = RandomStream.of(9);
    for (let r = 0; r < 20; r++) {
      const s = randomState(stream);
      plasticity.reset(s);
      const d = plasticity.displacements();
      for (let i = 0; i < N; i++) {
        let left = 0;
        for (let j = 0; j < N; j++) {
          const [x, y] = page.slope(i, j);
          left += s[i]! * s[j]! * (d[2 * i]! * x + d[2 * i + 1]! * y);
        }
        const right = 700 * (d[2 * i]! ** 2 + d[2 * i + 1]! ** 2);
        expect(Math.abs(left - right)).toBeLessThan(1e-12 * Math.max(1, right));
        expect(right).toBeGreaterThan(0);
        expect(plasticity.barrier(i)).toBeGreaterThan(right);
      }
    }
  });

  it('keeps its forces exact over many flips', () => {
    const [kept, fresh] = [new Plasticity(positions(1), 300), new Plasticity(positions(1), 300)];
    const stream = RandomStream.of(2);
    const s = randomState(stream);
    kept.reset(s);
    for (let r = 0; r < 1000; r++) {
      const i = stream.integer(N);
      s[i] = -s[i]!;
      kept.flip(i);
    }
    fresh.reset(s);
    for (let i = 0; i < N; i++) expect(kept.barrier(i)).toBeCloseTo(fresh.barrier(i), 9);
  });

  it('has the rms displacement of all 2^N states that the stiffness was chosen for', () => {
    const at = positions(3);
    const k = stiffnessFor(at, 0.007);
    expect(rmsDisplacement(at, k)).toBeCloseTo(0.007, 12);
    const plasticity = new Plasticity(at, k);
    let square = 0;
    for (let code = 0; code < 2 ** N; code++) {
      plasticity.reset(stateOfCode(code, N));
      square += plasticity.rmsDisplacement() ** 2 / 2 ** N;
    }
    expect(Math.sqrt(square)).toBeCloseTo(0.007, 12);
    // lengths in waists only: k is energy over length squared
    const scaled = { ...at, xy: at.xy.map((x) => 35 * x), waist: 35 };
    expect(stiffnessFor(scaled, 35 * 0.007) * 35 ** 2).toBeCloseTo(k, 6);
  });

  it('has the stiffness of tweezers in SI: 10⁴ atoms at 1 kHz, µm and 1 nK·k_B', () => {
    const k = tweezerStiffness({
      atoms: 1e4,
      trapHz: 1e3,
      lengthUnitM: 1e-6,
      energyUnitJ: 1.380649e-32,
    });
    expect(
      k / ((1e4 * 1.443160648e-25 * (2000 * Math.PI) ** 2 * 1e-12) / 1.380649e-32),
    ).toBeCloseTo(1, 12);
  });

  it('is off by 5 % of the rms coupling at .01 w0, by 22 % at .02 w0, against couplings at the moved atoms', () => {
    for (const [rms, expected] of [
      [0.01, 0.054],
      [0.02, 0.219],
    ] as const) {
      let [wrong, square] = [0, 0];
      for (let k = 0; k < 40; k++) {
        const at = positions(k);
        const page = new Page(at, stiffnessFor(at, rms));
        const d = page.displacements(randomState(RandomStream.of(1, 'initial', k)));
        const moved = couplingsFromPositions({
          ...at,
          xy: at.xy.map((x, c) => x + d[c >> 1]![c & 1]!),
        });
        for (let i = 0; i < N; i++) {
          for (let j = 0; j < i; j++) {
            wrong += (moved[i * N + j]! - page.moved(i, j, d)) ** 2;
            square += page.J[i * N + j]! ** 2;
          }
        }
      }
      // found at N = 16 with 20 glasses; glasses differ by a quarter
      expect(Math.abs(Math.sqrt(wrong / square) / expected - 1)).toBeLessThan(0.25);
    }
  });

  it('refuses a tweezer without stiffness', () => {
    expect(() => new Plasticity(positions(0), 0)).toThrow(RelaxdError);
    expect(() => new Plasticity(positions(0), Infinity)).toThrow(RelaxdError);
  });
});

describe('enumeratePlasticLandscape', () => {
  it('agrees with the page’s formulas in every state', () => {
    const at = positions(6);
    const page = new Page(at, stiffnessFor(at, 0.01));
    const { energies, unstable } = enumeratePlasticLandscape(new Plasticity(at, page.k));
    for (let code = 0; code < 2 ** (N - 1); code++) {
      const s = stateOfCode(code, N);
      const d = page.displacements(s);
      expect(energies[code]).toBeCloseTo(page.energy(s, d), 9);
      for (let i = 0; i < N; i++) {
        let margin = 0;
        for (let j = 0; j < N; j++) if (j !== i) margin += s[i]! * s[j]! * page.moved(i, j, d);
        expect((unstable[code]! >>> i) & 1).toBe(margin < 0 ? 1 : 0);
      }
    }
  });

  it('is the rigid landscape in the limit of stiff tweezers, and has more attractors in soft ones', () => {
    const at = positions(7);
    const rigid = enumerateLandscape(couplingsFromPositions(at), N);
    const stiff = enumeratePlasticLandscape(new Plasticity(at, 1e12));
    expect(stiff.attractors).toEqual(rigid.attractors);
    expect(stiff.ends).toEqual(rigid.ends);
    const soft = enumeratePlasticLandscape(new Plasticity(at, stiffnessFor(at, 0.02)));
    expect(soft.attractors.length).toBeGreaterThan(rigid.attractors.length);
    // every flip goes downhill, so the ground state is the lowest attractor
    expect(soft.groundEnergy).toBe(Math.min(...soft.energies));
  });
});

describe('simulate (cavity, atoms that move)', () => {
  const at = positions(8);
  const stiffness = stiffnessFor(at, 0.006);
  const program = (over: object = {}): ResolvedProgram =>
    resolveDocument(
      {
        version: 1,
        sites: N,
        couplings: {
          kind: 'positions',
          geometry: 'four-sevenths',
          xy: Array.from({ length: N }, (_, i) => [at.xy[2 * i], at.xy[2 * i + 1]]),
          stiffness,
        },
        duration: 4,
        readout: { every: 1 / N, channels: ['energy', 'state', 'work', 'heat'] },
        shots: 300,
        seed: 4,
        ...over,
      },
      cavityDescriptor('cavity-qed'),
    );
  const landscape = enumeratePlasticLandscape(new Plasticity(at, stiffness));

  it('ends where the enumerated landscape says, its energy never rising, all of it heat', () => {
    const seen = runSimulation(simulate, program());
    seen.initialStates.forEach((start, shot) => {
      const end = steepestDescentEnd(landscape, stateCode(start));
      expect(stateCode(seen.finalStates[shot]!)).toBe(end);
      const energyOf = (code: number): number =>
        landscape.energies[Math.min(code, landscape.states - 1 - code)]!;
      const { energyChange, heat } = seen.ledgers[shot]!;
      expect(energyChange).toBeCloseTo(energyOf(end) - energyOf(stateCode(start)), 9);
      expect(heat).toBeCloseTo(-energyChange, 9);
    });
    for (let step = 1; step < seen.times.length; step++) {
      expect(seen.energy[step]!.mean).toBeLessThanOrEqual(seen.energy[step - 1]!.mean + 1e-12);
    }
    expect(new Set(seen.finalStates.map(stateCode)).size).toBeGreaterThan(4);
  });

  it('descends at random to attractors of the same landscape', () => {
    const seen = runSimulation(simulate, program({ dynamics: { rule: 'zero-temperature' } }));
    for (const state of seen.finalStates) {
      const code = stateCode(state);
      expect(landscape.unstable[Math.min(code, landscape.states - 1 - code)]).toBe(0);
    }
  });

  it.each(['steepest-descent', 'zero-temperature'])(
    'closes the first law with drives and clamped sites under %s',
    (rule) => {
      const resolved = program({
        dynamics: { rule },
        clamped: [1],
        inputs: [[-1]],
        drives: [
          {
            pattern: Array.from({ length: N }, (_, i) => (i % 2 === 0 ? 4 : -3)),
            amplitude: [
              [0, 2],
              [0, -1],
              [1, 3],
              [2, 3],
              [2, 0],
            ],
          },
        ],
      });
      const seen = runSimulation(simulate, resolved);
      const summary = summarise(seen, cavityThermodynamics(resolved), resolved.duration);
      expect(summary.firstLawResidual).toBeLessThan(1e-10);
      expect(summary.work!.variance).toBeGreaterThan(0);
      for (const state of seen.finalStates) expect(state[1]).toBe(-1);
    },
  );

  it('says by how much atoms move, and when that is too much', () => {
    expect(cavityWarnings(program(), {}).join('\n')).toContain('displaced by 0.006 w0 rms');
    expect(cavityWarnings(program(), {}).join('\n')).not.toContain('falls apart');
    const soft = { ...at, stiffness: stiffnessFor(at, 0.02) };
    const warned = cavityWarnings({ ...program(), couplings: soft }, {}).join('\n');
    expect(warned).toContain('falls apart');
  });

  it('holds atoms fixed at every other fidelity, and refuses more sites than it can move', () => {
    const moving = readProgram({
      version: 1,
      sites: 1,
      couplings: { kind: 'positions', geometry: 'confocal', xy: [[0, 1]], stiffness: 1 },
      duration: 1,
    });
    expect(cavityViolations(moving)).toEqual([]);
    const paths = (over: object): string[] =>
      cavityViolations({ ...moving, ...over }).map((v) => v.path);
    const kinetic = { ...moving, dynamics: { ...moving.dynamics, fidelity: 'kinetic' as const } };
    expect(validateProgram(kinetic, cavityDescriptor('cavity-qed')).map((v) => v.path)).toContain(
      'couplings.stiffness',
    );
    expect(paths({ sites: 513 })).toEqual(['sites']);
  });
});
