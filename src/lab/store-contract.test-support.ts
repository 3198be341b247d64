import { AuditNote, LAB_ACTOR } from '../access/index.js';
import { codeOf } from './code-of.test-support.js';
import { calibrationContract } from './calibration-contract.test-support.js';
import { accessContract } from './access-contract.test-support.js';
import { describe, expect } from 'vitest';
import type { JobRow, JobTransition } from './job.js';
import { newJob } from './new-job.js';
import type { JobState } from './next-job.js';
import { reservationState, type Reservation, type ReservationState } from './reservation.js';
import type { RunResult } from './run-result.js';
import type { RunRow } from './run.js';
import { storeTests } from './store-tests.test-support.js';
import type { NewJob, RecordDeletion, Store } from './store.js';

const AT = '2026-01-01T00:00:00.000Z';

export const jobRow = (id: string, members: Partial<JobRow> = {}): JobRow => ({
  ...newJob(id, AT),
  revision: 1,
  kind: 'run',
  device: 'a',
  ...members,
});

export const runRow = (id: string, job: string, members: Partial<RunRow> = {}): RunRow => ({
  id,
  revision: 1,
  job,
  device: 'a',
  origin: 'emulator',
  state: 'armed',
  seed: 1,
  program: { hash: 'sha256:p', rule: null },
  descriptor: 'sha256:d',
  engine: null,
  createdAt: AT,
  startedAt: null,
  endedAt: null,
  rows: 0,
  shots: 0,
  error: null,
  record: 'open',
  ...members,
});

const transition = (job: string, revision: number, to: JobState): JobTransition => ({
  job,
  revision,
  event: 'test',
  from: null,
  to,
  at: AT,
});

