import { describe, expect, it } from 'vitest';
import type { SampleChunk } from '../device/index.js';
import { strideOf } from './record-reader.js';
import { joinChunks, thinChunk } from './thin-chunk.js';

const shape = { sites: 2, references: 3 };

/** Every number of it tells its row. @param states every how many-th row carries one */
function chunkOf(firstRow: number, rows: number, states: number, energy = true): SampleChunk {
  const row = (k: number): number => firstRow + k;
  const stateRows = Int32Array.from(
    Array.from({ length: rows }, (_, k) => k).filter((k) => row(k) % states === 0),
  );
  const floats = (scale: number): Float64Array =>
    Float64Array.from({ length: rows }, (_, k) => scale * row(k));
  return {
    firstRow,
    rows,
    shot: Int32Array.from({ length: rows }, (_, k) => row(k)),
    step: Int32Array.from({ length: rows }, (_, k) => 2 * row(k)),
    t: floats(1),
    energy: energy ? floats(-1) : null,
    work: null,
    heat: floats(0.5),
    overlaps: Float64Array.from({ length: 3 * rows }, (_, k) => row(Math.floor(k / 3)) + (k % 3)),
    stateRows,
    state: Float64Array.from({ length: 2 * stateRows.length }, (_, k) => row(stateRows[k >> 1]!)),
  };
}

describe('thinned rows', () => {
  it.each([
    [1, 0, 3],
    [3, 2, 2],
    [5, 0, 1],
    [40, 7, 5],
  ])('every %i-th row from %i on is what it was', (every, first, states) => {
    const thin = thinChunk(chunkOf(100, 30, states), first, every, shape);
    const rows = Array.from({ length: thin.rows }, (_, k) => 100 + first + k * every);
    expect(rows.at(-1)).toBeLessThan(130);
    expect(rows.at(-1)! + every).toBeGreaterThanOrEqual(130);
    expect(thin.firstRow).toBe(rows[0]);
    expect(Array.from(thin.shot)).toEqual(rows);
    expect(Array.from(thin.step)).toEqual(rows.map((row) => 2 * row));
    expect(Array.from(thin.energy!)).toEqual(rows.map((row) => -row));
    expect(thin.work).toBeNull();
    expect(Array.from(thin.overlaps!)).toEqual(rows.flatMap((row) => [row, row + 1, row + 2]));
    const carry = rows.filter((row) => row % states === 0);
    expect(Array.from(thin.stateRows, (k) => rows[k])).toEqual(carry);
    expect(Array.from(thin.state)).toEqual(carry.flatMap((row) => [row, row]));
  });

  it('joins chunks as if they had been one', () => {
    const whole = chunkOf(10, 25, 4);
    const parts = [chunkOf(10, 5, 4), chunkOf(15, 11, 4), chunkOf(26, 9, 4)];
    expect(joinChunks(parts, shape)).toEqual(whole);
    const mixed = joinChunks([chunkOf(0, 2, 1), chunkOf(2, 2, 1, false)], shape);
    expect(Array.from(mixed.energy!)).toEqual([-0, -1, NaN, NaN]);
  });

  it('takes a stride under which every readout of a shot has its turn', () => {
    for (const readouts of [1, 2, 60, 101, 1024]) {
      for (const least of [1, 2, 30, 60, 101, 1000]) {
        const every = strideOf(least, readouts);
        expect(every).toBeGreaterThanOrEqual(least);
        const steps = new Set(Array.from({ length: readouts }, (_, k) => (k * every) % readouts));
        expect(steps.size).toBe(readouts);
      }
    }
  });
});
