import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { compiledUrl } from '../core/index.js';
import { Arena } from './arena.js';
import type { GrowthTask } from './growing-thread.test-support.js';

describe('an arena', () => {
  it('shows a thread what another one has just made in memory that grew for it', async () => {
    const [threads, turns] = [2, 500];
    const arena = Arena.create();
    const cells = new SharedArrayBuffer(8);
    const url = compiledUrl(import.meta.url, './growing-thread.test-support.js');
    await Promise.all(
      Array.from({ length: threads }, async (_, me) => {
        const workerData: GrowthTask = { memory: arena.memory, cells, me, threads, turns };
        const worker = new Worker(url, { workerData });
        expect(await once(worker, 'message')).toEqual(['done']); // an error of the thread is thrown here
      }),
    );
    expect(new Int32Array(cells)[0]).toBe(turns);
    expect(arena.buffer.byteLength).toBeGreaterThan(turns * 80_000);
  });

  it('is as a new one on the memory of another that nobody uses any more', () => {
    const old = Arena.create();
    const source = old.float64(4).fill(7);
    old.derived(source, 1, () => old.float64(4).byteOffset);
    old.pieceCell(1)!.cells[0] = 5;
    const empty = Arena.create();
    const arena = old.renewed();
    expect(arena.memory).toBe(old.memory);
    expect(arena.isOn(empty.memory)).toBe(false);
    expect(arena.used).toBe(empty.used);
    const again = arena.float64(4);
    expect(again.byteOffset).toBe(source.byteOffset);
    expect([...again]).toEqual([0, 0, 0, 0]);
    let built = 0;
    arena.derived(again, 1, () => ((built += 1), arena.float64(4).byteOffset));
    expect(built).toBe(1);
    expect(arena.pieceCell(1)!.cells[0]).toBe(0);
    arena.enter();
    expect(() => arena.renewed()).toThrow('in use');
  });
});
