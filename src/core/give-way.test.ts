import { once } from 'node:events';
import { getPriority } from 'node:os';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { compiledUrl } from './module-url.js';

const GIVES_WAY = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { getPriority } = require('node:os');
  const before = getPriority(0);
  import(workerData).then(({ giveWay }) => {
    giveWay();
    parentPort.postMessage([before, getPriority(0)]);
  });
`;

describe.skipIf(process.platform !== 'linux')('giveWay', () => {
  it('lets a thread that computes stand back, and that thread alone', async () => {
    const usual = getPriority(0);
    const worker = new Worker(GIVES_WAY, {
      eval: true,
      workerData: compiledUrl(import.meta.url, './give-way.js').href,
    });
    const [[before, after]] = (await once(worker, 'message')) as [[number, number]];
    await worker.terminate();
    expect(before).toBe(usual);
    expect(after).toBe(Math.min(19, usual + 5));
    expect(getPriority(0)).toBe(usual);
  });
});
