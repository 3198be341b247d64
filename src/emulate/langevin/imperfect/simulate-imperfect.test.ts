import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../core/index.js';
import { readoutTimes } from '../../../device/index.js';
import { board, circuit, watch } from '../../../../test/support/circuit.js';
import { simulate } from '../simulate-circuit.js';
import { simulateHere } from '../../simulate-here.js';

/** A network of five sites with all that can vary. */
const busy = (options: Record<string, unknown> = {}) => {
  const stream = RandomStream.of(3, 'disorder');
  const entries: number[][] = [];
  for (let i = 0; i < 5; i++) for (let j = 0; j < i; j++) entries.push([i, j, stream.normal()]);
  return circuit({
    sites: 5,
    couplings: { kind: 'coo', entries },
    fields: [1, -2, 0.5, 0, 3],
    drives: [
      {
        pattern: [1, 1, -1, 0, 0.5],
        amplitude: [
          [0, 0],
          [0, 1],
          [1, -2],
          [1, 0],
        ],
      },
    ],
    controls: {
      coupling: [
        [0, 0.2],
        [1, 1],
        [1, 0.5],
      ],
      quadratic: [
        [0.3, 1],
        [1.2, -0.5],
      ],
      quartic: [
        [0, 0.5],
        [1.5, 2],
      ],
      temperature: [
        [0, 2],
        [1.5, 0.5],
      ],
    },
    dynamics: { dt: 0.01 },
    duration: 1.5,
    readout: { every: 0.5 },
    shots: 3,
    seed: 8,
    ...options,
  });
};
const parts = {
  boardSeed: 5,
  capacitorMismatch: 0.2,
  resistorMismatch: 0.3,
  couplingMismatch: 0.2,
  excessNoise: 0.5,
};
const drifting = {
  ...board({ offset: 1, driftTime: 3, readoutPole: 0.1 }, parts),
  temperatureDriftK: 40,
  resistanceTempco: 2e-3,
  capacitanceTempco: -1e-3,
};
const boards: [string, Record<string, number>][] = [
  ['parts that differ, offsets, excess noise', board({ offset: 1 }, parts)],
  ['a temperature that drifts, with coefficients of R and C', drifting],
  ['1/f currents', board({ flickerCorner: 0.2 }, parts)],
  ['rails in reach', board({ rail: 0.8 }, parts)],
  ['charges on nonlinear capacitors', board({ offset: 1 }, { ...parts, chargeWells: 1 })],
];

describe('ledger of a board', () => {
  it.each(boards)('closes in every shot with %s and all controls ramped', (_, parameters) => {
    const clamped = { clamped: [1], inputs: [[0.7], [-1], [2]] };
    const programs = [
      busy(),
      busy(clamped),
      busy({ dynamics: { integrator: 'euler-maruyama', dt: 0.002 } }),
      busy({ controls: {}, dynamics: { dt: 0.01, temperature: [1, 2, 1, 0.5, 2] } }),
    ];
    for (const program of programs) {
      for (const ledger of watch(program, () => undefined, parameters)) {
        const { work, heat, energyChange, bathHeat } = ledger;
        const scale = 5 * Math.max(1, Math.abs(work), Math.abs(energyChange));
        expect(Math.abs(energyChange - work + heat)).toBeLessThan(1e-11 * scale);
        const sum = bathHeat.reduce((a, b) => a + b, 0);
        expect(Math.abs(sum - heat)).toBeLessThan(1e-11 * scale);
        expect(Math.abs(heat)).toBeGreaterThan(1e-3);
      }
    }
  });

  const hidden: [string, Record<string, number>][] = [
    ...boards,
    [
      'directed couplings and both poles',
      board({ couplingPole: 0.05, readoutPole: 0.1 }, { ...parts, couplingAsymmetry: 0.3 }),
    ],
    ['limited couplings', board({ otaRange: 0.5, flickerCorner: 0.1 }, parts)],
  ];
  it.each(hidden)(
    'and states of a shot do not depend on the shots before it, with %s',
    (_, parameters) => {
      const program = busy();
      const run = (firstShot: number, shots: number): unknown[] => {
        const rows: unknown[] = [];
        simulateHere(
          simulate,
          { program, parameters, firstShot, shots, times: readoutTimes(program) },
          {
            readout: (row) => rows.push([row.heat, ...row.state]),
            shotEnd: (ledger) => rows.push(ledger.heat),
            progress: () => undefined,
          },
        );
        return rows;
      };
      const all = run(0, 3);
      expect(run(1, 1)).toEqual(all.slice(all.length / 3, (2 * all.length) / 3));
      expect(run(2, 1)).toEqual(all.slice((2 * all.length) / 3));
    },
  );

  it('is only heat where the couplings have no energy', () => {
    for (const [, parameters] of hidden.slice(-2)) {
      for (const ledger of watch(busy(), () => undefined, parameters)) {
        expect(ledger.work).toBeNaN();
        expect(ledger.energyChange).toBeNaN();
        expect(Number.isFinite(ledger.heat)).toBe(true);
      }
    }
  });

  it('of a coupling pole tends to that of the circuit without one', () => {
    // T = 0: deterministic, so halving τ halves the heat's difference, first order in τ.
    const program = busy({
      controls: {},
      drives: [],
      initial: { kind: 'zero' },
      dynamics: { temperature: 0, dt: 0.0005 },
    });
    const heat = (couplingPole: number): number =>
      watch(program, () => undefined, board({ couplingPole }))[0]!.heat;
    const [slow, middle, fast] = [heat(4e-3), heat(2e-3), heat(1e-3)];
    expect((slow - middle) / (middle - fast)).toBeCloseTo(2, 1);
    const ideal = watch(program, () => undefined)[0]!.heat;
    expect(Math.abs(2 * fast - middle - ideal)).toBeLessThan(1e-4 * ideal);
  });
});
