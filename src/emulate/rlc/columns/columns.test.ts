import { describe, expect, it } from 'vitest';
import { ENGINES, RandomStream } from '../../../core/index.js';
import { readoutTimes } from '../../../device/index.js';
import {
  engineMissing,
  fillNormal,
  GROUP,
  LANE_STATE,
  openEngine,
  seedShotLanes,
} from '../../../kernels/index.js';
import { rlcCircuit, type RlcOptions } from '../../../../test/support/rlc.js';
import type { RlcProgram } from '../realise-rlc.js';
import { makeRlcIntegrator } from '../rlc-integrators.js';
import { RlcPlan } from '../rlc-plan.js';
import { simulate } from '../simulate-rlc.js';
import { told } from '../../langevin/columns/told.test-support.js';

const engines = ENGINES.filter((kind) => engineMissing(kind) === null);
const SITES = 7;
const SHOTS = 19;

const entriesOf = (sites: number, scale: number): number[][] => {
  const stream = RandomStream.of(3, 'disorder');
  const entries: number[][] = [];
  for (let i = 0; i < sites; i++) {
    for (let j = 0; j < i; j++) entries.push([i, j, scale * stream.normal()]);
  }
  return entries;
};

/** A network with everything that can vary, and clamped sites that differ from shot to shot. */
const busy = (options: Record<string, unknown> = {}, more: RlcOptions = {}): RlcProgram =>
  rlcCircuit(
    {
      sites: SITES,
      couplings: { kind: 'coo', entries: entriesOf(SITES, 0.5) },
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
    },
    more,
  );

/** Couplings of two memories among enough cells that products go through the modes. */
const memories = (sites = 64): Record<string, unknown> => {
  const stream = RandomStream.of(5, 'disorder');
  const [a, b] = [1, 2].map(() => Array.from({ length: sites }, () => stream.sign()));
  const data = new Float64Array(sites * sites).map((_, k) => {
    const [i, j] = [Math.floor(k / sites), k % sites];
    return i === j ? 0 : (a![i]! * a![j]! + b![i]! * b![j]!) / sites;
  });
  return {
    sites,
    couplings: { kind: 'dense', data: [...data] },
    fields: Array.from({ length: sites }, () => stream.normal()),
    ...{ references: [], drives: [], clamped: [3], inputs: [[0.5]] },
  };
};

const ramps = {
  coupling: [
    [0, 0.2],
    [0.5, 1],
    [0.5, 0.5],
  ],
  quadratic: [
    [0, 1],
    [0.7, -0.5],
  ],
  quartic: [
    [0, 0.5],
    [1, 2],
  ],
};
const cold = { temperature: 0, dt: 0.025 };
const linear = { wells: { quadratic: 6, quartic: 0 } };
const unlike: RlcOptions = {
  components: { resistanceOhm: [1e3, 2e3, 1e3, 3e3, 1e3, 5e2, 1e3] },
};
type Case = [string, Record<string, unknown>, RlcOptions?];
const cases: Case[] = [
  ['baoab', {}],
  ['baoab, every control ramped', { controls: ramps }],
  ['baoab, fields and wells ramped', { controls: { quartic: ramps.quartic } }],
  ['baoab, dense couplings', memories()],
  ['baoab, resistors that differ', {}, unlike],
  ['baoab, a burn-in', { dynamics: { ...cold, burnIn: 0.3 } }],
  ['euler-maruyama', { dynamics: { ...cold, integrator: 'euler-maruyama', dt: 0.01 } }],
  ['exact', { ...linear, controls: { coupling: ramps.coupling } }],
  ['exact, wells that differ', { wells: { quadratic: [6, 7, 5, 6, 4, 6, 6], quartic: 0 } }],
  ['exact, few modes', { ...memories(), ...linear }],
  ['exact, no couplings', { ...linear, couplings: { kind: 'coo', entries: [] } }],
  ['exact, resistors that differ', linear, unlike],
];

