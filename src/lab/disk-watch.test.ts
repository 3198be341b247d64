import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock, systemTimeline, VirtualTimeline } from '../core/index.js';
import { DiskWatch, type DiskLook, type DiskStanding } from './disk-watch.js';

const MIB = 2 ** 20;
const LIMITS = { warnFreeMiB: 100, keepFreeMiB: 10, slowMs: 200 };
const fine: DiskLook = {
  freeBytes: 1000 * MIB,
  sizeBytes: 2000 * MIB,
  syncMs: 5,
  error: null,
};
const failed = (code: string): DiskLook => ({
  ...fine,
  syncMs: null,
  error: Object.assign(new Error(code), { code }),
});

interface Watched {
  readonly watch: DiskWatch;
  readonly time: VirtualTimeline;
  readonly changes: DiskStanding[];
  readonly logs: string[];
  look: DiskLook;
}

async function watched(): Promise<Watched> {
  const time = new VirtualTimeline();
  const changes: DiskStanding[] = [];
  const logs: string[] = [];
  const made: Watched = { watch: null as never, time, changes, logs, look: fine };
  const watch = new DiskWatch('/data', LIMITS, {
    clock: time,
    setAlarm: (ms, ring) => time.after(ms, ring),
    log: (level, message) => logs.push(`${level}: ${message}`),
    changed: (standing) => changes.push(standing),
    look: async () => made.look,
  });
  Object.assign(made, { watch });
  await watch.now();
  return made;
}

describe('DiskWatch', () => {
  it('does not wait for its next look where what is kept free would be written on meanwhile', async () => {
    const { watch, time } = await watched();
    watch.wrote(985 * MIB);
    expect(watch.obstacle()).toBe(null);
    watch.wrote(10 * MIB);
    expect(() => watch.requireRoom()).toThrow(
      expect.objectContaining({ code: 'disk-full' }) as Error,
    );
    // There was more room than that.
    await time.advance(1000);
    expect(watch.obstacle()).toBe(null);
  });

  it('warns before the disk is full, refuses when it is, and takes that back by itself', async () => {
    const test = await watched();
    const { watch, time, changes, logs } = test;
    expect(watch.standing).toMatchObject({ state: 'ok', slow: false, freeBytes: 1000 * MIB });
    test.look = { ...fine, freeBytes: 50 * MIB };
    await time.advance(5000);
    expect(watch.standing).toMatchObject({ state: 'low' });
    expect(() => watch.requireRoom()).not.toThrow();
    expect(watch.obstacle()).toBe(null);
    test.look = { ...fine, freeBytes: 5 * MIB };
    await time.advance(1000);
    expect(watch.obstacle()).toBe('the disk is full: 5.0 MiB are free at /data, 10 are kept free');
    expect(() => watch.requireRoom()).toThrow(
      expect.objectContaining({
        code: 'disk-full',
        details: expect.objectContaining({
          value: 5 * MIB,
          limit: '10 MiB',
          retryAfterS: 10,
        }) as unknown,
      }),
    );
    test.look = fine;
    await time.advance(1000);
    expect(watch.standing).toMatchObject({ state: 'ok', reason: null });
    expect(changes.map(({ state }) => state)).toEqual(['low', 'full', 'ok']);
    expect(logs.map((line) => line.split(':')[0])).toEqual(['warn', 'error', 'info']);
    await watch.close();
  });

  it.each([
    ['ENOSPC', 'full', 'disk-full'],
    ['EDQUOT', 'full', 'disk-full'],
    ['EROFS', 'unwritable', 'store-failed'],
    ['EIO', 'unwritable', 'store-failed'],
  ])('a write that fails with %s: %s, refused with %s', async (errno, state, code) => {
    const test = await watched();
    test.look = failed(errno);
    await test.watch.now();
    expect(test.watch.standing.state).toBe(state);
    expect(() => test.watch.requireRoom()).toThrow(expect.objectContaining({ code }));
    await test.watch.close();
  });

  it('says that a disk is slow after two slow writes, and that it is not after one that is none', async () => {
    const test = await watched();
    const { watch, time, changes } = test;
    test.look = { ...fine, syncMs: 300 };
    await time.advance(5000);
    expect(watch.standing.slow).toBe(false);
    await time.advance(1000);
    expect(watch.standing).toMatchObject({ slow: true, state: 'ok', syncMs: 300 });
    expect(watch.obstacle()).toBe(null);
    test.look = fine;
    await time.advance(1000);
    expect(changes.map(({ slow }) => slow)).toEqual([true, false]);
    await watch.close();
  });

  it('looks sooner where much is written, or took long, and not more often than twice a second', async () => {
    const test = await watched();
    const { watch, time } = test;
    test.look = { ...fine, freeBytes: 5 * MIB };
    await time.advance(600);
    watch.wrote(2 * MIB);
    await time.advance(0);
    expect(watch.standing.state).toBe('ok');
    watch.wrote(MIB);
    await time.advance(0);
    expect(watch.standing.state).toBe('full');
    await watch.close();

    const other = await watched();
    other.look = { ...fine, syncMs: 300 };
    await other.time.advance(600);
    other.watch.took(0.1);
    await other.time.advance(0);
    expect(other.watch.standing.syncMs).toBe(5);
    other.watch.took(0.3);
    await other.time.advance(0);
    expect(other.watch.standing).toMatchObject({ syncMs: 300, slow: false });
    other.watch.took(0.3);
    await other.time.advance(400);
    expect(other.watch.standing.slow).toBe(false);
    await other.time.advance(600);
    expect(other.watch.standing.slow).toBe(true);
    await other.watch.close();
  });

  it('looks at a real folder, and leaves nothing there', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'relaxd-disk-'));
    const watch = new DiskWatch(folder, LIMITS, {
      clock: systemClock,
      setAlarm: (ms, ring) => systemTimeline.after(ms, ring),
      log: () => undefined,
      changed: () => undefined,
    });
    await watch.now();
    const { freeBytes, sizeBytes, syncMs } = watch.standing;
    expect(freeBytes).toBeGreaterThan(0);
    expect(sizeBytes).toBeGreaterThanOrEqual(freeBytes!);
    expect(syncMs).toBeGreaterThan(0);
    expect(readdirSync(folder)).toEqual([]);
    rmSync(folder, { recursive: true });
    await watch.now();
    expect(watch.standing).toMatchObject({ state: 'unwritable', syncMs: null });
    await watch.close();
  });
});
