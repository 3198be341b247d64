import { describe, expect, it } from 'vitest';
import type { SampleChunk } from '../../device/index.js';
import { KEPT_BYTES, RunRows } from './run-rows.js';

const chunk = (firstRow: number, rows: number): SampleChunk => ({
  firstRow,
  rows,
  shot: new Int32Array(rows),
  step: new Int32Array(rows),
  t: new Float64Array(rows),
  energy: null,
  work: null,
  heat: null,
  overlaps: null,
  stateRows: new Int32Array(),
  state: new Int8Array(),
});

function counted(rows: number) {
  let reads = 0;
  const runRows = new RunRows({
    samples: async (run, { fromRow = 0 } = {}) => {
      reads++;
      return { run, chunks: rows === 0 ? [] : [chunk(fromRow, rows)], nextRow: null };
    },
    thinSamples: async () => {
      reads++;
      return { every: 7, chunks: [chunk(3, rows)] };
    },
  });
  return { runRows, reads: () => reads };
}

describe('RunRows', () => {
  it('reads what several viewers want once, also while it is being read', async () => {
    const { runRows, reads } = counted(10);
    const [one, other] = await Promise.all([runRows.from('a', 5, 10), runRows.from('a', 5, 10)]);
    expect(await runRows.from('a', 5, 10)).toBe(one);
    expect(other).toBe(one);
    expect(one).toMatchObject([{ firstRow: 5, rows: 10, every: 1 }]);
    expect(reads()).toBe(1);
    await runRows.from('b', 5, 10);
    await runRows.from('a', 15, 10);
    expect(await runRows.thinned('a', 3, 100, 10)).toMatchObject([{ firstRow: 3, every: 7 }]);
    expect(reads()).toBe(4);
  });

  it('asks again where there was nothing yet, and where it could not be read', async () => {
    const { runRows, reads } = counted(0);
    expect(await runRows.from('a', 0, 10)).toEqual([]);
    expect(await runRows.from('a', 0, 10)).toEqual([]);
    expect(reads()).toBe(2);
    let tries = 0;
    const failing = new RunRows({
      samples: async () => Promise.reject(new Error(`try ${++tries}`)),
      thinSamples: async () => Promise.reject(new Error('never asked')),
    });
    await expect(failing.from('a', 0, 1)).rejects.toThrow('try 1');
    await expect(failing.from('a', 0, 1)).rejects.toThrow('try 2');
  });

  it('keeps no more than it may', async () => {
    const rows = 10_000;
    const { runRows, reads } = counted(rows);
    const bytes = (await runRows.from('a', 0, rows))[0]!.bytes.length;
    const most = Math.ceil(KEPT_BYTES / bytes) + 1;
    for (let k = 1; k <= most; k++) await runRows.from('a', k * rows, rows);
    const before = reads();
    await runRows.from('a', most * rows, rows);
    expect(reads()).toBe(before);
    await runRows.from('a', 0, rows);
    expect(reads()).toBe(before + 1);
  });
});