describe.each(engines)('shots of an underdamped circuit as columns on %s', (engine) => {
  it.each(cases)(
    'move, work and warm as shots one by one where there is no noise: %s',
    (what, options, more) => {
      const program = busy({ dynamics: cold, ...options }, more);
      const together = told(simulate, program, engine);
      const [name] = what.split(',');
      expect(together.algorithm).toBe(`${name!}, 16 shots as columns, float64`);
      const alone = told(simulate, program, engine, {
        algorithm: `${name!}, shot by shot, float64`,
      });
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
      together.ledgers.forEach((ledger, k) => {
        expect(Math.abs(ledger.energyChange - ledger.work + ledger.heat)).toBeLessThan(1e-10);
        expect(Math.abs(ledger.heat - alone.ledgers[k]!.heat)).toBeLessThan(1e-9);
      });
      expect(Math.abs(together.ledgers[3]!.heat)).toBeGreaterThan(1e-3);
    },
  );

  const warm = { temperature: 0.7, dt: 0.0625 };
  const noisy: Case[] = [
    ['baoab', {}],
    ['euler-maruyama', { dynamics: { ...warm, integrator: 'euler-maruyama' } }],
    ['exact, all modes', linear],
    ['exact, few modes', { ...memories(), ...linear }],
    ['exact, resistors that differ', linear, unlike],
    [
      'exact, a temperature a site',
      { ...linear, dynamics: { ...warm, temperature: [1, 2, 1, 0.5, 2, 1, 2] } },
    ],
  ];
  it.each(noisy)(
    'take the steps of shots one by one with the noise of their lanes: %s',
    (_, options, more) => {
      const program = busy(
        { dynamics: warm, drives: [], duration: 0.5, readout: { every: 0.5 }, ...options },
        more,
      );
      const { states } = told(simulate, program, engine);
      for (let shot = 0; shot < SHOTS; shot += 6) {
        const wanted = steppedAlone(program, shot);
        const got = states[2 * shot + 1]!;
        wanted.forEach((x, i) => expect(Math.abs(got[i]! - x)).toBeLessThan(1e-11));
      }
    },
  );

  it('draw what is theirs, whichever shots they run beside', () => {
    for (const options of [
      { dynamics: { temperature: 1, dt: 0.01 } },
      { dynamics: { temperature: [1, 2, 1, 1, 2, 1, 2], dt: 0.01 } },
      { dynamics: { temperature: 1, integrator: 'euler-maruyama', dt: 0.01, burnIn: 0.2 } },
      { ...linear, initial: { kind: 'equilibrium' } },
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

  it('share heat among baths, velocities included, and keep the first law', () => {
    const program = busy({
      dynamics: { temperature: [1, 2, 1, 0.5, 2, 1, 2], dt: 0.02 },
      controls: ramps,
    });
    for (const ledger of told(simulate, program, engine).ledgers) {
      expect(ledger.bathHeat).toHaveLength(3);
      expect(Math.abs(ledger.bathHeat.reduce((a, b) => a + b, 0) - ledger.heat)).toBeLessThan(1e-9);
      expect(Math.abs(ledger.energyChange - ledger.work + ledger.heat)).toBeLessThan(1e-9);
      // Baths stand in the order of their temperatures.
      const entropy = ledger.bathHeat.reduce((sum, heat, b) => sum + heat / [0.5, 1, 2][b]!, 0);
      expect(ledger.mediumEntropy).toBeCloseTo(entropy, 9);
    }
  });

  it('share heat bath by bath as shots one by one do', () => {
    // Without noise in the moving sites: the heat of friction, and what couplings carry.
    const program = busy({ dynamics: { ...cold, temperature: 0 } }, unlike);
    const hot = { ...program, dynamics: { ...program.dynamics, temperature: hotSites(0, 1e-300) } };
    const together = told(simulate, hot, engine).ledgers;
    const alone = told(simulate, hot, engine, {
      algorithm: 'baoab, shot by shot, float64',
    }).ledgers;
    together.forEach((ledger, k) => {
      expect(ledger.bathHeat).toHaveLength(2);
      ledger.bathHeat.forEach((heat, b) => {
        expect(Math.abs(heat - alone[k]!.bathHeat[b]!)).toBeLessThan(1e-9);
        expect(Math.abs(heat)).toBeGreaterThan(1e-3);
      });
    });
  });

  it('say which site of which shot has left the range of a step', () => {
    const program = busy({
      dynamics: { temperature: 0, dt: 0.1 },
      ...{ clamped: [], inputs: [] },
      initial: { kind: 'pattern', values: [0, 0, 0, 5, 0, 0, 0] },
    });
    expect(() => told(simulate, program, engine)).toThrow(
      /shot 0: at t = 0 site 3 is at 5, .*baoab with dt = 0.08333333333333333 would diverge/,
    );
  });

  it('and that wells do not hold the couplings', () => {
    const program = busy({
      wells: { quadratic: -9, quartic: 0 },
      dynamics: { temperature: 1, dt: 0.5 },
      duration: 500,
      readout: {},
    });
    expect(() => told(simulate, program, engine)).toThrow(
      /site 0 is no longer finite at t = .*exact/,
    );
  });
});

/** Two temperatures, of even and of odd sites. */
const hotSites = (even: number, odd: number): Float64Array =>
  Float64Array.from({ length: SITES }, (_, i) => (i % 2 === 0 ? even : odd));

/** A shot moved by the integrator for one, with the numbers that its lane has as a column. */
function steppedAlone(program: RlcProgram, shot: number): Float64Array {
  const engine = openEngine('reference');
  const plan = new RlcPlan(program, readoutTimes(program));
  const integrator = makeRlcIntegrator(engine, plan.integrator, plan.setting);
  const { sites } = plan.potential;
  const [z, v] = [engine.arena.float64(sites), engine.arena.float64(sites)];
  plan.states.place(shot, z);
  plan.startVelocities(shot, v);
  const lanes = engine.arena.uint32(LANE_STATE);
  const first = Math.floor(shot / GROUP) * GROUP;
  seedShotLanes(lanes, program.seed, 'dynamics', first);
  const rows = engine.arena.float32(sites * GROUP);
  const noise = engine.arena.float64(sites * integrator.noisePerSite);
  const [segment] = plan.protocol.segments;
  integrator.restart();
  integrator.prepare(segment!.dt, segment!.start);
  for (let s = 0; s < segment!.steps; s++) {
    for (let part = 0; part < integrator.noisePerSite; part++) {
      fillNormal(engine, lanes, rows);
      for (let i = 0; i < sites; i++) noise[part * sites + i] = rows[i * GROUP + (shot - first)]!;
    }
    integrator.advance(z, v, noise);
  }
  return Float64Array.from(plan.states.scatter(z));
}
