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
/** Bytes a step; a list or a view for each step would be ten times as much. Boards and columns: a step of 16 shots. */
const MOST_BYTES = 12;
/** A descent at fidelity discrete is over after some tens of flips: its whole shot counts, whose start (streams, readouts) makes 4 to 17 kB. */
const WHOLE_SHOTS = 'cavity-qed: discrete';
const MOST_BYTES_A_SHOT = 32 * 1024;
/** Boards that drift are warmed shot by shot at every step of a ramp: up to two numbers for each of 16 shots, and some of the step. */
const SHOT_BY_SHOT = 'rc-langevin: board under a ramp';
const MOST_BYTES_OF_SHOTS = 768;
/**
 * Where some numbers a step are still passed as objects: circuits whose knobs move at each step or whose heat is told apart at
 * each step, and decisions that ask a model for the field of one site.
 */
const SOME_NUMBERS = /temperatures of sites$|under a ramp$|: memoryless$/;
const MOST_BYTES_OF_SOME = 128;
/** What holds in plain TypeScript, too; other reference kernels pass numbers from function to function. */
const IN_PLAIN = ['glauber: in parallel', 'spiking: '];
const root = fileURLToPath(new URL('../..', import.meta.url));

describe('a simulator', () => {
  it('keeps nothing of a step on the heap, and allocates nothing for a step in compiled kernels', async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--expose-gc', 'test/support/allocations.mjs', defaultEngine()],
      { cwd: root },
    );
    const profiles = JSON.parse(stdout) as Profile[];
    expect(profiles.length).toBeGreaterThan(25);
    for (const { name, kept, bytes, steps, top } of profiles) {
      expect(kept, name).toBeLessThan(64 * 1024);
      const plain = defaultEngine() === 'reference';
      if (plain && !IN_PLAIN.some((what) => name.startsWith(what))) continue;
      const most = name.startsWith(WHOLE_SHOTS)
        ? MOST_BYTES_A_SHOT
        : name === SHOT_BY_SHOT
          ? MOST_BYTES_OF_SHOTS
          : SOME_NUMBERS.test(name)
            ? MOST_BYTES_OF_SOME
            : MOST_BYTES;
      expect(bytes / steps, `${name}: ${JSON.stringify(top)}`).toBeLessThan(most);
    }
  }, 300_000);
});
