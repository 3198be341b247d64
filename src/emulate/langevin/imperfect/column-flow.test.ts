import { describe, expect, it } from 'vitest';
import { ENGINES, RandomStream } from '../../../core/index.js';
import {
  BOARD_NUMBER,
  COLUMNS,
  boardSteps,
  engineMissing,
  openEngine,
} from '../../../kernels/index.js';
import { board, circuit } from '../../../../test/support/circuit.js';
import { runSimulation } from '../../../../test/support/run-simulation.js';
import { makeProtocol } from '../protocol.js';
import { simulate } from '../simulate-circuit.js';
import { CircuitState } from './circuit-state.js';
import { ColumnFlow } from './column-flow.js';
import { DenseFlow } from './dense-flow.js';
import { EulerFlow } from './euler-flow.js';
import type { Flow } from './flows.js';
import { HeunFlow } from './heun-flow.js';
import { imperfectionsOf } from './imperfections.js';
import { RealCircuit } from './real-circuit.js';

const engines = ENGINES.filter((kind) => engineMissing(kind) === null).map((kind) =>
  openEngine(kind),
);
const NOISE_ROWS = 800;
const COLUMN = 5;
const STEPS = 12;

/** A stream that gives numbers that are already there. */
function scripted(numbers: readonly number[]): RandomStream {
  let at = 0;
  return {
    normal: () => numbers[at++]!,
    fillNormal: (out: Float64Array, count: number) => {
      for (let k = 0; k < count; k++) out[k] = numbers[at++]!;
    },
  } as unknown as RandomStream;
}

const flows: readonly [string, (c: RealCircuit, s: CircuitState) => Flow][] = [
  ['heun', (c, s) => new HeunFlow(c, s, true)],
  ['heun, no wells', (c, s) => new HeunFlow(c, s, false)],
  ['dense', (c, s) => new DenseFlow(c, s, true)],
  ['euler', (c, s) => new EulerFlow(c, s, 0.5)],
];
const boards: readonly [string, Record<string, number>][] = [
  ['at once', board({}, { capacitorMismatch: 0.1, couplingMismatch: 0.2 })],
  [
    'poles, 1/f, offsets',
    board(
      { couplingPole: 0.03, readoutPole: 0.05, flickerCorner: 0.5, offset: 0.2 },
      { resistorMismatch: 0.1, couplingAsymmetry: 0.3 },
    ),
  ],
  ['rails', board({ rail: 1.1, readoutPole: 0.05 }, { excessNoise: 0.7 })],
  ['limited couplings', board({ otaRange: 0.8, couplingPole: 0.02 }, { couplingMismatch: 0.1 })],
];
const sizes: readonly [number, number][] = [
  [1, 1],
  [5, 1],
  [11, 0.3],
];

/** Random couplings of which so much is there. */
function program(sites: number, filled: number, quartic: number) {
  const stream = RandomStream.of(3, 'disorder', sites);
  const entries: [number, number, number][] = [];
  for (let i = 0; i < sites; i++) {
    for (let j = 0; j < i; j++) {
      if (stream.uniform() < filled) entries.push([i, j, stream.normal() / Math.sqrt(sites)]);
    }
  }
  return circuit({
    sites,
    couplings: { kind: 'coo', entries },
    wells: { quadratic: 0.7, quartic },
    fields: Array.from({ length: sites }, () => 0.3 * stream.normal()),
    dynamics: { temperature: 0.6 },
    initial: { kind: 'random' },
    duration: 1,
    seed: 5,
  });
}

