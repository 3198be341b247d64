import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { defaultEngine } from '../../src/kernels/index.js';

interface Profile {
  readonly name: string;
  readonly algorithm: string | null;
  readonly steps: number;
  readonly bytes: number;
  readonly kept: number;
  readonly top: readonly (readonly [where: string, bytes: number])[];
}
/** Plain TypeScript, step by step, where numbers that functions return are objects now and then. */
const PLAIN = ['glauber: in parallel', 'spiking: '];
/** Bytes a step; a list or a view for each step would be ten times as much. */
const MOST_BYTES = 12;
const root = fileURLToPath(new URL('../..', import.meta.url));

describe('a simulator', () => {
  it('keeps nothing of a step on the heap, and allocates nothing for a step in compiled kernels', async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--expose-gc', 'test/support/allocations.mjs', defaultEngine()],
      { cwd: root },
    );
    const profiles = JSON.parse(stdout) as Profile[];
    expect(profiles.length).toBeGreaterThan(12);
    for (const { name, kept, bytes, steps, top } of profiles) {
      expect(kept, name).toBeLessThan(64 * 1024);
      if (defaultEngine() === 'reference' || PLAIN.some((what) => name.startsWith(what))) continue;
      expect(bytes / steps, `${name}: ${JSON.stringify(top)}`).toBeLessThan(MOST_BYTES);
    }
  }, 300_000);
});
