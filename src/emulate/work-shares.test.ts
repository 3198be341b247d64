import { describe, expect, it } from 'vitest';
import { cavityDescriptor } from '../../drivers/cavity-qed/index.js';
import { glauberDescriptor } from '../../drivers/glauber/index.js';
import { curveValue, readoutTimes, type ResolvedProgram } from '../device/index.js';
import type { EngineKind } from '../core/index.js';
import { engineMissing } from '../kernels/index.js';
import { moments, RunLedger, summariseLedger, type ShotLedger } from '../thermo/index.js';
import { resolveDocument } from '../../test/support/run-simulation.js';
import { cavityThermodynamics } from './cavity/index.js';
import { simulate as simulateCavity } from './cavity/simulate-cavity.js';
import { simulateHere } from './simulate-here.js';
import type { Simulate } from './simulation.js';
import { simulate as simulateSpins } from './spin/simulate-spins.js';
import { spinThermodynamics } from './spin/spin-thermodynamics.js';

const J = 0.8;
const T = 0.9;
const FIELDS = [0.3, -0.1];
const PATTERN = [1, 0.5];
const DURATION = 2;
const KNOTS = [0, 0.5, 1, DURATION];
const AMPLITUDE = [
  [0, 0.2],
  [0, 0.6],
  [1, 1.4],
  [1, 0.4],
  [2, 0.1],
];
const COUPLING = [
  [0, 1],
  [0, 1.5],
  [0.5, 2],
  [2, 0.5],
];

/** Two spins of which a drive and the coupling's scale both jump and ramp. */
const DOCUMENT = {
  version: 1,
  sites: 2,
  couplings: { kind: 'dense', data: [0, J, J, 0] },
  fields: FIELDS,
  initial: { kind: 'equilibrium' },
  drives: [{ pattern: PATTERN, amplitude: AMPLITUDE }],
  controls: { coupling: COUPLING },
  duration: DURATION,
  readout: { every: DURATION, channels: ['energy', 'work', 'heat'] },
  seed: 4,
};

function shotsOf(simulate: Simulate, program: ResolvedProgram, engine: EngineKind): ShotLedger[] {
  const ledgers: ShotLedger[] = [];
  simulateHere(
    simulate,
    { program, parameters: {}, firstShot: 0, shots: program.shots, times: readoutTimes(program) },
    {
      readout: () => undefined,
      shotEnd: (ledger) => ledgers.push(ledger),
      progress: () => undefined,
    },
    engine,
  );
  return ledgers;
}

/** Both works of the master equation of the four states, by Runge and Kutta between the knots. */
function exactShares(rate: (cost: number) => number): { drives: number; controls: number } {
  const states = [0, 1, 2, 3].map((code) => [code & 1 ? 1 : -1, code & 2 ? 1 : -1] as const);
  const projection = states.map(([a, b]) => PATTERN[0]! * a + PATTERN[1]! * b);
  const coupled = states.map(([a, b]) => -J * a * b);
  const amplitude = (t: number): number => curveValue(Float64Array.from(AMPLITUDE.flat()), t);
  const scale = (t: number): number => curveValue(Float64Array.from(COUPLING.flat()), t);
  const energy = (x: number, A: number, c: number): number =>
    c * coupled[x]! - A * projection[x]! - FIELDS[0]! * states[x]![0] - FIELDS[1]! * states[x]![1];
  const weights = states.map((_, x) => Math.exp(-energy(x, 0.2, 1) / T));
  const Z = weights.reduce((a, b) => a + b, 0);
  let p = weights.map((w) => w / Z);
  const mean = (values: readonly number[], of: readonly number[]): number =>
    values.reduce((sum, v, x) => sum + v * of[x]!, 0);
  let [drives, controls] = [0, 0];
  const book = (dA: number, dc: number): void => {
    drives -= dA * mean(projection, p);
    controls += dc * mean(coupled, p);
  };
  book(0.4, 0.5);
  for (let k = 1; k < KNOTS.length; k++) {
    const [t0, t1] = [KNOTS[k - 1]!, KNOTS[k]!];
    const just = t1 - 1e-12;
    const [A0, A1, c0, c1] = [amplitude(t0), amplitude(just), scale(t0), scale(just)];
    const steps = 400;
    const h = (t1 - t0) / steps;
    const [dA, dc] = [(A1 - A0) / (t1 - t0), (c1 - c0) / (t1 - t0)];
    const slope = (y: readonly number[], u: number): number[] => {
      const [A, c] = [A0 + dA * u, c0 + dc * u];
      const out = [0, 0, 0, 0, -dA * mean(projection, y), dc * mean(coupled, y)];
      for (let x = 0; x < 4; x++) {
        for (const bit of [1, 2]) {
          const flow = y[x]! * rate(energy(x ^ bit, A, c) - energy(x, A, c));
          out[x]! -= flow;
          out[x ^ bit]! += flow;
        }
      }
      return out;
    };
    let y = [...p, 0, 0];
    const at = (k1: readonly number[], by: number): number[] => y.map((v, e) => v + by * k1[e]!);
    for (let s = 0; s < steps; s++) {
      const u = s * h;
      const a = slope(y, u);
      const b = slope(at(a, h / 2), u + h / 2);
      const c = slope(at(b, h / 2), u + h / 2);
      const d = slope(at(c, h), u + h);
      y = y.map((v, e) => v + (h / 6) * (a[e]! + 2 * b[e]! + 2 * c[e]! + d[e]!));
    }
    p = y.slice(0, 4);
    drives += y[4]!;
    controls += y[5]!;
    if (t1 === 1) book(amplitude(1) - A1, 0);
  }
  return { drives, controls };
}

