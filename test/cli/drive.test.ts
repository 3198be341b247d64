import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readTradeOff, type DriveSummary } from '../../src/drive/index.js';
import { temporaryFolder } from '../../src/lab/temporary-folder.test-support.js';
import { RelaxdCommand } from '../support/relaxd-command.js';

const folder = temporaryFolder();

const command = new RelaxdCommand(folder);
const relaxd = command.call.bind(command);
const drive = [
  'drive',
  '--device',
  'glauber',
  '--memories',
  'random:2x1000',
  '--order',
  '3',
  '--temperature',
  '0.3',
  '--accuracy',
  '0.6',
  '--relax',
  '10',
  '--shots',
  '20',
  '--seed',
  '5',
];

describe('relaxd drive', () => {
  it('is within 5 standard errors of theory, twice the same, and draws its courses', async () => {
    const call = [...drive, '--step', '0.5:2', '--json', '--figure', 'drive.svg'];
    const [one, two] = await Promise.all([relaxd(...call), relaxd(...call.slice(0, -2))]);
    expect(one.exit).toBe(0);
    const result = JSON.parse(one.out) as { drive: DriveSummary; warnings: string[] };
    expect((JSON.parse(two.out) as typeof result).drive).toEqual(result.drive);
    const { work, heat, entropyProduction, success, protocol } = result.drive;
    expect(protocol).toEqual([
      [0, 0],
      [0, 0.5],
      [2, 0.5],
      [2, 0],
    ]);
    expect(success.mean).toBe(1);
    for (const { deviation } of [work, heat, entropyProduction]) {
      expect(Math.abs(deviation!)).toBeLessThan(5);
    }
    // The page's example has the members that a result has.
    const page = readFileSync(new URL('../../docs/formats/drive.md', import.meta.url), 'utf8');
    const [, , example] = page.split('```json\n');
    const shown = JSON.parse(example!.split('```')[0]!) as { drive: DriveSummary };
    expect(Object.keys(shown.drive)).toEqual(Object.keys(result.drive));
    const svg = readFileSync(join(folder, 'drive.svg'), 'utf8');
    expect(svg).toMatch(/^<\?xml/);
    expect(svg).toContain('with the target');
    expect(svg).not.toMatch(/NaN|undefined/);
  }, 60_000);

  it('shows courses, theory and their difference to a person', async () => {
    const { out, exit } = await relaxd(...drive, '--triangle', '0.5:4');
    expect(exit).toBe(0);
    expect(out).toMatch(/order 3 on glauber · N = 1000, P = 2, T = 0.3 · from the paramagnet/);
    expect(out).toMatch(/200 wrong sites, drawn once/);
    expect(out).toMatch(/● 0 {2}○ 1 {2}× cue {2}· theory/);
    expect(out).toMatch(/entropy production \(nats\) +[\d.]+ ± [\d.]+ +[\d.]+ +[+−][\d.]+/);
  }, 60_000);

  it.each([
    [['--step', '0.5:2', '--ramp', '1:2'], /one of --protocol, --step/],
    [['--step', '0.5'], /--step 0.5 is not H:T/],
    [['--protocol', '0:1,x:2'], /t:h,t:h/],
    [['--step', '1:1', '--from', '9'], /there is no memory 9/],
    [[], /one of --protocol, --step/],
  ])('%j is a wrong call', async (more, said) => {
    const { exit, err } = await relaxd(...drive, ...more);
    expect(exit).toBe(2);
    expect(err).toMatch(said);
  });

  it('measures the least step beside theory’s', async () => {
    const { out, exit } = await relaxd(
      ...drive,
      '--from',
      '1',
      '--accuracy',
      '0.8',
      '--step',
      '1:5',
      '--minimal',
      '--json',
    );
    expect(exit).toBe(0);
    const { measured, theory } = JSON.parse(out) as {
      measured: { field: number; standardError: number };
      theory: number;
    };
    expect(theory).toBeGreaterThan(0.4);
    expect(Math.abs(measured.field - theory)).toBeLessThan(
      5 * measured.standardError + 0.02 * theory,
    );
  }, 60_000);
});

describe('relaxd explore', () => {
  it('keeps a sweep as one record that is read again, with a front and a figure', async () => {
    const { exit, out } = await relaxd(
      'explore',
      '--devices',
      'glauber,rc-langevin',
      '--orders',
      '2,3',
      '--fields',
      '0.5,1',
      '--durations',
      '1',
      '--sites',
      '40',
      '--shots',
      '6',
      '--seed',
      '2',
      '--out',
      'sweep.json',
      '--figure',
      'sweep.svg',
      '--json',
    );
    expect(exit).toBe(0);
    const document = readTradeOff(JSON.parse(out));
    expect(document).toEqual(
      readTradeOff(JSON.parse(readFileSync(join(folder, 'sweep.json'), 'utf8'))),
    );
    expect(document.rows).toHaveLength(8);
    const refused = document.rows.filter((row) => row.refused != null);
    expect(refused.map(({ device, order }) => [device, order])).toEqual([
      ['rc-langevin', 3],
      ['rc-langevin', 3],
    ]);
    expect(refused[0]!.refused).toMatch(/pairs/);
    for (const { device, rows } of document.front) {
      expect(rows.length).toBeGreaterThan(0);
      for (const k of rows) expect(document.rows[k]!.device).toBe(device);
    }
    expect(readFileSync(join(folder, 'sweep.svg'), 'utf8')).not.toMatch(/NaN|undefined/);
    // The record is a spec too: the same sweep gives the same rows.
    writeFileSync(join(folder, 'again.json'), JSON.stringify(document));
    const again = await relaxd('explore', 'again.json', '--json');
    expect(readTradeOff(JSON.parse(again.out)).rows).toEqual(document.rows);
  }, 90_000);

  it('refuses a list that is none, and a device that is none', async () => {
    const list = await relaxd('explore', '--fields', '1,x');
    expect([list.exit, list.err]).toEqual([2, expect.stringMatching(/no list of numbers/)]);
    const device = await relaxd('explore', '--devices', 'nobody');
    expect([device.exit, device.err]).toEqual([2, expect.stringMatching(/nobody/)]);
  }, 60_000);
});
