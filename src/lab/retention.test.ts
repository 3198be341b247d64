import { existsSync, readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { RelaxdError, systemClock } from '../core/index.js';
import { codeOf } from './code-of.test-support.js';
import { bench, reaches, type Bench } from './lab-bench.test-support.js';
import { retentionSettings, type GivenRetention } from './retention-rule.js';
import { openEmbeddedStore } from './open-store.js';
import type { Store } from './store.js';
import { temporaryFolder } from './temporary-folder.test-support.js';

const HOUR_MS = 3_600_000;
const folder = temporaryFolder();
let labs = 0;
const newFolder = (): string => join(folder, String(labs++));
const OLD = retentionSettings({ rules: [{ name: 'old', olderThanDays: 1 }] });
const rules = (...given: GivenRetention['rules']) => retentionSettings({ rules: given });

/** Runs a job to its end; the run's id. */
async function aRun({ lab }: Bench, body: Record<string, unknown> = {}): Promise<string> {
  const job = await lab.submit({ kind: 'run', device: 'a', ...body });
  await reaches(lab, job.id, 'completed');
  return (await lab.job(job.id)).run!;
}
const hashOf = (path: string): string =>
  `sha256:${createHash('sha256').update(readFileSync(path)).digest('hex')}`;

describe('retention', () => {
  it('keeps everything where nothing is said', async () => {
    const b = await bench({ folder: newFolder() });
    const run = await aRun(b);
    b.time.advance(1000 * 24 * HOUR_MS);
    expect((await b.lab.retention.preview()).goes).toEqual({ runs: 0, bytes: 0 });
    expect((await b.lab.retention.apply()).deleted.runs).toBe(0);
    expect((await b.lab.archive.run(run)).record).toBe('whole');
    await b.lab.close();
  });

  it('shows what would go and changes nothing by that', async () => {
    const b = await bench({ folder: newFolder(), retention: OLD });
    const run = await aRun(b);
    const before = await b.lab.archive.run(run);
    b.time.clock.advance(25 * HOUR_MS);
    const preview = await b.lab.retention.preview();
    expect(preview.goes).toEqual({ runs: 1, bytes: before.bytes });
    expect(preview.items).toMatchObject([{ run, rule: 'old', held: null, bytes: before.bytes }]);
    const other = await b.lab.retention.preview(rules({ name: 'x', olderThanDays: 2 }).rules);
    expect(other.goes.runs).toBe(0);
    expect(await b.lab.archive.run(run)).toEqual(before);
    await b.lab.close();
  });

  it('leaves a statement in the place of a record, and an entry in the audit log', async () => {
    const b = await bench({ folder: newFolder(), retention: OLD });
    const run = await aRun(b);
    const path = await b.lab.archive.recordPath(run);
    const hash = hashOf(path);
    const { bytes, rows, result, revision } = await b.lab.archive.run(run);
    expect(bytes).toBe(readFileSync(path).length);
    b.time.clock.advance(25 * HOUR_MS);
    const report = await b.lab.retention.apply();
    expect(report).toMatchObject({ deleted: { runs: 1, bytes }, kept: [] });

    expect(existsSync(dirname(path))).toBe(false);
    const deleted = { rule: 'old', by: 'relaxd', rows, bytes, hash };
    const after = await b.lab.archive.run(run);
    expect(after).toMatchObject({ record: 'deleted', deleted, result, revision: revision + 1 });
    const documents = await b.lab.archive.documents(run);
    expect(documents.map(({ kind }) => kind)).toEqual(['start', 'descriptor', 'stop', 'deleted']);
    expect(documents.at(-1)?.document).toMatchObject(deleted);
    const query = { limit: 5, before: null, key: null, action: 'record-deleted', outcome: null };
    const entries = await b.lab.audit.entries(query);
    expect(entries).toMatchObject([
      { target: `/v1/runs/${run}`, details: { ...deleted, device: 'a', job: after.job } },
    ]);
    expect((await b.lab.audit.verify()).whole).toBe(true);

    for (const read of [
      () => b.lab.archive.samples(run),
      () => b.lab.archive.export(run, 'csv'),
      () => b.lab.archive.recordPath(run),
      () => b.lab.archive.pin(run, 'ada', 'too late'),
    ]) {
      const error = await read().then(
        () => null,
        (thrown: unknown) => thrown as RelaxdError,
      );
      expect(error).toMatchObject({ code: 'record-deleted', details: { rule: 'old', hash } });
      expect(error?.row.status).toBe(410);
    }
    const other = await aRun(b);
    const { samples, quantities, warnings } = await b.lab.archive.compare(run, other);
    expect(samples).toBe(null);
    expect(quantities).toBeDefined();
    expect(warnings.join()).toContain("retention rule 'old'");
    expect((await b.lab.retention.apply()).deleted.runs).toBe(0);
    await b.lab.close();
  });

  it('keeps what is pinned, is read, or whose job goes on, and says why', async () => {
    const b = await bench({ folder: newFolder(), retention: OLD });
    const [pinned, read, free] = [await aRun(b), await aRun(b), await aRun(b)];
    await b.lab.archive.pin(pinned, 'ada', 'figure 3');
    expect((await b.lab.archive.run(pinned)).pins).toMatchObject([{ by: 'ada', note: 'figure 3' }]);
    b.time.clock.advance(25 * HOUR_MS);
    await b.lab.archive.samples(read);
    const preview = await b.lab.retention.preview();
    expect(preview).toMatchObject({ goes: { runs: 1 }, held: { runs: 2 } });
    const { deleted, kept } = await b.lab.retention.apply();
    expect(deleted.runs).toBe(1);
    expect(kept).toEqual([
      { run: pinned, rule: 'old', why: 'pinned by ada: figure 3' },
      { run: read, rule: 'old', why: 'it is being read' },
    ]);
    expect((await b.lab.archive.run(free)).record).toBe('deleted');
    // A minute after the last page nobody is taken to go on; and a pin can be taken off by its name only.
    b.time.clock.advance(60_000);
    expect(await codeOf(b.lab.archive.unpin(pinned, 'ben'))).toBe('illegal-transition');
    await b.lab.archive.unpin(pinned, 'ada');
    expect((await b.lab.retention.apply()).deleted.runs).toBe(2);
    await b.lab.close();
  });

  it('never takes a record from under an export or a comparison', async () => {
    const b = await bench({ folder: newFolder(), retention: OLD });
    const [one, two] = [await aRun(b, { shots: 400 }), await aRun(b, { shots: 400 })];
    b.time.clock.advance(25 * HOUR_MS);
    const exporting = b.lab.archive.export(one, 'csv').then(text);
    const comparing = b.lab.archive.compare(one, two);
    const applying = b.lab.retention.apply();
    expect((await exporting).split('\n')).toHaveLength(400 * 3 + 2);
    expect((await comparing).samples).toMatchObject({ compared: 1200 });
    expect((await applying).deleted.runs).toBe(0);
    await b.lab.close();
  });

  it('goes by itself after its pause, having said before what will go', async () => {
    const settings = { ...OLD, everyS: 3600 };
    const own = newFolder();
    const b = await bench({ folder: own, retention: settings });
    const run = await aRun(b);
    await b.lab.close();
    b.time.clock.advance(25 * HOUR_MS);
    const c = await bench({ folder: own, time: b.time, retention: settings });
    await until(() => c.logs.some((line) => line.startsWith('retention: 1 records')));
    expect((await c.lab.archive.run(run)).record).toBe('whole');
    c.time.advance(HOUR_MS);
    await until(() => c.lab.retention.view.last !== null);
    expect(c.lab.retention.view.last?.deleted.runs).toBe(1);
    expect((await c.lab.archive.run(run)).record).toBe('deleted');
    await c.lab.close();
  });

  it('ends as a record or as a statement wherever it is cut off', async () => {
    for (const cut of ['before the statement is stored', 'before the file is removed'] as const) {
      const own = newFolder();
      const store = await openEmbeddedStore(':memory:', systemClock);
      const kept = new Proxy(store, {
        get(target, name: keyof Store) {
          if (name === 'deleteRecord' && cut === 'before the statement is stored') {
            return async () => {
              throw new RelaxdError('store-failed', 'cut off');
            };
          }
          // It outlives the lab, as a file would.
          if ((name as unknown) === Symbol.asyncDispose) return async () => undefined;
          const member: unknown = Reflect.get(target, name);
          return typeof member === 'function' ? (member as () => unknown).bind(target) : member;
        },
      });
      const b = await bench({ folder: own, store: kept, retention: OLD });
      const run = await aRun(b);
      const path = await b.lab.archive.recordPath(run);
      const hash = hashOf(path);
      b.time.clock.advance(25 * HOUR_MS);
      if (cut === 'before the file is removed') {
        b.lab.retention['ports'].keeper.remove = async () => {
          throw new Error('killed');
        };
      }
      const report = await b.lab.retention.apply();
      expect(existsSync(path), cut).toBe(true);
      await b.lab.close();

      const c = await bench({ folder: own, store: kept, time: b.time, retention: OLD });
      if (cut === 'before the statement is stored') {
        expect(report.deleted.runs).toBe(0);
        expect((await c.lab.archive.run(run)).record).toBe('whole');
        expect(hashOf(path)).toBe(hash);
      } else {
        expect(await c.lab.archive.run(run)).toMatchObject({
          record: 'deleted',
          deleted: { hash },
        });
        await until(() => !existsSync(path));
      }
      await c.lab.close();
      await store[Symbol.asyncDispose]();
      await rm(own, { recursive: true, force: true });
    }
  });
});

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 2000; tries++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  throw new Error('it did not come about');
}
