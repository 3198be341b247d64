import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  annealingEnergy,
  annealingInstance,
  OutsideContestant,
  readOutside,
  type AnnealingInstance,
} from './outside.js';

const python = ((): string | null => {
  try {
    execFileSync('python3', ['--version'], { stdio: 'ignore' });
    return 'python3';
  } catch {
    return null;
  }
})();
const signal = new AbortController().signal;
const instance = annealingInstance(12, 200, 2, 3);

function groundState({ sites, couplings }: AnnealingInstance): number {
  let lowest = Infinity;
  for (let bits = 0; bits < 1 << sites; bits++) {
    const state = Array.from({ length: sites }, (_, i) => ((bits >> i) & 1 ? 1 : -1));
    lowest = Math.min(lowest, annealingEnergy({ couplings }, state));
  }
  return lowest;
}

/** A command that reads everything and prints this. */
const says = (answer: string): OutsideContestant =>
  new OutsideContestant(
    {
      name: 'saying',
      command: `${process.execPath} -e "process.stdin.resume().on('end', () => console.log(process.argv[1]))" '${answer}'`,
    },
    instance,
    signal,
    false,
  );

describe('outside annealers', () => {
  it.skipIf(python === null)(
    'of the documentation find the ground state of a small glass',
    async () => {
      const example = fileURLToPath(new URL('../../bench/examples/annealer.py', import.meta.url));
      const contestant = new OutsideContestant(
        { name: 'plain', command: `${python} ${example}` },
        instance,
        signal,
        false,
      );
      const sample = await contestant.sample();
      expect(sample.figure).toBeCloseTo((1000 * sample.seconds) / 2, 9);
      expect(await contestant.check()).toBeNull();
      expect(contestant.energies[0]! * 12).toBeCloseTo(groundState(instance), 9);
    },
  );

  it('have the energy checked that they state', async () => {
    const state = instance.couplings.slice(0, 12).map(() => 1);
    const wrong = says(JSON.stringify({ energy: -30, seconds: 0.1, state }));
    await wrong.sample();
    expect(await wrong.check()).toMatch(/its state has the energy .*, not -30/);
    const short = says(JSON.stringify({ energy: -30, seconds: 0.1, state: [1, -1] }));
    await short.sample();
    expect(await short.check()).toMatch(/not 12 numbers/);
  });

  it('that do not answer say so', async () => {
    await expect(says('hello').sample()).rejects.toThrow();
    await expect(says('{"energy":-3}').sample()).rejects.toThrow(/did not print/);
    const missing = new OutsideContestant(
      { name: 'missing', command: 'no-such-annealer-here' },
      instance,
      signal,
      false,
    );
    await expect(missing.sample()).rejects.toThrow(/no-such-annealer-here/);
  });

  it('are given as NAME=COMMAND', () => {
    expect(readOutside('mine = ./run --flag=1')).toEqual({
      name: 'mine',
      command: './run --flag=1',
    });
    for (const text of ['mine', '=./run', 'mine=']) {
      expect(() => readOutside(text)).toThrow(/NAME=COMMAND/);
    }
  });
});
