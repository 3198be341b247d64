import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { BenchReport } from '../../src/bench/index.js';
import { temporaryFolder } from '../../src/lab/temporary-folder.test-support.js';
import { RelaxdCommand, type Answer } from '../support/relaxd-command.js';

const folder = temporaryFolder();

const command = new RelaxdCommand(folder);
const together = command.together.bind(command);
const bench = (...args: string[]): Promise<Answer> => command.call('bench', ...args);

const numpy = ['/usr/bin/python3', 'python3'].some((python) => {
  try {
    execFileSync(python, ['-c', 'import numpy'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});

describe('relaxd bench', () => {
  it('answers with the machine and a row an engine, as the contract says', async () => {
    const engines = 'reference,wasm';
    const { exit, out } = await bench(
      'w7',
      '--quick',
      '--engines',
      engines,
      '--peers',
      'none',
      '--json',
    );
    expect(exit).toBe(0);
    const { machine, rows } = JSON.parse(out) as BenchReport;
    expect(machine.peakGflops).toBeGreaterThan(0.1);
    expect(rows.map(({ workload, engine }) => [workload, engine])).toEqual([
      ['W7', 'reference'],
      ['W7', 'wasm'],
    ]);
    for (const row of rows) {
      expect(row.unit).toMatch(/^ns/);
      expect(row.lowerIsBetter).toBe(true);
      expect(row.samples.length).toBeGreaterThanOrEqual(3);
      expect(row.median).toBeGreaterThanOrEqual(Math.min(...row.samples));
      expect(row.median).toBeLessThanOrEqual(Math.max(...row.samples));
      expect(row.fault).toBeNull();
      expect(row.fractionOfPeak).toBeGreaterThan(0);
    }
    const [reference, wasm] = rows;
    expect(reference!.ratioTo).toBeNull();
    expect(wasm!.ratioTo!.engine).toBe('reference');
    expect(wasm!.ratioTo!.ratio).toBeCloseTo(reference!.median / wasm!.median, 9);
    expect(wasm!.gflops! / reference!.gflops!).toBeCloseTo(wasm!.ratioTo!.ratio, 6);
  });

  it('runs a built-in retrieval, and says why one is not possible', async () => {
    const names = ['letters-8@glauber', 'pictures@rc-langevin'];
    const { exit, out } = await bench(...names, '--quick', '--engines', 'wasm', '--threads', '1');
    expect(exit).toBe(0);
    expect(out).toMatch(/letters-8@glauber .*\n.*ms a run/);
    expect(out).toMatch(/Left out\n {2}pictures@rc-langevin: 16384 sites are more than the 1280/);
  });

  it.skipIf(!numpy)('takes peers in where they are installed, and checks their work', async () => {
    const { out } = await bench('W7', '--quick', '--engines', 'wasm', '--peers', 'numpy', '--json');
    const { peers, rows, skipped } = JSON.parse(out) as BenchReport;
    expect(skipped).toEqual([]);
    expect(peers['numpy']).toMatch(/^numpy \d/);
    const [wasm, peer] = rows;
    expect(peer).toMatchObject({ engine: 'numpy', fault: null, ratioTo: null });
    expect(wasm!.ratioTo!.engine).toBe('numpy');
  });

  it('takes an outside annealer into W1 and sees that it did not anneal', async () => {
    const program = join(folder, 'ones.mjs');
    writeFileSync(
      program,
      `let text = '';
for await (const part of process.stdin) text += part;
const { sites, couplings } = JSON.parse(text);
const energy = -couplings.reduce((sum, [, , coupling]) => sum + coupling, 0);
console.log('some words first');
console.log(JSON.stringify({ energy, seconds: 0.25, state: Array(sites).fill(1) }));`,
    );
    const outside = `ones=${process.execPath} ${program}`;
    const { exit, out } = await bench(
      ...['W1', '--quick', '--engines', 'none', '--peers', 'none', '--json', '--outside', outside],
    );
    expect(exit).toBe(0);
    const { rows } = JSON.parse(out) as BenchReport;
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ workload: 'W1', engine: 'ones', median: 250 });
    expect(rows[0]!.fault).toMatch(/mean energy a spin is .*, not -0.76/);
  });

  it('puts the lab under load, and finds every job that was acknowledged', async () => {
    const args = ['lab-submit', '--quick', '--engines', 'reference', '--peers', 'none', '--json'];
    const { exit, out } = await bench(...args);
    expect(exit).toBe(0);
    const { rows, serviceGoals, skipped } = JSON.parse(out) as BenchReport;
    expect(rows).toMatchObject([
      {
        workload: 'lab-submit',
        engine: 'sqlite',
        unit: 'jobs/s',
        lowerIsBetter: false,
        fault: null,
      },
    ]);
    expect(rows[0]!.ratioTo).toMatchObject({ engine: 'fdatasync' });
    expect(rows[0]!.variant).toMatch(/µs of CPU a job/);
    expect(serviceGoals).toMatchObject([{ workload: 'lab-submit', measured: rows[0]!.median }]);
    expect(skipped).toMatchObject([{ workload: 'lab-submit', engine: 'postgresql' }]);
  });

  it('refuses names and options that there are not', async () => {
    const calls: [string[], RegExp][] = [
      [['W8'], /there is no workload 'W8'\n.*"W1".*"letters@glauber"/s],
      [['W7', '--engines', 'cuda'], /there is no engine 'cuda'\n.*"reference","wasm","native"/s],
      [['W7', '--peers', 'jax'], /there is no peer 'jax'\n.*"numpy","numba","torch"/s],
      [['W1', '--outside', 'mine'], /--outside 'mine' is not NAME=COMMAND/],
      [['W7', '--url', 'http://127.0.0.1:1'], /bench works in this process only/],
    ];
    const answers = await together(calls.map(([args]) => ['bench', ...args]));
    for (const [k, { exit, err }] of answers.entries()) {
      expect(exit).toBe(2);
      expect(err).toMatch(/^relaxd: wrong-call: /);
      expect(err).toMatch(calls[k]![1]);
    }
  });
});
