import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../src/lab/temporary-folder.test-support.js';
import type { HeldLine } from '../support/hold.js';

const SCRIPT = resolve('scripts/acceptance-page.mjs');
const folder = temporaryFolder();

const line = (over: Partial<HeldLine>): HeldLine => ({
  quantity: 'm',
  expected: 0.957,
  got: 0.96104,
  standardError: 0.003123,
  tolerance: 0.03,
  class: 'reference',
  holds: true,
  ...over,
});
interface TinyTest {
  readonly title: string;
  readonly under?: string;
  readonly held?: readonly HeldLine[];
  readonly failed?: boolean;
}
const file = (name: string, tests: readonly TinyTest[], failed = false): object => ({
  name: resolve('test/acceptance', name),
  status: failed ? 'failed' : 'passed',
  assertionResults: tests.map((test) => ({
    ancestorTitles: [test.under ?? 'a describe'],
    title: test.title,
    status: test.failed === true ? 'failed' : 'passed',
    meta: test.held === undefined ? {} : { held: test.held },
  })),
});
const row = (id: string, withoutTest?: string): object => ({
  id,
  quantity: `of ${id}`,
  withoutTest,
});
const rows = {
  pages: [
    {
      title: 'Memories',
      rows: ['A2', 'A10', 'C1', 'C2', 'HZ3', 'HZ4'].map((id) => row(`MT-${id}`)),
    },
    { title: 'Circuits', rows: [row('TC-01'), row('TC-29', 'comes with training'), row('TC-30')] },
  ],
};

