import { describe, expect } from 'vitest';
import { AuditNote, LAB_ACTOR } from '../access/index.js';
import { calibrationOf } from './calibration.test-support.js';
import {
  calibrationRow,
  type CalibrationChange,
  type CalibrationEvent,
} from './calibration-row.js';
import { codeOf } from './code-of.test-support.js';
import type { DriftReading } from './drift-reading.js';
import type { JobRow } from './job.js';
import { storeTests } from './store-tests.test-support.js';
import type { RunRow } from './run.js';
import type { Store } from './store.js';

const AT = '2026-01-01T00:00:00.000Z';

interface StoreRows {
  readonly jobRow: (id: string) => JobRow;
  readonly runRow: (id: string, job: string, members?: Partial<RunRow>) => RunRow;
}

/** What every store has to do with calibrations. @param open a new, empty store */
export function calibrationContract(
  name: string,
  open: () => Promise<Store>,
  { jobRow, runRow }: StoreRows,
): void {
  const withStore = storeTests(open);
  const proposed = (value: number, seq: number, device = 'a'): CalibrationChange => {
    const record = calibrationOf(value, { device });
    const event: CalibrationEvent = {
      device,
      seq: seq + 1,
      calibration: record.id,
      event: 'propose',
      from: null,
      to: 'proposed',
      at: AT,
      by: 'ann',
      reason: `found ${value}`,
    };
    return {
      device,
      expectedSeq: seq,
      records: [record],
      rows: [{ ...calibrationRow(record), revision: 1 }],
      events: [event],
    };
  };
  const moved = (
    value: number,
    seq: number,
    to: 'active' | 'superseded' | 'retired',
    device = 'a',
  ): CalibrationChange => {
    const change = proposed(value, seq, device);
    return {
      ...change,
      records: [],
      rows: [{ ...change.rows[0]!, state: to, revision: seq + 1 }],
      events: [{ ...change.events[0]!, event: 'activate', from: 'proposed', to }],
    };
  };

  describe(`${name} as a store of calibrations`, () => {
    withStore('keeps what was found and what became of it, and lists it', async (store) => {
      const { calibrations } = store;
      expect(await calibrations.of('a')).toEqual({ seq: 0, active: null });
      await store.commit({ calibrations: proposed(1.01e-9, 0) });
      await store.commit({ calibrations: proposed(1.02e-9, 1) });
      await store.commit({ calibrations: proposed(1.03e-9, 0, 'b') });
      const { id } = calibrationOf(1.01e-9);
      expect(await calibrations.record(id)).toEqual(calibrationOf(1.01e-9));
      expect(await calibrations.row(id)).toMatchObject({ id, state: 'proposed', identified: 1 });
      expect(await calibrations.record('sha256:no')).toBe(null);
      expect(await calibrations.row('sha256:no')).toBe(null);
      const query = { device: null, state: null, limit: 2, cursor: null };
      const first = await calibrations.list(query);
      expect(first.items.map(({ device }) => device)).toEqual(['b', 'a']);
      const second = await calibrations.list({ ...query, cursor: first.next });
      expect([second.items.map((row) => row.id), second.next]).toEqual([[id], null]);
      await store.commit({ calibrations: moved(1.01e-9, 2, 'active') });
      const active = await calibrations.list({ ...query, device: 'a', state: 'active' });
      expect(active.items.map((row) => row.id)).toEqual([id]);
      expect(await codeOf(calibrations.list({ ...query, cursor: 'x' }))).toBe('invalid-input');
      const events = await calibrations.events({
        device: 'a',
        calibration: null,
        before: null,
        limit: 2,
      });
      expect(events.map(({ seq, to }) => [seq, to])).toEqual([
        [3, 'active'],
        [2, 'proposed'],
      ]);
      const own = await calibrations.events({ device: 'a', calibration: id, before: 3, limit: 9 });
      expect(own.map(({ seq, reason }) => [seq, reason])).toEqual([[1, 'found 1.01e-9']]);
    });

    withStore('knows what is in force on each device, and after what', async (store) => {
      const { calibrations } = store;
      await store.commit({ calibrations: proposed(1.01e-9, 0) });
      await store.commit({ calibrations: moved(1.01e-9, 1, 'active') });
      await store.commit({ calibrations: proposed(1.02e-9, 2) });
      expect(await calibrations.of('a')).toMatchObject({ seq: 3, active: { state: 'active' } });
      const one = moved(1.01e-9, 3, 'superseded');
      const two = moved(1.02e-9, 4, 'active');
      await store.commit({
        calibrations: {
          ...two,
          expectedSeq: 3,
          rows: [...one.rows, ...two.rows],
          events: [...one.events, ...two.events],
        },
      });
      expect((await calibrations.of('a')).active?.id).toBe(calibrationOf(1.02e-9).id);
      expect((await calibrations.active()).map(({ id }) => id)).toEqual([
        calibrationOf(1.02e-9).id,
      ]);
      await store.commit({ calibrations: moved(1.02e-9, 5, 'retired') });
      expect(await calibrations.of('a')).toEqual({ seq: 6, active: null });
      expect(await calibrations.active()).toEqual([]);
    });

    withStore('lets one of two who change the same device have it', async (store) => {
      const both = await Promise.allSettled([
        store.commit({ calibrations: proposed(1.01e-9, 0) }),
        store.commit({ calibrations: proposed(1.02e-9, 0) }),
      ]);
      expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      expect((await store.calibrations.of('a')).seq).toBe(1);
      const late = store.commit({ calibrations: proposed(1.04e-9, 0) });
      await expect(late).rejects.toMatchObject({
        code: 'revision-conflict',
        details: { device: 'a' },
      });
      expect(await store.calibrations.row(calibrationOf(1.04e-9).id)).toBe(null);
    });

    withStore('pins the runs that it rests on until it is rejected or retired', async (store) => {
      const row = jobRow('01A');
      await store.insertJob({ row, body: {}, transitions: [], idempotency: null });
      const kept = { state: 'completed', record: 'whole' } as const;
      const deleted = { at: AT, rule: 'old', by: 'the lab', rows: 0, bytes: 0, hash: 'sha256:' };
      const runs = [
        runRow('R1', '01A', kept),
        runRow('R2', '01A', kept),
        runRow('R3', '01A', { ...kept, record: 'deleted', deleted }),
      ];
      await store.commit({ runs });
      const [probe] = calibrationOf().probes;
      // Made elsewhere, it may name runs that are not here.
      const probes = ['R1', 'R2', 'R3', 'no', null].map((run) => ({ ...probe!, run }));
      const record = calibrationOf(1.01e-9, { probes });
      await store.commit({ calibrations: { ...proposed(1.01e-9, 0), records: [record] } });
      const pinned = async () => (await store.pins(null)).map(({ run, by }) => [run, by]);
      const by = `calibration ${record.id}`;
      const both = [
        ['R1', by],
        ['R2', by],
      ];
      expect(await pinned()).toEqual(both);
      const note = () =>
        new AuditNote({
          at: AT,
          who: LAB_ACTOR,
          action: 'record-deleted',
          target: '/v1/runs/R1',
          outcome: 'done',
          details: deleted,
        });
      const deletion = {
        row: runRow('R1', '01A', { ...kept, revision: 3, record: 'deleted', deleted }),
        document: { run: 'R1', kind: 'deleted', at: AT, document: {} },
      } as const;
      expect(await store.deleteRecord({ ...deletion, note: note() })).toBe(false);
      await store.commit({ calibrations: moved(1.01e-9, 1, 'active') });
      await store.commit({ calibrations: moved(1.01e-9, 2, 'superseded') });
      expect(await pinned()).toEqual(both);
      await store.commit({ calibrations: moved(1.01e-9, 3, 'retired') });
      expect(await pinned()).toEqual([]);
      expect(await store.deleteRecord({ ...deletion, note: note() })).toBe(true);
      // In force again: what is left of them.
      await store.commit({ calibrations: moved(1.01e-9, 4, 'active') });
      expect(await pinned()).toEqual([['R2', by]]);
    });

    withStore('never writes over what was found', async (store) => {
      await store.commit({ calibrations: proposed(1.01e-9, 0) });
      const record = { ...calibrationOf(1.01e-9), warnings: ['another'] };
      await store.commit({ calibrations: { ...proposed(1.01e-9, 1), records: [record] } });
      expect(await store.calibrations.record(record.id)).toEqual(calibrationOf(1.01e-9));
    });

    withStore('stores what a job of several runs came to with its end', async (store) => {
      const row = jobRow('01A');
      await store.insertJob({ row, body: {}, transitions: [], idempotency: null });
      expect(await store.jobResult('01A')).toBe(null);
      const stale = { row: { ...row, revision: 3 }, expectedRevision: 2, transitions: [] };
      const jobResult = { job: '01A', document: { heldOut: [] } };
      const calibrations = proposed(1.01e-9, 0);
      const wrong = store.commit({ job: stale, jobResult, calibrations });
      expect(await codeOf(wrong)).toBe('revision-conflict');
      expect(await store.calibrations.row(calibrations.rows[0]!.id)).toBe(null);
      const job = { ...stale, expectedRevision: row.revision };
      await store.commit({ job, jobResult, calibrations });
      expect(await store.jobResult('01A')).toEqual({ heldOut: [] });
      expect(await store.calibrations.row(calibrations.rows[0]!.id)).not.toBe(null);
    });

    withStore('keeps what checks have read since a calibration, in order', async (store) => {
      const reading = (run: string, calibration: string): DriftReading => ({
        version: 1,
        device: 'a',
        calibration,
        run,
        at: AT,
        chart: {
          kind: 'cusum',
          reference: 0.75,
          limit: 9,
          falseAlarmEvery: 1000,
          shift: 1.5,
          delay: 12,
          effort: 1,
          checks: 1,
        },
        quantities: [],
        alarms: [],
      });
      for (const run of ['r1', 'r2', 'r3']) await store.commit({ reading: reading(run, 'c') });
      await store.commit({ reading: reading('r4', 'd') });
      const runs = async (limit: number) =>
        (await store.calibrations.readings('c', limit)).map(({ run }) => run);
      expect(await runs(10)).toEqual(['r1', 'r2', 'r3']);
      expect(await runs(2)).toEqual(['r2', 'r3']);
    });
  });
}
