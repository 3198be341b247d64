import { describe, expect, it } from 'vitest';
import { ENGINES, RandomStream } from '../../../core/index.js';
import { readoutTimes, type ResolvedProgram } from '../../../device/index.js';
import { engineMissing } from '../../../kernels/index.js';
import { circuit } from '../../../../test/support/circuit.js';
import { simulate } from '../simulate-circuit.js';
import { told } from './told.test-support.js';
import { columnsOf } from './choose-columns.js';

const engines = ENGINES.filter((kind) => engineMissing(kind) === null);
const SITES = 7;
const SHOTS = 19;

/** A network with everything that can vary, and clamped sites that differ from shot to shot. */
const busy = (options: Record<string, unknown> = {}): ResolvedProgram => {
  const stream = RandomStream.of(3, 'disorder');
  const entries: number[][] = [];
  for (let i = 0; i < SITES; i++) {
    for (let j = 0; j < i; j++) entries.push([i, j, stream.normal() / 2]);
  }
  return circuit({
    sites: SITES,
    couplings: { kind: 'coo', entries },
    fields: [1, -2, 0.5, 0, 1, 0, 0.3],
    initial: { kind: 'random' },
    references: [[1, -1, 1, 1, -1, 1, 1]],
    drives: [
      {
        pattern: [1, 1, -1, 0, 0.5, 0, 1],
        amplitude: [
          [0, 0],
          [0, 1],
          [0.5, -2],
          [0.5, 0],
        ],
      },
    ],
    clamped: [1, 4],
    inputs: Array.from({ length: SHOTS }, (_, k) => [k / 10, 1 - k / 7]),
    duration: 1,
    readout: { every: 0.25 },
    shots: SHOTS,
    seed: 8,
    ...options,
  });
};

const ramps = {
  coupling: [
    [0, 0.2],
    [0.5, 1],
    [0.5, 0.5],
  ],
  quartic: [
    [0, 0.5],
    [1, 2],
  ],
};
const cases: [string, Record<string, unknown>][] = [
  ['strang', {}],
  ['strang with ramps', { controls: ramps }],
  ['strang with wells that differ', { wells: { quadratic: [1, 2, 0, 1, -1, 1, 1], quartic: 1 } }],
  [
    'strang with wells that differ under ramps',
    {
      wells: { quadratic: [1, 2, 0, 1, -1, 1, 1], quartic: 1 },
      controls: { coupling: ramps.coupling },
    },
  ],
  ['exact', { wells: { quadratic: 6, quartic: 0 }, controls: { coupling: ramps.coupling } }],
  ['few memories in modes', { couplings: { kind: 'coo', entries: [[0, 2, 1.5]] } }],
  ['no couplings', { couplings: { kind: 'coo', entries: [] } }],
  ['Euler–Maruyama', { dynamics: { temperature: 0, integrator: 'euler-maruyama', dt: 0.01 } }],
  ['Heun', { dynamics: { temperature: 0, integrator: 'heun', dt: 0.01 }, controls: ramps }],
  ['a burn-in', { dynamics: { temperature: 0, burnIn: 0.3, dt: 0.01 } }],
];

