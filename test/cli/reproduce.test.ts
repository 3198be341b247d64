import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { REPRODUCTIONS, type ReproducedItem } from '../../src/reproduce/index.js';
import { temporaryFolder } from '../../src/lab/temporary-folder.test-support.js';
import { RelaxdCommand, type Answer } from '../support/relaxd-command.js';

const folder = temporaryFolder();

const reproduce = (...args: string[]): Promise<Answer> =>
  new RelaxdCommand(folder).call('reproduce', ...args);

describe('relaxd reproduce', () => {
  it('lists what there is, as a table and as JSON', async () => {
    const table = await reproduce('--list');
    expect(table.exit).toBe(0);
    for (const { name } of REPRODUCTIONS) expect(table.out).toContain(name);
    const { items } = JSON.parse((await reproduce('--list', '--json')).out) as {
      items: { name: string }[];
    };
    expect(items.map((item) => item.name)).toEqual(REPRODUCTIONS.map((item) => item.name));
  });

  it('names what there is where a name is wrong', async () => {
    const { exit, err } = await reproduce('capacity', '--quick');
    expect(exit).toBe(2);
    expect(err).toContain('hopfield-capacity');
  });

  it('holds where a quick sample is small and the device has to be set up for it', async () => {
    // Clouds of finite size in place of points put the entropy of eight spins a whole nat too high.
    const { exit, out } = await reproduce('ramp-entropy', '--quick', '--json');
    const { items } = JSON.parse(out) as { items: ReproducedItem[] };
    const [fast] = items[0]!.quantities.filter(({ name }) => name.startsWith('8 spins'));
    expect(Math.abs(fast!.value! - 2.33)).toBeLessThan(0.6);
    expect(items[0]!.quantities.filter(({ holds }) => holds !== true)).toEqual([]);
    expect(exit).toBe(0);
  }, 60_000);

  it('writes a figure and its numbers, and answers with the quantities of the contract', async () => {
    const { exit, out } = await reproduce('merging', '--quick', '--json', '--out', 'figures');
    expect(exit).toBe(0);
    const { items } = JSON.parse(out) as { items: ReproducedItem[] };
    expect(items.map((item) => item.name)).toEqual(['merging']);
    const [item] = items;
    expect(item!.quantities.length).toBeGreaterThan(4);
    for (const quantity of item!.quantities) {
      expect(Object.keys(quantity).sort()).toEqual(
        [
          'name',
          'value',
          'standardError',
          'expected',
          'tolerance',
          'class',
          'source',
          'holds',
        ].sort(),
      );
      expect(quantity.holds, quantity.name).toBe(true);
    }
    const svg = readFileSync(join(folder, item!.figure), 'utf8');
    expect(svg).toMatch(/^<\?xml/);
    expect(svg).toContain('Hamming distance');
    expect(svg).not.toContain('NaN');
    expect(svg).not.toContain('undefined');
    const numbers = JSON.parse(readFileSync(join(folder, 'figures', 'merging.json'), 'utf8')) as {
      origin: string;
      quick: boolean;
      quantities: unknown[];
      data: { rows: unknown[] };
    };
    expect(numbers.origin).toBe('emulator');
    expect(numbers.quick).toBe(true);
    expect(numbers.data.rows.length).toBeGreaterThan(4);
    // The same seed gives the same numbers, whatever the threads' order.
    const again = JSON.parse(
      (await reproduce('merging', '--quick', '--json', '--out', 'again')).out,
    ) as { items: ReproducedItem[] };
    expect(again.items[0]!.quantities).toEqual(item!.quantities);
  });
});
