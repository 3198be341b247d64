import { describe, expect, it } from 'vitest';
import { ENGINES } from '../../core/index.js';
import { engineMissing, openEngine, type Engine } from '../index.js';
import { fillExponential } from './fill-exponential.js';
import { fillNormal } from './fill-normal.js';
import { LANE_STATE, LANES, seedLanes } from './lanes.js';
import { minusTwoLog, normalCosine, normalRadius, normalSine } from './normal-numbers.js';

const engines = ENGINES.filter((kind) => engineMissing(kind) === null).map((kind) =>
  openEngine(kind),
);

const bitsOf = (values: Float32Array): number[] =>
  Array.from(new Uint32Array(values.slice().buffer));

/** What an engine makes of a state: bits of the numbers and the state afterwards. */
function fill(
  engine: Engine,
  what: typeof fillNormal,
  start: Uint32Array,
  length: number,
): { bits: number[]; state: number[] } {
  const state = engine.arena.uint32(LANE_STATE);
  state.set(start);
  const out = engine.arena.float32(length);
  what(engine, state, out);
  return { bits: bitsOf(out), state: Array.from(state) };
}

function seeded(seed: number): Uint32Array {
  const state = new Uint32Array(LANE_STATE);
  seedLanes(state, seed, 'dynamics', 3);
  return state;
}

/** A state whose lanes draw `first` and then a + rotl(a, 11). */
function drawing(first: number, a: number): Uint32Array {
  const state = new Uint32Array(LANE_STATE);
  for (let lane = 0; lane < LANES; lane++) {
    state[lane] = first;
    state[LANES + lane] = (a ^ first) >>> 0;
    state[2 * LANES + lane] = 1 + lane;
  }
  return state;
}

describe('normal and exponential numbers', () => {
  it.each([16, 32, 48, 4096, 65_536])(
    'are the same bits on every engine (%i of them)',
    (length) => {
      expect(engines.length).toBeGreaterThan(1);
      for (const what of [fillNormal, fillExponential]) {
        const [reference, ...others] = engines.map((engine) =>
          fill(engine, what, seeded(7), length),
        );
        for (const other of others) expect(other).toEqual(reference);
      }
    },
  );

  it('do not depend on the length of the calls that make them, for whole pairs of rows', () => {
    for (const engine of engines) {
      const state = engine.arena.uint32(LANE_STATE);
      state.set(seeded(8));
      const out = engine.arena.float32(320);
      for (const [from, to] of [[0, 32], [32, 160], [160, 320]]) fillNormal(engine, state, out.subarray(from, to)); // prettier-ignore
      expect(bitsOf(out)).toEqual(fill(engine, fillNormal, seeded(8), 320).bits);
    }
  });

  it('are made of edge words as well: finite, at most 6.66 and 22.2', () => {
    const edges = [0, 1, 2, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, 0xffffffff];
    for (const first of edges) {
      for (const a of edges) {
        for (const what of [fillNormal, fillExponential]) {
          const [reference, ...others] = engines.map((engine) =>
            fill(engine, what, drawing(first, a), 32),
          );
          for (const other of others) expect(other).toEqual(reference);
          for (const x of new Float32Array(Uint32Array.from(reference!.bits).buffer)) {
            expect(Math.abs(x)).toBeLessThanOrEqual(what === fillNormal ? 6.661 : 22.19);
          }
        }
      }
    }
    expect(normalRadius(0)).toBeCloseTo(Math.sqrt(2 * Math.log(2 ** 32)), 5);
    expect(normalRadius(0xffffffff)).toBeCloseTo(0, 12);
    expect(normalCosine(0) ** 2 + normalSine(0) ** 2).toBeCloseTo(1, 6);
  });

  it('are Box and Muller’s to 10⁻⁶', () => {
    const words = seeded(9);
    for (let k = 0; k < 20_000; k++) {
      const word = (Math.imul(k, 0x9e3779b1) ^ words[k % LANE_STATE]!) >>> 0;
      const log = -2 * Math.log(((word >>> 1) + 0.5) * 2 ** -31);
      expect(Math.abs(minusTwoLog(word) - log)).toBeLessThan(4e-7 * log + 2e-7);
      const x = (((word << 1) | 0) * Math.PI) / 2 ** 32;
      const sign = word >>> 31 === 1 ? -1 : 1;
      expect(Math.abs(normalCosine(word) - sign * Math.cos(x))).toBeLessThan(1e-6);
      expect(Math.abs(normalSine(word) - Math.sin(x))).toBeLessThan(1e-6);
    }
  });
});
