import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { RunComparison, SweepDocument } from '../../src/lab/index.js';
import { temporaryFolder } from '../../src/lab/temporary-folder.test-support.js';
import { RelaxdCommand } from '../support/relaxd-command.js';
import { ServiceProcess } from '../support/service-process.js';

const folder = temporaryFolder();
let service: ServiceProcess | undefined;
afterEach(async () => {
  await service?.end('SIGKILL');
  service = undefined;
});

const command = new RelaxdCommand(folder);
const relaxd = command.call.bind(command);
const sweep = {
  kind: 'sweep',
  base: { kind: 'retrieve', device: 'glauber', memories: 'letters:A,B,C', corrupt: 0.1, shots: 10 },
  axes: [
    { path: 'temperature', values: [0.1, 1] },
    { path: 'rule', values: ['hebb', 'projection'] },
  ],
  seed: 3,
};
writeFileSync(join(folder, 'sweep.json'), JSON.stringify(sweep));

/** What two sweeps of one seed have in common: everything but who and how long. */
const numbers = ({ rows }: SweepDocument): unknown =>
  rows.map(({ job: _job, run: _run, durationS: _durationS, ...rest }) => rest);

describe('relaxd sweep', () => {
  it('gives the same rows in its own process and by a service, which exports them and compares their runs', async () => {
    const here = await relaxd('sweep', 'sweep.json', '--json');
    expect([here.exit, here.err]).toEqual([0, '']);
    const document = JSON.parse(here.out) as SweepDocument;
    expect(document.counts).toMatchObject({ points: 4, completed: 4 });
    expect(document.rows[1]).toMatchObject({
      values: { temperature: 0.1, rule: 'projection' },
      success: { mean: 1, sem: 0 },
    });
    service = await ServiceProcess.start(join(folder, 'data'));
    const url = ['--url', service.address];
    const there = await relaxd('sweep', 'sweep.json', '--json', ...url);
    expect(there.exit).toBe(0);
    const done = JSON.parse(there.out) as SweepDocument;
    expect(numbers(done)).toEqual(numbers(document));
    const csv = await relaxd('export', done.job, '--format', 'csv', '--out', 's.csv', ...url);
    expect([csv.exit, csv.err]).toEqual([0, '']);
    const lines = readFileSync(join(folder, 's.csv'), 'utf8').trim().split('\n');
    expect(lines[0]).toMatch(/^point,temperature,rule,device,state,/);
    expect(lines).toHaveLength(5);
    const [a, b] = done.rows.map(({ run }) => run!);
    const compared = await relaxd('compare', a!, b!, '--json', ...url);
    const comparison = JSON.parse(compared.out) as RunComparison;
    expect(comparison.identical).toBe(false);
    expect(comparison.differences.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['seed', 'program.rule']),
    );
    const shown = await relaxd('compare', a!, a!, ...url);
    expect(shown.out).toContain('identical bytes');
    const plain = await relaxd('sweep', 'sweep.json', '--engine', 'reference', '--json', ...url);
    const [first] = (JSON.parse(plain.out) as SweepDocument).rows;
    const engines = await relaxd('compare', a!, first!.run!, '--json', ...url);
    expect((JSON.parse(engines.out) as RunComparison).b.engine).toBe('reference');
  }, 90_000);

  it('shows a table and a plot to a person, and takes devices as one more axis', async () => {
    const one = await relaxd('sweep', 'sweep.json');
    expect(one.exit).toBe(0);
    expect(one.out).toMatch(/4 points: 4 completed · seed 3/);
    expect(one.out).toMatch(/against temperature/);
    const many = await relaxd('sweep', 'sweep.json', '--device', 'glauber,null', '--json');
    expect((JSON.parse(many.out) as SweepDocument).rows.map(({ device }) => device)).toEqual([
      'glauber',
      'null',
      'glauber',
      'null',
      'glauber',
      'null',
      'glauber',
      'null',
    ]);
  }, 90_000);

  it('refuses what is no sweep, and says all that is wrong with one', async () => {
    writeFileSync(join(folder, 'none.json'), '{"axes":[]}');
    const none = await relaxd('sweep', 'none.json');
    expect([none.exit, none.err]).toEqual([2, expect.stringMatching(/is no sweep/)]);
    const axes = [
      { path: 'temprature', values: [1] },
      { path: 'corrupt', values: [0.1, 2] },
    ];
    writeFileSync(join(folder, 'wrong.json'), JSON.stringify({ ...sweep, axes }));
    const wrong = await relaxd('sweep', 'wrong.json');
    expect(wrong.exit).toBe(2);
    expect(wrong.err).toMatch(/axes\[0\]\.path: 'temprature' leads nowhere/);
    expect(wrong.err).toMatch(/axes\[1\]\.values\[1\]: 2 is above 1/);
  }, 60_000);
});
