import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ENGINES, RandomStream, type EngineKind } from '../../core/index.js';
import { engineMissing, openEngine } from '../index.js';
import { hopfieldNetwork, retrieve } from './retrieve.js';

const here = ENGINES.filter((kind) => engineMissing(kind) === null);

function ends(kind: EngineKind, shape: readonly [number, number, number], plus: boolean): unknown {
  const [sites, memories, seed] = shape;
  const engine = openEngine(kind);
  const stream = RandomStream.of(seed, 'disorder', 0);
  const signs = (): Int8Array => Int8Array.from({ length: sites }, () => stream.sign());
  const network = hopfieldNetwork(engine.arena, Array.from({ length: memories }, signs));
  const cues = 5;
  const states = engine.arena.int8(cues * network.stride).fill(1);
  for (let cue = 0; cue < cues; cue++) states.set(signs(), cue * network.stride);
  const sweeps = engine.arena.int32(cues);
  retrieve(engine, network, states, plus, 100, sweeps);
  return { states: Array.from(states), sweeps: Array.from(sweeps) };
}

describe('zero-temperature retrieval', () => {
  it('ends in the same states after the same sweeps on every engine that is here', () => {
    expect(here.length).toBeGreaterThan(1);
    const shapes = fc.tuple(
      fc.constantFrom(1, 2, 7, 16, 33, 63, 64, 65, 100, 129, 200),
      fc.constantFrom(1, 2, 3, 4, 5, 8, 13, 30),
      fc.integer({ min: 1, max: 1000 }),
    );
    fc.assert(
      fc.property(shapes, fc.boolean(), (shape, plus) => {
        const reference = ends('reference', shape, plus);
        for (const kind of here.slice(1)) expect(ends(kind, shape, plus)).toEqual(reference);
      }),
      { numRuns: 60, seed: 2 },
    );
  });

  it('does not take couplings that do not fit', () => {
    const patterns = Array.from({ length: 128 }, () => new Int8Array(20).fill(1));
    expect(() => hopfieldNetwork(openEngine().arena, patterns)).toThrowError(/not small/);
  });
});
