import { describe, expect, it } from 'vitest';
import { ENGINES } from '../../core/index.js';
import { engineMissing, openEngine } from '../index.js';
import { PEAK_NUMBERS, readAll, spinFma } from './peak.js';

const here = ENGINES.filter((kind) => engineMissing(kind) === null);

describe('peak of the machine', () => {
  it.each(here)('is measured by chains that really run: %s', (kind) => {
    const engine = openEngine(kind);
    const numbers = engine.arena.float32(PEAK_NUMBERS);
    numbers.fill(0.5, 0, 4).fill(1, 4, 8).fill(10, 8, 12);
    const few = spinFma(engine, numbers, 3);
    // x ← x/2 + 1 from 10: 6, 4, 3; the sum over the chains tells how many there are.
    const lanes = kind === 'native' ? 16 : kind === 'wasm' ? 4 : 1;
    expect((numbers[16]! / 3) * lanes * 2 * 3).toBe(few);
  });

  it.each(here)('is measured by reading every word: %s', (kind) => {
    const engine = openEngine(kind);
    const words = engine.arena.int32(4096).map((_, i) => (i * 2654435761) | 0) as Int32Array;
    const inArena = engine.arena.int32(4096);
    inArena.set(words);
    expect(readAll(engine, inArena)).toBe(words.reduce((a, b) => (a + b) | 0, 0));
  });
});