describe.each(engines)('shots as columns on %s', (engine) => {
  it.each(cases)(
    'move, work and warm as shots one by one where there is no noise: %s',
    (_, options) => {
      const program = busy({ dynamics: { temperature: 0, dt: 0.01 }, ...options });
      const together = told(simulate, program, engine);
      const names = /^(\S+), 16 shots as columns, float64$/.exec(together.algorithm);
      expect(names).not.toBeNull();
      const name = `${names![1]!}, shot by shot, float64`;
      const alone = told(simulate, program, engine, { algorithm: name });
      expect(alone.algorithm).toBe(name);
      expect(together.states).toHaveLength(alone.states.length);
      together.states.forEach((state, k) =>
        state.forEach((x, i) => expect(Math.abs(x - alone.states[k]![i]!)).toBeLessThan(1e-10)),
      );
      together.rows.forEach((row, k) => {
        const other = alone.rows[k]!;
        for (const key of ['energy', 'work', 'heat', 'overlap'] as const) {
          expect(Math.abs(row[key] - other[key])).toBeLessThan(1e-9);
        }
      });
      together.ledgers.forEach((ledger) => {
        expect(Math.abs(ledger.energyChange - ledger.work + ledger.heat)).toBeLessThan(1e-10);
      });
      expect(Math.abs(together.ledgers[3]!.work)).toBeGreaterThan(1e-3);
    },
  );

  it('draw what is theirs, whichever shots they run beside', () => {
    for (const options of [
      { dynamics: { temperature: 1, dt: 0.01 } },
      { dynamics: { temperature: [1, 2, 1, 1, 2, 1, 2], dt: 0.01 } },
      { dynamics: { temperature: 1, integrator: 'heun', dt: 0.01, burnIn: 0.2 } },
    ]) {
      const program = busy(options);
      const all = told(simulate, program, engine);
      const some = told(simulate, program, engine, { firstShot: 5, shots: 3 });
      const readouts = readoutTimes(program).length;
      expect(some.states).toEqual(all.states.slice(5 * readouts, 8 * readouts));
      expect(some.ledgers).toEqual(all.ledgers.slice(5, 8));
      expect(all.states[readouts]).not.toEqual(all.states[0]);
    }
  });

  it('share heat among baths, which add up and keep the first law', () => {
    const program = busy({
      dynamics: { temperature: [1, 2, 1, 0.5, 2, 1, 2], dt: 0.005 },
      controls: ramps,
    });
    for (const ledger of told(simulate, program, engine).ledgers) {
      expect(ledger.bathHeat).toHaveLength(3);
      expect(Math.abs(ledger.bathHeat.reduce((a, b) => a + b, 0) - ledger.heat)).toBeLessThan(1e-9);
      expect(Math.abs(ledger.energyChange - ledger.work + ledger.heat)).toBeLessThan(1e-9);
      const [one, two, half] = ledger.bathHeat;
      expect(ledger.mediumEntropy).toBeCloseTo(entropyOf(one!, two!, half!), 9);
    }
    function entropyOf(...heats: number[]): number {
      // Baths stand in the order of their temperatures.
      return heats.reduce((sum, heat, b) => sum + heat / [0.5, 1, 2][b]!, 0);
    }
  });

  it('say which site of which shot has left the range of a step', () => {
    const program = busy({
      dynamics: { temperature: 0, integrator: 'euler-maruyama', dt: 0.01 },
      clamped: [],
      inputs: [],
      initial: { kind: 'pattern', values: [0, 0, 0, 5, 0, 0, 0] },
    });
    expect(() => told(simulate, program, engine)).toThrow(
      /shot 0: at t = 0 site 3 is at 5, .*would diverge/,
    );
  });
});

describe('choice of an algorithm for a circuit', () => {
  it('goes by the number of shots and by what their readouts take', () => {
    const of = (
      shots: number,
      options: Record<string, unknown> = {},
    ): ReturnType<typeof columnsOf> => columnsOf(busy({ shots, inputs: [[0, 0]], ...options }), 5);
    expect(of(7)).toBeNull();
    expect(of(8)).toEqual({ shots: 16, everyState: true });
    expect(of(256)).toEqual({ shots: 32, everyState: true });
    expect(of(5000)).toEqual({ shots: 64, everyState: true });
    // 2·10⁵ readouts of 7 sites: 16 shots' states take 180 MB, without them 100 MB.
    const long = busy({ shots: 64, inputs: [[0, 0]], references: [] });
    expect(columnsOf(long, 200_000)).toEqual({ shots: 16, everyState: false });
    const recorded = busy({
      ...{ shots: 64, inputs: [[0, 0]], references: [] },
      readout: { every: 0.25, channels: ['state'] },
    });
    expect(columnsOf(recorded, 200_000)).toBeNull();
  });

  it('takes names that it could have told, and lists them where it does not know one', () => {
    expect(() => told(simulate, busy(), 'reference', { algorithm: 'sorcery' })).toThrow(
      /cannot be run by 'sorcery'/,
    );
  });
});