function write(files: readonly object[]): { page: string; exit: number | null } {
  const paths = ['report.json', 'page.md', 'rows.json'].map((name) => join(folder, name));
  writeFileSync(paths[0]!, JSON.stringify({ testResults: files }));
  writeFileSync(paths[2]!, JSON.stringify(rows));
  const { status, stderr } = spawnSync(process.execPath, [SCRIPT, ...paths], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return { page: readFileSync(paths[1]!, 'utf8'), exit: status };
}

describe('the acceptance page', () => {
  const memories = file('memories.test.ts', [
    { title: 'MT-C1 MT-HZ4 a memory is stable', held: [line({}), line({ row: 'MT-A2', got: 1 })] },
    {
      title: 'MT-A10: every |x| holds',
      under: 'MT-HZ3 counts not',
      held: [line({ quantity: '⟨|m|⟩', standardError: null })],
    },
    {
      title: 'MT-C2 bounds and identities',
      held: [
        line({ quantity: 'share', expected: '≥ 0.98', got: 1, tolerance: null }),
        line({
          quantity: 'worst',
          expected: 0,
          got: 3.1e-15,
          tolerance: 1e-12,
          standardError: null,
        }),
        line({ quantity: 'count', expected: 2, got: 2, tolerance: 0, standardError: 0 }),
        line({
          quantity: 'tiny',
          expected: 5.584e-21,
          got: 5.6e-21,
          tolerance: 1.7e-22,
          standardError: 3e-23,
        }),
      ],
    },
    { title: 'is only said in words', under: 'MT-HZ3: a hazard' },
    { title: 'beside every row', held: [line({ quantity: 'other' })] },
  ]);
  const held = { page: '', exit: null as number | null };
  beforeAll(() => {
    Object.assign(held, write([memories]));
  });
  const lines = (id: string): string[] =>
    held.page.split('\n').filter((text) => text.startsWith(`| ${id} |`));

  it('gives each quantity a line, rounded to its standard error or its tolerance', () => {
    const link = /\[memories\]\(.*test\/acceptance\/memories\.test\.ts\) \|$/;
    expect(lines('MT-C1')).toEqual([
      expect.stringMatching(
        'MT-C1 \\| m \\| 0.957 ± 0.03 \\| 0.9610 \\| 0.0031 \\| reference \\| holds',
      ),
    ]);
    expect(lines('MT-C1')[0]).toMatch(link);
    expect(lines('MT-A10')[0]).toContain('| ⟨\\|m\\|⟩ | 0.957 ± 0.03 | 0.961 |  |');
    const [share, worst, count, tiny] = lines('MT-C2');
    expect(share).toContain('| share | ≥ 0.98 | 1.0000 | 0.0031 |');
    expect(worst).toMatch(/\| worst \| 0 ± 1e-12 \| 3(\.1)?e-15 \| {2}\|/);
    expect(count).toContain('| count | 2 exactly | 2 |  |');
    expect(tiny).toContain('| tiny | 5.584e-21 ± 1.7e-22 | 5.600e-21 | 3.0e-23 |');
  });

  it('puts a line into the row that it names, and lets a second id of the title point to the first', () => {
    expect(lines('MT-A2')).toHaveLength(1);
    expect(lines('MT-HZ4')[0]).toContain('*see MT-C1*');
  });

  it('sorts rows by group and number, hazards last, and keeps other checks beside them', () => {
    const ids = [...held.page.matchAll(/^\| (MT-\w+) \|/gm)].map((match) => match[1]);
    expect([...new Set(ids)]).toEqual(['MT-A2', 'MT-A10', 'MT-C1', 'MT-C2', 'MT-HZ3', 'MT-HZ4']);
    expect(held.page).toMatch(/## Checks beside the rows[^]*\| beside every row \| other \|/);
  });

  it('shows a row whose test recorded nothing, and rows without a test with the reason or its lack', () => {
    expect(lines('MT-HZ3')[0]).toContain('*no quantity recorded*');
    expect(held.page).toContain('Without a recorded quantity: MT-HZ3.');
    expect(lines('TC-29')).toEqual(['| TC-29 | of TC-29 | comes with training |']);
    expect(lines('TC-30')[0]).toContain('**no reason given**');
    expect(held.page).toContain('| Memories | 4 of 4; hazards: 2 of 2 |');
    expect(held.page).toContain('| Circuits | 0 of 3 |');
  });

  it('lists numbers that are disputed with the reason, and does not fail for them', () => {
    const doubted = line({ got: 1.2, holds: false, disputed: 'two programs agree on 1.2' });
    const { page, exit } = write([
      file('glass.test.ts', [{ title: 'MT-C1 entropy', held: [doubted, line({})] }]),
    ]);
    expect(exit).toBe(0);
    expect(page).toContain('All but 1 disputed ones hold.');
    expect(page).toContain('| **disputed** |');
    expect(page).toMatch(/## Disputed numbers[^]*- MT-C1, m: two programs agree on 1\.2/);
  });

  it('says that all hold, and exits with 0', () => {
    expect(held.page).toContain('8 quantities. All hold.');
    expect(held.exit).toBe(0);
  });

  it('shows what fails: a quantity, an assertion beside the quantities, a test without one, a file', () => {
    const { page, exit } = write([
      file(
        'circuits.test.ts',
        [
          {
            title: 'MT-A2 a value off',
            held: [line({}), line({ got: null as never, holds: false })],
            failed: true,
          },
          { title: 'MT-C1 another assertion', held: [line({})], failed: true },
          { title: 'MT-C2 nothing recorded', failed: true },
        ],
        true,
      ),
      file('broken.test.ts', [], true),
    ]);
    const failing = page.split('\n').filter((text) => text.includes('**fails**'));
    expect(failing).toHaveLength(3);
    expect(failing[0]).toContain('| MT-A2 | m | 0.957 ± 0.03 | not a number |');
    expect(failing[1]).toContain('| MT-C1 | beside its quantities: another assertion |');
    expect(failing[2]).toContain('| MT-C2 | nothing recorded |');
    expect(page).toContain(
      '**Failing: MT-A2; MT-C1; MT-C2; test/acceptance/broken.test.ts outside of its tests.**',
    );
    expect(exit).toBe(1);
  });

  it('names the engine of the run, and says what others did on the same tables', () => {
    const passed = [file('glass.test.ts', [{ title: 'MT-C1 entropy', held: [line({})] }])];
    const failing = [
      file('glass.test.ts', [
        { title: 'MT-C1 entropy', held: [line({ got: 2, holds: false })], failed: true },
      ]),
    ];
    const path = (name: string): string => join(folder, name);
    const other = (engine: string, testResults: readonly object[]): string[] => {
      writeFileSync(path(`${engine}.json`), JSON.stringify({ engine, testResults }));
      return ['--also', path(`${engine}.json`)];
    };
    writeFileSync(path('rows.json'), JSON.stringify(rows));
    writeFileSync(
      path('report.json'),
      JSON.stringify({ engine: 'native-avx2', testResults: passed }),
    );
    const { status } = spawnSync(process.execPath, [
      SCRIPT,
      ...['report.json', 'page.md', 'rows.json'].map(path),
      ...other('wasm-simd', passed),
      ...other('reference', failing),
    ]);
    const page = readFileSync(path('page.md'), 'utf8');
    expect(page).toContain('on the engine `native-avx2`: 1 quantities. All hold.');
    expect(page).toContain('On `wasm-simd`: 1 quantities, all as here.');
    expect(page).toContain('On `reference`: 1 quantities, **failing: MT-C1.**');
    expect(status).toBe(0);
  });
});
