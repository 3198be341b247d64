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
});
