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
const root = fileURLToPath(new URL('../..', import.meta.url));

describe('a simulator', () => {
  it('keeps nothing of a step on the heap, and allocates nothing in one where compiled code takes it', async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--expose-gc', 'test/support/allocations.mjs', defaultEngine()],
      { cwd: root },
    );
    const profiles = JSON.parse(stdout) as Profile[];
    expect(profiles.length).toBeGreaterThan(12);
    for (const { name, kept } of profiles) expect(kept, name).toBeLessThan(64 * 1024);
  });
});