/** What every store has to do, whichever it is. @param open a new, empty store */
export function storeContract(name: string, open: () => Promise<Store>): void {
  const withStore = storeTests(open);
  const insert = (store: Store, row: JobRow, body: unknown = { kind: 'run' }) =>
    store.insertJob({ row, body, transitions: [], idempotency: null });

  describe(`${name} as a store`, () => {
    withStore(
      'gives back a job, its body and its transitions as they were put in',
      async (store) => {
        const row = jobRow('01A', { seed: 2 ** 47 + 1, deadline: AT });
        const body = { kind: 'run', program: { text: 'ξ μ', list: [1.5, -1e-300] } };
        const transitions = [transition('01A', 1, 'submitted')];
        await store.insertJob({ row, body, transitions, idempotency: null });
        expect(await store.job('01A')).toEqual(row);
        expect(await store.jobBody('01A')).toEqual(body);
        expect(await store.transitions('01A')).toEqual(transitions);
        expect(await store.job('01B')).toBe(null);
        expect(await store.jobBody('01B')).toBe(null);
      },
    );

    withStore(
      'answers a known idempotency key with its job, and only with the same body',
      async (store) => {
        const idempotency = { key: 'k', bodyHash: 'sha256:1' };
        const first = { row: jobRow('01A'), body: {}, transitions: [], idempotency };
        expect(await store.insertJob(first)).toEqual({ row: jobRow('01A'), inserted: true });
        const again = await store.insertJob({ ...first, row: jobRow('01B') });
        expect(again).toEqual({ row: jobRow('01A'), inserted: false });
        expect(await store.job('01B')).toBe(null);
        expect((await store.jobOfKey('k', 'sha256:1'))?.id).toBe('01A');
        expect(await store.jobOfKey('other', 'sha256:1')).toBe(null);
        expect(await codeOf(store.jobOfKey('k', 'sha256:2'))).toBe('idempotency-conflict');
        const other = {
          ...first,
          row: jobRow('01C'),
          idempotency: { key: 'k', bodyHash: 'sha256:2' },
        };
        expect(await codeOf(store.insertJob(other))).toBe('idempotency-conflict');
        expect(await store.job('01C')).toBe(null);
      },
    );

    withStore('changes a job only from the revision that was expected', async (store) => {
      await insert(store, jobRow('01A'));
      const row = jobRow('01A', { revision: 2, state: 'held' });
      await store.commit({
        job: { row, expectedRevision: 1, transitions: [transition('01A', 2, 'held')] },
      });
      expect(await store.job('01A')).toEqual(row);
      const late = { row: { ...row, revision: 3 }, expectedRevision: 1, transitions: [] };
      expect(await codeOf(store.commit({ job: late }))).toBe('revision-conflict');
      expect(await store.job('01A')).toEqual(row);
      expect((await store.transitions('01A')).map((step) => step.to)).toEqual(['held']);
    });

    withStore('stores all of a commit or nothing', async (store) => {
      await insert(store, jobRow('01A'));
      const run = runRow('R1', '01A');
      const row = jobRow('01A', { revision: 2 });
      const commit = {
        job: { row, expectedRevision: 7, transitions: [] },
        runs: [run],
        documents: [{ run: 'R1', kind: 'start' as const, at: AT, document: {} }],
      };
      expect(await codeOf(store.commit(commit))).toBe('revision-conflict');
      expect(await store.run('R1')).toBe(null);
      expect(await store.documents('R1')).toEqual([]);
      await store.commit({ ...commit, job: { ...commit.job, expectedRevision: 1 } });
      expect(await store.run('R1')).toEqual(run);
      expect(await store.documents('R1')).toHaveLength(1);
    });

    withStore('lists jobs newest first, page by page, by state and device', async (store) => {
      for (let k = 0; k < 7; k++) {
        const state: JobState = k % 2 === 0 ? 'queued' : 'completed';
        await insert(store, jobRow(`01${k}`, { state, device: k < 5 ? 'a' : 'b' }));
      }
      const all = { states: [], device: null, limit: 3, cursor: null } as const;
      const first = await store.jobs(all);
      expect(first.items.map((row) => row.id)).toEqual(['016', '015', '014']);
      const second = await store.jobs({ ...all, cursor: first.next });
      expect(second.items.map((row) => row.id)).toEqual(['013', '012', '011']);
      const third = await store.jobs({ ...all, cursor: second.next });
      expect(third.items.map((row) => row.id)).toEqual(['010']);
      expect(third.next).toBe(null);
      const some = await store.jobs({ ...all, states: ['queued'], device: 'a', limit: 10 });
      expect(some.items.map((row) => row.id)).toEqual(['014', '012', '010']);
      expect(some.next).toBe(null);
    });

    withStore('finds every job that has not ended, oldest first', async (store) => {
      await insert(store, jobRow('01B', { state: 'held' }));
      await insert(store, jobRow('01A', { state: 'running' }));
      await insert(store, jobRow('01C', { state: 'expired' }));
      expect((await store.openJobs()).map((row) => row.id)).toEqual(['01A', '01B']);
      const row = jobRow('01A', { revision: 2, state: 'completed' });
      await store.commit({ job: { row, expectedRevision: 1, transitions: [] } });
      expect((await store.openJobs()).map((open) => open.id)).toEqual(['01B']);
    });

    const point = (sweep: string, k: number, members: Partial<JobRow> = {}): NewJob => ({
      row: jobRow(`${sweep}-${k}-${members.id ?? ''}`, { parent: sweep, point: k, ...members }),
      body: { sweep, point: k },
      transitions: [],
      idempotency: null,
    });

    withStore('has no point of a sweep twice, and all of them in their order', async (store) => {
      await insert(store, jobRow('S', { kind: 'sweep' }));
      await insert(store, jobRow('T', { kind: 'sweep' }));
      const first = await store.insertPoints([point('S', 0), point('S', 2)]);
      expect(first.map((row) => row.point)).toEqual([0, 2]);
      const again = await store.insertPoints([
        point('S', 0, { id: 'again-0' }),
        point('S', 1),
        point('S', 2, { id: 'again-2' }),
        point('T', 0),
      ]);
      expect(again.map(({ parent, point: k }) => [parent, k])).toEqual([
        ['S', 1],
        ['T', 0],
      ]);
      const all = await store.points('S', { from: 0, limit: 10 });
      expect(all.map((row) => row.id)).toEqual(['S-0-', 'S-1-', 'S-2-']);
      expect((await store.points('S', { from: 1, limit: 1 })).map((row) => row.point)).toEqual([1]);
      expect(await store.jobBody('S-1-')).toEqual({ sweep: 'S', point: 1 });
      expect(await store.job('again-0')).toBe(null);
    });

    withStore('lists points of a sweep, jobs that are none, or all', async (store) => {
      await insert(store, jobRow('S', { kind: 'sweep' }));
      await insert(store, jobRow('R'));
      await store.insertPoints([point('S', 0), point('S', 1, { state: 'completed' })]);
      const query = { states: [], device: null, limit: 10, cursor: null };
      const ids = async (more: { parent?: string | null }) =>
        (await store.jobs({ ...query, ...more })).items.map((row) => row.id);
      expect(await ids({ parent: null })).toEqual(['S', 'R']);
      expect(await ids({ parent: 'S' })).toEqual(['S-1-', 'S-0-']);
      expect(await ids({})).toEqual(['S-1-', 'S-0-', 'S', 'R']);
      expect((await store.openJobs()).map((row) => row.id)).toEqual(['R', 'S', 'S-0-']);
    });

    withStore('gives jobs of an earlier version what they do not have', async (store) => {
      const { retry: _retry, attempt: _attempt, sweep: _sweep, ...old } = jobRow('01A');
      await insert(store, old as JobRow);
      expect(await store.job('01A')).toEqual(jobRow('01A'));
      expect(await store.openJobs()).toEqual([jobRow('01A')]);
    });

    const reservation = (id: string, from: number, until: number, device = 'a'): Reservation => ({
      id,
      revision: 1,
      device,
      holder: `holder of ${id}`,
      note: 'annealing',
      from: `2026-01-01T${String(from).padStart(2, '0')}:00:00.000Z`,
      until: `2026-01-01T${String(until).padStart(2, '0')}:00:00.000Z`,
      preempt: null,
      createdAt: AT,
      by: null,
      releasedAt: null,
    });

    withStore('reserves a device for one holder at a time', async (store) => {
      await store.reserve(reservation('r1', 2, 4));
      for (const [from, until] of [
        [1, 3],
        [3, 5],
        [2, 4],
        [1, 5],
        [3, 4],
      ] as const) {
        const wanted = store.reserve(reservation('r2', from, until));
        await expect(wanted).rejects.toMatchObject({
          code: 'reservation-conflict',
          details: { holder: 'holder of r1', note: 'annealing' },
        });
      }
      expect(await store.reservation('r2')).toBe(null);
      await store.reserve(reservation('r3', 4, 6));
      await store.reserve(reservation('r4', 2, 4, 'b'));
      const longer = { ...reservation('r1', 2, 5), revision: 2 };
      expect(await codeOf(store.changeReservation(longer, 1))).toBe('reservation-conflict');
      const released = { ...reservation('r3', 4, 6), revision: 2, releasedAt: AT };
      await store.changeReservation(released, 1);
      expect(await codeOf(store.changeReservation(longer, 7))).toBe('revision-conflict');
      await store.changeReservation(longer, 1);
      expect(await store.reservation('r1')).toEqual(longer);
      const open = await store.openReservations('2026-01-01T04:30:00.000Z');
      expect(open.map(({ id }) => id)).toEqual(['r1']);
      const query = { states: [], now: AT, holder: null, limit: 10, cursor: null };
      const page = await store.reservations({ ...query, device: 'a' });
      expect(page.items.map(({ id }) => id)).toEqual(['r3', 'r1']);
      const all = await store.reservations({ ...query, device: null, limit: 2 });
      expect([all.items.map(({ id }) => id), all.next]).toEqual([['r4', 'r3'], 'r3']);
    });

    withStore('lists reservations by how they stand and by holder', async (store) => {
      for (const [id, from, until] of [
        ['r1', 1, 2],
        ['r2', 2, 4],
        ['r3', 4, 6],
        ['r4', 6, 8],
      ] as const) {
        await store.reserve(reservation(id, from, until));
      }
      const released = { ...reservation('r4', 6, 8), revision: 2, releasedAt: AT };
      await store.changeReservation(released, 1);
      const ids = async (states: readonly ReservationState[], holder: string | null = null) => {
        const query = { device: null, now: '2026-01-01T03:00:00.000Z', limit: 10, cursor: null };
        return (await store.reservations({ ...query, states, holder })).items.map(({ id }) => id);
      };
      expect(await ids(['ended'])).toEqual(['r1']);
      expect(await ids(['active'])).toEqual(['r2']);
      expect(await ids(['upcoming'])).toEqual(['r3']);
      expect(await ids(['released'])).toEqual(['r4']);
      expect(await ids(['upcoming', 'active', 'released'])).toEqual(['r4', 'r3', 'r2']);
      expect(await ids([], 'holder of r2')).toEqual(['r2']);
      expect(await ids(['ended'], 'holder of r2')).toEqual([]);
      // To the millisecond as `reservationState` has it.
      for (const one of ['r1', 'r2', 'r3']) {
        const { from, until } = (await store.reservation(one))!;
        for (const now of [from, until]) {
          const all = (await store.reservation(one))!;
          const state = reservationState(all, Date.parse(now));
          const found = await store.reservations({
            ...{ device: null, states: [state], now, holder: all.holder, limit: 1, cursor: null },
          });
          expect(found.items.map(({ id }) => id)).toEqual([one]);
        }
      }
    });

    withStore('lets one of two who reserve at once have it', async (store) => {
      const both = await Promise.allSettled([
        store.reserve(reservation('r1', 2, 4)),
        store.reserve(reservation('r2', 3, 5)),
      ]);
      expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    });

    withStore('keeps one lock a device until it is removed', async (store) => {
      const lock = { device: 'a', holder: 'ada', note: 'new coils', since: AT };
      await store.setLock(lock);
      await store.setLock({ ...lock, device: 'b' });
      await store.setLock({ ...lock, note: 'still new coils' });
      expect(await store.locks()).toEqual([
        { ...lock, note: 'still new coils' },
        { ...lock, device: 'b' },
      ]);
      await store.removeLock('a');
      await store.removeLock('a');
      expect((await store.locks()).map(({ device }) => device)).toEqual(['b']);
    });

    withStore('keeps runs, their documents in order and their results', async (store) => {
      await insert(store, jobRow('01A'));
      await store.commit({ runs: [runRow('R1', '01A'), runRow('R2', '01A', { device: 'b' })] });
      await store.commit({ runs: [runRow('R1', '01A', { revision: 2, state: 'running' })] });
      expect((await store.run('R1'))?.state).toBe('running');
      const query = { device: null, job: '01A', limit: 10, cursor: null };
      expect((await store.runs(query)).items.map((run) => run.id)).toEqual(['R2', 'R1']);
      expect((await store.runs({ ...query, device: 'b' })).items.map((run) => run.id)).toEqual([
        'R2',
      ]);
      for (const kind of ['start', 'gap', 'stop'] as const) {
        await store.commit({ documents: [{ run: 'R1', kind, at: AT, document: { kind } }] });
      }
      expect((await store.documents('R1')).map((entry) => entry.document)).toEqual([
        { kind: 'start' },
        { kind: 'gap' },
        { kind: 'stop' },
      ]);
      expect(await store.result('R1')).toBe(null);
      const result = { run: 'R1', shots: 3, engine: NaN } as unknown as RunResult;
      await store.commit({ result });
      expect(await store.result('R1')).toEqual({ run: 'R1', shots: 3, engine: null });
    });

    const gone = (id: string, job: string): RecordDeletion => {
      const deleted = { at: AT, rule: 'r', by: 'relaxd', rows: 3, bytes: 9, hash: 'sha256:9' };
      return {
        row: runRow(id, job, { revision: 3, state: 'completed', record: 'deleted', deleted }),
        document: { run: id, kind: 'deleted', at: AT, document: deleted },
        note: new AuditNote({
          at: AT,
          who: LAB_ACTOR,
          action: 'record-deleted',
          target: `/v1/runs/${id}`,
          outcome: 'done',
          details: { ...deleted },
        }),
      };
    };

    withStore(
      'tells which runs have a record, and puts a statement in the place of one once',
      async (store) => {
        await insert(store, jobRow('01A', { kind: 'retrieve', state: 'running' }));
        const runs = ['R1', 'R2', 'R3', 'R4'].map((id) => runRow(id, '01A'));
        await store.commit({ runs });
        expect(await store.recordedRuns(null, 10)).toEqual([]);
        const states = ['whole', 'repaired', 'missing', 'whole'] as const;
        const ended = runs.map((run, k) => ({ ...run, revision: 2, record: states[k]! }));
        await store.commit({ runs: ended });
        const recorded = async (after: string | null, limit: number) =>
          (await store.recordedRuns(after, limit)).map(({ run }) => run.id);
        expect(await recorded(null, 2)).toEqual(['R1', 'R2']);
        expect(await recorded('R2', 2)).toEqual(['R4']);
        const [first] = await store.recordedRuns(null, 1);
        expect(first).toEqual({ run: ended[0], kind: 'retrieve', jobEnded: false });

        const both = await Promise.all([
          store.deleteRecord(gone('R1', '01A')),
          store.deleteRecord(gone('R1', '01A')),
        ]);
        expect(both.sort()).toEqual([false, true]);
        expect(await store.deleteRecord(gone('R3', '01A'))).toBe(false); // there is none
        expect(await store.deleteRecord(gone('R9', '01A'))).toBe(false);
        expect(await recorded(null, 9)).toEqual(['R2', 'R4']);
        expect(await store.deletedRuns(null, 9)).toEqual(['R1']);
        expect(await store.deletedRuns('R1', 9)).toEqual([]);
        expect(await store.run('R1')).toEqual(gone('R1', '01A').row);
        expect((await store.documents('R1')).map(({ kind }) => kind)).toEqual(['deleted']);
        const entries = await store.access.auditAfter(0, 10);
        expect(entries.map(({ action, target }) => [action, target])).toEqual([
          ['record-deleted', '/v1/runs/R1'],
        ]);
      },
    );

    withStore('keeps what is pinned, and lets nobody pin what is gone', async (store) => {
      await insert(store, jobRow('01A'));
      await store.commit({
        runs: ['R1', 'R2'].map((id) => runRow(id, '01A', { record: 'whole' })),
      });
      const pin = (by: string, note = 'for the paper') => ({ run: 'R1', by, note, at: AT });
      await store.pin(pin('ben', 'first'), null);
      await store.pin(pin('ada'), null);
      await store.pin(pin('ben'), null);
      expect(await store.pins('R1')).toEqual([pin('ada'), pin('ben')]);
      expect(await store.pins('R2')).toEqual([]);
      expect(await store.pins(null)).toHaveLength(2);
      expect(await store.deleteRecord(gone('R1', '01A'))).toBe(false);
      expect((await store.run('R1'))?.record).toBe('whole');
      expect(await store.access.auditAfter(0, 10)).toEqual([]);
      expect(await store.unpin('R1', 'ada', null)).toBe(true);
      expect(await store.unpin('R1', 'ada', null)).toBe(false);
      await store.unpin('R1', 'ben', null);
      expect(await store.deleteRecord(gone('R1', '01A'))).toBe(true);
      expect(await codeOf(store.pin(pin('ada'), null))).toBe('record-deleted');
      expect(await codeOf(store.pin({ ...pin('ada'), run: 'R9' }, null))).toBe('unknown-run');
    });

    withStore(
      'keeps a document once under its id, and lists what is kept by shelf',
      async (store) => {
        const document = (id: string) => ({
          id,
          createdAt: AT,
          summary: { name: id },
          document: { id, large: [1, 2, 3] },
        });
        for (const id of ['x', 'y', 'z']) await store.keep('memory-sets', document(id));
        await store.keep('programs', document('p'));
        await store.keep('memory-sets', { ...document('x'), document: 'another' });
        expect((await store.kept('memory-sets', 'x'))?.document).toEqual(document('x').document);
        expect(await store.kept('memory-sets', 'p')).toBe(null);
        const { document: _, ...summary } = document('x');
        expect(await store.keptSummary('memory-sets', 'x')).toEqual(summary);
        expect(await store.keptSummary('memory-sets', 'p')).toBe(null);
        const first = await store.listKept('memory-sets', { limit: 2, cursor: null });
        expect(first.items).toEqual([
          { id: 'z', createdAt: AT, summary: { name: 'z' } },
          { id: 'y', createdAt: AT, summary: { name: 'y' } },
        ]);
        const second = await store.listKept('memory-sets', { limit: 2, cursor: first.next });
        expect(second.items.map((item) => item.id)).toEqual(['x']);
        expect(second.next).toBe(null);
        const wrong = store.listKept('memory-sets', { limit: 2, cursor: 'nonsense' });
        expect(await codeOf(wrong)).toBe('invalid-input');
      },
    );
  });
  accessContract(name, open, jobRow);
  calibrationContract(name, open, { jobRow, runRow });
}
