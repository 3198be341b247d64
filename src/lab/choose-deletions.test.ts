import { describe, expect, it } from 'vitest';
import { chooseDeletions, type RecordedRun } from './choose-deletions.js';
import {
  KEEP_EVERYTHING,
  retentionSettings,
  retentionViolations,
  type GivenRetention,
} from './retention-rule.js';

const NOW_MS = Date.parse('2026-03-01T00:00:00.000Z');

/** A run that ended so many days ago. */
const run = (id: string, days: number, members: Partial<RecordedRun> = {}): RecordedRun => ({
  run: id,
  job: `J${id}`,
  device: 'a',
  origin: 'emulator',
  kind: 'run',
  endedAt: new Date(NOW_MS - days * 86_400_000).toISOString(),
  rows: 10,
  bytes: 100,
  held: null,
  ...members,
});
const RUNS = [
  run('1', 90),
  run('2', 60, { device: 'b' }),
  run('3', 30, { kind: 'retrieve' }),
  run('4', 20, { origin: 'hardware' }),
  run('5', 1),
];
const rulesOf = (...rules: GivenRetention['rules']) => retentionSettings({ rules }).rules;
const chosen = (runs: readonly RecordedRun[], ...rules: GivenRetention['rules']) =>
  chooseDeletions(runs, rulesOf(...rules), NOW_MS).map(
    ({ run: id, rule, held }) => `${id}:${rule}${held === null ? '' : ' held'}`,
  );

describe('chooseDeletions', () => {
  it('keeps everything without rules', () => {
    expect(chooseDeletions(RUNS, KEEP_EVERYTHING.rules, NOW_MS)).toEqual([]);
  });

  it('takes what ended so long ago, to the millisecond', () => {
    expect(chosen(RUNS, { name: 'old', olderThanDays: 30 })).toEqual(['1:old', '2:old', '3:old']);
    expect(chosen(RUNS, { name: 'old', olderThanDays: 30 + 1e-7 })).toEqual(['1:old', '2:old']);
  });

  it.each([
    [{ devices: ['b'] }, ['2:r']],
    [{ kinds: ['retrieve', 'drive'] }, ['3:r']],
    [{ origins: ['hardware' as const] }, ['4:r']],
    [{ devices: ['b'], kinds: ['retrieve'] }, []],
    [{ devices: ['a', 'b'], origins: ['emulator' as const] }, ['1:r', '2:r', '3:r', '5:r']],
  ])('speaks only of %j', (filter, expected) => {
    expect(chosen(RUNS, { name: 'r', olderThanDays: 0.5, ...filter })).toEqual(expected);
  });

  it('takes the oldest beyond a total, and no more than that', () => {
    expect(chosen(RUNS, { name: 'size', mostBytes: 500 })).toEqual([]);
    expect(chosen(RUNS, { name: 'size', mostBytes: 499 })).toEqual(['1:size']);
    expect(chosen(RUNS, { name: 'size', mostBytes: 201 })).toEqual(['1:size', '2:size', '3:size']);
    expect(chosen(RUNS, { name: 'size', mostBytes: 0 })).toHaveLength(5);
  });

  it('counts what is held in a total, and takes others in its place', () => {
    const held = [run('1', 90, { held: 'pinned' }), ...RUNS.slice(1)];
    expect(chosen(held, { name: 'size', mostBytes: 400 })).toEqual(['1:size held', '2:size']);
  });

  it('spares the newest of each device', () => {
    expect(chosen(RUNS, { name: 'r', olderThanDays: 0.5, keepLast: 1 })).toEqual([
      '1:r',
      '3:r',
      '4:r',
    ]);
    expect(chosen(RUNS, { name: 'r', mostBytes: 0, keepLast: 3 })).toEqual(['1:r']);
  });

  it('names the first rule of several, and a later one counts what that has left', () => {
    const old = { name: 'old', olderThanDays: 60 };
    expect(chosen(RUNS, old, { name: 'size', mostBytes: 300 })).toEqual(['1:old', '2:old']);
    expect(chosen(RUNS, old, { name: 'size', mostBytes: 200 })).toEqual([
      '1:old',
      '2:old',
      '3:size',
    ]);
  });
});

describe('retentionViolations', () => {
  it('wants one condition a rule, and a name of its own for each', () => {
    const rules = [
      { name: 'neither' },
      { name: 'both', olderThanDays: 1, mostBytes: 1 },
      { name: 'right', olderThanDays: 1 },
      { name: 'right', mostBytes: 1 },
    ];
    expect(retentionViolations({ rules }).map(({ path, limit }) => [path, limit])).toEqual([
      ['retention.rules[0]', 1],
      ['retention.rules[1]', 1],
      ['retention.rules[3].name', 'a name of its own'],
    ]);
  });
});