const ENGINES = (['reference', 'wasm', 'native'] as const).filter(
  (kind) => engineMissing(kind) === null,
);
const glauber = (x: number): number => 1 / (1 + Math.exp(x / T));
const ohmic = (x: number): number => (Math.abs(x) < 1e-12 ? T : x / Math.expm1(x / T));

describe('work by drives and by controls', () => {
  const spins = resolveDocument(
    {
      ...DOCUMENT,
      dynamics: { rule: 'glauber', order: 'continuous-time', temperature: T },
      shots: 6000,
    },
    glauberDescriptor('glauber'),
  );
  const cavity = resolveDocument(
    { ...DOCUMENT, dynamics: { fidelity: 'kinetic', temperature: T }, shots: 3000 },
    cavityDescriptor('cavity-qed'),
  );
  it.each(
    ENGINES.flatMap((engine) => [
      ['glauber', engine, simulateSpins, spins, glauber] as const,
      ['cavity-qed', engine, simulateCavity, cavity, ohmic] as const,
    ]),
  )(
    'of two spins on %s are those of the master equation (%s)',
    (_, engine, simulate, program, rate) => {
      const ledgers = shotsOf(simulate, program, engine);
      const expected = exactShares(rate);
      for (const [share, exact] of [
        ['driveWork', expected.drives],
        ['controlWork', expected.controls],
      ] as const) {
        const { mean, sem } = moments(ledgers.map((ledger) => ledger[share]!));
        expect(Math.abs(mean - exact), `${share} ${mean} ± ${sem}, ${exact}`).toBeLessThan(4 * sem);
        expect(sem).toBeLessThan(0.04);
        expect(Math.abs(exact)).toBeGreaterThan(0.1);
      }
      for (const { work, driveWork, controlWork, heat, energyChange } of ledgers) {
        expect(Math.abs(work - driveWork! - controlWork!)).toBeLessThan(1e-12 * 2);
        expect(Math.abs(energyChange - work + heat)).toBeLessThan(1e-12 * 2);
      }
    },
  );

  const curves = {
    drives: [
      {
        pattern: [1, 1, 1, -1],
        amplitude: [
          [0, 0.1],
          [1, 0.5],
          [1, 0.2],
        ],
      },
    ],
    controls: {
      pump: [
        [0, 1.2],
        [2, 2],
      ],
    },
  };
  const document = {
    version: 1,
    sites: 4,
    couplings: {
      kind: 'coo',
      entries: [
        [0, 1, 0.4],
        [1, 2, 0.3],
        [2, 3, 0.5],
      ],
    },
    duration: 2,
    readout: { every: 2, channels: ['energy', 'work', 'heat'] },
    shots: 6,
    seed: 2,
  };
  it.each(
    ENGINES.flatMap((engine) =>
      [
        { fidelity: 'kinetic', kernel: 'avalanche' },
        { fidelity: 'kinetic', kernel: { kind: 'resolved', spin: 3 } },
        { fidelity: 'semiclassical' },
        { fidelity: 'quantum' },
      ].map((dynamics) => [engine, dynamics] as const),
    ),
  )(
    'of a pump and a cue add up, and each is all where the other stands still (%s, %o)',
    (engine, dynamics) => {
      const run = (parts: object): ShotLedger[] =>
        shotsOf(
          simulateCavity,
          resolveDocument({ ...document, dynamics, ...parts }, cavityDescriptor('cavity-qed')),
          engine,
        );
      const both = run(curves);
      for (const { work, driveWork, controlWork } of both) {
        expect(Math.abs(work - driveWork! - controlWork!)).toBeLessThan(1e-12 * 4);
      }
      expect(both.some(({ controlWork }) => controlWork !== 0)).toBe(true);
      expect(both.some(({ driveWork }) => driveWork !== 0)).toBe(true);
      const still = { drives: [{ pattern: [1, 1, 1, -1], amplitude: [[0, 0.1]] }] };
      for (const { driveWork } of run({ ...curves, ...still })) expect(driveWork).toBe(0);
      const held = { controls: { pump: [[0, 1.2]] } };
      for (const { controlWork } of run({ ...curves, ...held })) expect(controlWork! + 0).toBe(0);
    },
  );

  it('stand in a result where both change', () => {
    for (const [simulate, program, context] of [
      [simulateSpins, spins, spinThermodynamics(spins)],
      [simulateCavity, cavity, cavityThermodynamics(cavity, {})],
    ] as const) {
      const ledger = new RunLedger(context);
      for (const shot of shotsOf(simulate, { ...program, shots: 50 }, 'reference'))
        ledger.add(shot);
      const { work, warnings } = summariseLedger(ledger, DURATION);
      expect(work!.drives!.mean! + work!.controls!.mean!).toBeCloseTo(work!.mean!, 12);
      expect(work!.controls!.sem).toBeGreaterThan(0);
      expect(warnings.join()).not.toMatch(/work\.drives/);
    }
  });
});
