import { describe, expect, it } from 'vitest';
import { ENGINES } from '../../core/index.js';
import { engineMissing, openEngine } from '../index.js';
import { fillUniform } from './fill-uniform.js';
import { LANE_STATE, seedLanes } from './lanes.js';

describe('uniform numbers', () => {
  it('are the same bits on every engine that is here', () => {
    const drawn = ENGINES.filter((kind) => engineMissing(kind) === null).map((kind) => {
      const engine = openEngine(kind);
      const state = engine.arena.uint32(LANE_STATE);
      seedLanes(state, 7, 'dynamics', 3);
      const out = engine.arena.float32(4096);
      fillUniform(engine, state, out);
      return { values: Array.from(out), state: Array.from(state) };
    });
    expect(drawn.length).toBeGreaterThan(1);
    for (const other of drawn) expect(other).toEqual(drawn[0]);
    const { values } = drawn[0]!;
    expect(values.every((u) => u >= 0 && u < 1)).toBe(true);
    expect(values.reduce((a, b) => a + b, 0) / 4096).toBeCloseTo(0.5, 1);
  });
});