describe('steps of boards side by side', () => {
  for (const [scheme, make] of flows) {
    for (const [what, parameters] of boards) {
      if (scheme === 'dense' && what === 'limited couplings') continue;
      it.each(sizes)(
        `${scheme}, ${what}: are those of one shot, and heat is its sum over them (N = %i)`,
        (sites, filled) => {
          const document = program(sites, filled, scheme === 'heun, no wells' ? 0 : 0.3);
          const imperfections = imperfectionsOf(parameters);
          const { before } = makeProtocol(document, Float64Array.of(0, 1), Infinity);
          for (const engine of engines) {
            engine.scratch.reset();
            const real = new RealCircuit(document, imperfections);
            const state = new CircuitState(real);
            const flow = make(real, state);
            const columns = new ColumnFlow(engine, real, state, flow, {
              select: () => undefined,
              each: false,
              differ: false,
              knobs: before.length,
              siteBath: null,
              baths: 1,
            });
            columns.begin(COLUMNS);
            for (let c = 0; c < COLUMNS; c++) {
              const stream = RandomStream.of(8, 'initial', c);
              for (let i = 0; i < sites; i++) state.x[i] = stream.normal();
              state.settle(before, stream);
              columns.place(c);
            }
            const h = 0.02;
            columns.prepare(h, before);
            columns.placed();
            // noise of the reader's own: the same in both
            const { noise, shape } = columns.board;
            const draws = RandomStream.of(9, 'dynamics', sites);
            for (let k = 0; k < NOISE_ROWS * COLUMNS; k++) noise[k] = draws.normal();
            const stream = RandomStream.of(8, 'initial', COLUMN);
            for (let i = 0; i < sites; i++) state.x[i] = stream.normal();
            state.settle(before, stream);
            flow.prepare(h, before);
            // HeunFlow asks for the noises of x and r of one node after the other, the columns for all of x, then all of r.
            const own: number[] = [];
            const column = (row: number): number => noise[row * COLUMNS + COLUMN]!;
            let row = 0;
            for (let step = 1; step <= STEPS; step++) {
              if (shape.scheme === 'dense') {
                for (let i = 0; i < shape.size; i++) own.push(column(row++));
                continue;
              }
              for (const stride of columns.board.strides) {
                if (step % stride === 0) for (let i = 0; i < sites; i++) own.push(column(row++));
              }
              const both = shape.scheme === 'heun' && shape.r >= 0;
              for (let i = 0; i < sites; i++) {
                own.push(column(row + i));
                if (both) own.push(column(row + sites + i));
              }
              row += both ? 2 * sites : sites;
            }
            const one = scripted(own);
            let heat = 0;
            const rail = imperfections.rail;
            const given = new Float64Array(sites);
            const givenAfter = new Float64Array(sites);
            for (let step = 0; step < STEPS; step++) {
              const x0 = state.x.slice();
              const n0 = state.flicker.sum.slice();
              state.coupled(before, given);
              expect(flow.advance(one)).toBe(-1);
              for (let i = 0; i < sites && rail > 0; i++) {
                if (state.x[i]! > rail) state.x[i] = 2 * rail - state.x[i]!;
                if (state.x[i]! < -rail) state.x[i] = -2 * rail - state.x[i]!;
              }
              real.receive(state.x);
              state.coupled(before, givenAfter);
              const well = (i: number, x: number): number =>
                real.quadratic(i, before) * x ** 2 + real.quartic(i, before) * x ** 4;
              const sources = new Float64Array(sites);
              real.sources(before, sources);
              for (let i = 0; i < sites; i++) {
                const moved = state.x[i]! - x0[i]!;
                const fed = flow.holdsFlicker
                  ? state.flicker.sum[i]!
                  : (n0[i]! + state.flicker.sum[i]!) / 2;
                heat += (fed + (given[i]! + givenAfter[i]!) / 2 + sources[i]!) * moved;
                heat -= well(i, state.x[i]!) - well(i, x0[i]!);
              }
            }
            expect(boardSteps(engine, columns.board, STEPS)).toBe(-1);
            const size = Math.max(1, ...state.z.map(Math.abs));
            for (let i = 0; i < state.z.length; i++) {
              const got = columns.board.z[i * COLUMNS + COLUMN]!;
              expect(Math.abs(got - state.z[i]!) / size).toBeLessThan(STEPS * 1e-12);
            }
            expect(columns.board.totals[COLUMN]! - heat).toBeLessThan(STEPS * 1e-12 * sites);
            expect(columns.board.totals[COLUMN]! - heat).toBeGreaterThan(-STEPS * 1e-12 * sites);
          }
        },
      );
    }
  }

  it('stop at a shot that is too stiff, and not at one that is none', () => {
    const document = program(5, 1, 0.3);
    const { before } = makeProtocol(document, Float64Array.of(0, 1), Infinity);
    for (const engine of engines) {
      engine.scratch.reset();
      const real = new RealCircuit(
        document,
        imperfectionsOf(board({}, { capacitorMismatch: 0.1 })),
      );
      const state = new CircuitState(real);
      const columns = new ColumnFlow(engine, real, state, new EulerFlow(real, state, 0.5), {
        ...{ select: () => undefined, each: false, differ: false },
        ...{ knobs: before.length, siteBath: null, baths: 1 },
      });
      columns.begin(4);
      for (let c = 0; c < 4; c++) columns.place(c);
      columns.prepare(0.02, before);
      columns.placed();
      columns.board.z[2 * COLUMNS + 9] = 1e3;
      expect(columns.advance(1).stiff).toBe(-1);
      columns.board.z[2 * COLUMNS + 3] = 1e3;
      expect(columns.advance(1).stiff).toBe(2 * COLUMNS + 3);
      expect(columns.board.numbers[BOARD_NUMBER.step]).toBe(0.02);
    }
  });
});

describe('a board’s shots', () => {
  it.each([
    [
      'drift',
      board({ driftTime: 3, flickerCorner: 0.2 }, { temperatureDriftK: 5, resistanceTempco: 1e-3 }),
    ],
    [
      'drift of a small circuit',
      board({ driftTime: 3 }, { temperatureDriftK: 5, resistanceTempco: 1e-3 }),
    ],
    ['poles', board({ couplingPole: 0.02, readoutPole: 0.02 }, { couplingMismatch: 0.1 })],
  ])('do not depend on how they are dealt to blocks: %s', (_, parameters) => {
    const document = circuit({
      sites: 4,
      couplings: {
        kind: 'coo',
        entries: [
          [0, 1, 0.5],
          [1, 2, -0.4],
          [2, 3, 0.3],
        ],
      },
      wells: { quadratic: 1, quartic: 0.2 },
      clamped: [1],
      inputs: [[0.7]],
      controls: {
        temperature: [
          [0, 0.5],
          [1, 1],
        ],
      },
      initial: { kind: 'random' },
      duration: 1,
      readout: { every: 0.25 },
      shots: 21,
      seed: 4,
    });
    const whole = runSimulation(simulate, document, { parameters });
    const parts = [
      [0, 1],
      [1, 13],
      [14, 7],
    ].map(([firstShot, shots]) =>
      runSimulation(simulate, document, { parameters, firstShot: firstShot!, shots: shots! }),
    );
    expect(parts.flatMap((part) => part.finalStates)).toEqual(whole.finalStates);
    expect(parts.flatMap((part) => part.ledgers)).toEqual(whole.ledgers);
  });
});
