import { describe, expect, it } from 'vitest';
import { paceReads } from './paced-reads.js';

/** A port with a byte for each millisecond since it was last read, at least one. */
function port() {
  let lastMs = performance.now();
  const reader = {
    reads: 0,
    fails: false,
    async read(buffer: Buffer, _offset: number, _length: number) {
      this.reads++;
      if (this.fails) throw new Error('gone');
      const nowMs = performance.now();
      const bytesRead = Math.max(1, Math.floor(nowMs - lastMs));
      lastMs = nowMs;
      return { buffer, bytesRead };
    },
  };
  return reader;
}

describe('paced reads', () => {
  it('take what streams in pieces of 4 ms, and read at once after a pause', async () => {
    const reader = port();
    paceReads(reader);
    const buffer = Buffer.alloc(1);
    const startMs = performance.now();
    for (let k = 0; k < 25; k++) await reader.read(buffer, 0, 1);
    const tookMs = performance.now() - startMs;
    // Timers do not ring before their time, but for what rounding takes of it.
    expect(tookMs).toBeGreaterThan(24 * 3);
    await new Promise((resolve) => setTimeout(resolve, 10));
    const order: string[] = [];
    const reading = reader.read(buffer, 0, 1).then(() => order.push('read'));
    setImmediate(() => order.push('later'));
    await reading;
    await new Promise((resolve) => setImmediate(resolve));
    expect(order[0]).toBe('read');
  });

  it('pass on what a read throws, and rest after it too', async () => {
    const reader = port();
    paceReads(reader);
    reader.fails = true;
    const startMs = performance.now();
    for (let k = 0; k < 5; k++) {
      await expect(reader.read(Buffer.alloc(1), 0, 1)).rejects.toThrow('gone');
    }
    expect(performance.now() - startMs).toBeGreaterThan(4 * 3);
    expect(reader.reads).toBe(5);
  });
});
