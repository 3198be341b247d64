import { describe, expect } from 'vitest';
import {
  AuditLog,
  KeyBook,
  LAB_ACTOR,
  verifyChain,
  type AuditQuery,
  type KeyRow,
} from '../access/index.js';
import { ManualClock, type RelaxdError } from '../core/index.js';
import { codeOf } from './code-of.test-support.js';
import type { JobRow } from './job.js';
import { storeTests } from './store-tests.test-support.js';
import type { Store } from './store.js';

const AT = '2026-01-01T00:00:00.000Z';
const keyRow = (id: string, members: Partial<KeyRow> = {}): KeyRow => ({
  id,
  revision: 1,
  name: `ξ of ${id}`,
  role: 'operator',
  hash: 'a'.repeat(64),
  createdAt: AT,
  createdBy: 'test',
  expiresAt: null,
  rotatedAt: null,
  revokedAt: null,
  lastUsedAt: null,
  ...members,
});
const ALL: AuditQuery = { limit: 1000, before: null, key: null, action: null, outcome: null };

/** What every store has to do with keys and the audit log. @param open a new, empty store */
export function accessContract(
  name: string,
  open: () => Promise<Store>,
  jobRow: (id: string) => JobRow,
): void {
  const withStore = storeTests(open);
  const logOf = (store: Store): AuditLog => new AuditLog(store.access, new ManualClock(0));
  const event = (action: string, key: string | null = null) =>
    ({
      who: { ...LAB_ACTOR, key },
      action,
      target: 'ξ',
      outcome: 'done',
      details: { half: 0.5, text: '„μ“', none: null },
    }) as const;

  describe(`${name} as a store of keys and audit`, () => {
    withStore('keeps keys, oldest first, and changes one only from its revision', async (store) => {
      const { access } = store;
      for (const id of ['b', 'a', 'c']) await access.insertKey(keyRow(id), null);
      expect((await access.keys()).map(({ id }) => id)).toEqual(['b', 'a', 'c']);
      expect(await access.key('a')).toEqual(keyRow('a'));
      expect(await access.key('x')).toBe(null);
      const revoked = keyRow('a', { revision: 2, revokedAt: AT });
      await access.updateKey(revoked, null);
      expect(await codeOf(access.updateKey(revoked, null))).toBe('revision-conflict');
      await access.touchKey('a', AT);
      expect(await access.key('a')).toEqual({ ...revoked, lastUsedAt: AT });
    });

    withStore('stores a key and its note both or neither', async (store) => {
      const { access } = store;
      const log = logOf(store);
      const note = log.note(event('createKey'));
      await access.insertKey(keyRow('a'), note);
      expect(note.entry?.seq).toBe(1);
      const lost = log.note(event('createKey'));
      expect(await codeOf(access.insertKey(keyRow('a'), lost))).not.toBe('nothing was thrown');
      expect(lost.entry).toBe(null);
      const late = log.note(event('actOnKey'));
      const update = access.updateKey(keyRow('a', { revision: 9 }), late);
      expect(await codeOf(update)).toBe('revision-conflict');
      expect(await access.auditHead()).toEqual({ seq: 1, hash: note.entry!.hash });
      expect(await log.verify()).toMatchObject({ whole: true, entries: 1 });
    });

    withStore('notes a job in its own commit, and a repeated one not again', async (store) => {
      const log = logOf(store);
      const idempotency = { key: 'k', bodyHash: 'sha256:1' };
      const submit = async (id: string) => {
        const note = log.note(event('submitJob'));
        await store.insertJob({
          row: jobRow(id),
          body: {},
          transitions: [],
          idempotency,
          notes: [note],
        });
        return note.entry;
      };
      expect((await submit('01A'))?.seq).toBe(1);
      expect(await submit('01B')).toBe(null);
      const wrong = log.note(event('actOnJob'));
      const change = {
        row: { ...jobRow('01A'), revision: 9 },
        expectedRevision: 8,
        transitions: [],
      };
      expect(await codeOf(store.commit({ job: change, notes: [wrong] }))).toBe('revision-conflict');
      expect(wrong.entry).toBe(null);
      const right = log.note(event('actOnJob'));
      await store.commit({
        job: { ...change, row: { ...jobRow('01A'), revision: 2 }, expectedRevision: 1 },
        notes: [right],
      });
      expect(right.entry?.seq).toBe(2);
    });

    withStore('gives each of many jobs that come at once its own answer', async (store) => {
      const log = logOf(store);
      const submit = async (id: string, key: string | null, bodyHash = 'sha256:1') => {
        const note = log.note(event('submitJob'));
        const idempotency = key === null ? null : { key, bodyHash };
        const job = { row: jobRow(id), body: {}, transitions: [], idempotency, notes: [note] };
        const outcome = await store.insertJob(job).then(
          ({ row, inserted }) => (inserted ? 'stored' : row.id),
          (error: unknown) => (error as RelaxdError).code,
        );
        return { outcome, seq: note.entry?.seq ?? null };
      };
      await submit('00', null);
      const answers = await Promise.all([
        ...Array.from({ length: 90 }, (_, k) => submit(`01${k}`, null)),
        submit('02A', 'k'),
        submit('02B', 'k'),
        submit('02C', 'k', 'sha256:2'),
        submit('00', null),
      ]);
      expect(answers.slice(0, 91).every(({ outcome }) => outcome === 'stored')).toBe(true);
      expect(answers.slice(91)).toEqual([
        { outcome: '02A', seq: null },
        { outcome: 'idempotency-conflict', seq: null },
        { outcome: 'store-failed', seq: null },
      ]);
      expect((await store.openJobs()).map(({ id }) => id)).not.toContain('02B');
      // Each has a place of its own in the log, and is the only one there.
      const seqs = answers.slice(0, 91).map(({ seq }) => seq!);
      expect(seqs.sort((a, b) => a - b)).toEqual(seqs.map((_, k) => k + 2));
      expect(await log.verify()).toMatchObject({ whole: true, entries: 92 });
    });

    withStore('gives entries back as they were sealed, by page and by filter', async (store) => {
      const { access } = store;
      const log = logOf(store);
      for (let k = 0; k < 7; k++) {
        await log.record(event(k % 2 === 0 ? 'even' : 'odd', k < 4 ? 'a' : 'b'));
      }
      const seqs = async (query: Partial<AuditQuery>) =>
        (await access.audit({ ...ALL, ...query })).map(({ seq }) => seq);
      expect(await seqs({})).toEqual([7, 6, 5, 4, 3, 2, 1]);
      expect(await seqs({ limit: 2, before: 6 })).toEqual([5, 4]);
      expect(await seqs({ key: 'a' })).toEqual([4, 3, 2, 1]);
      expect(await seqs({ action: 'odd', key: 'b' })).toEqual([6]);
      expect(await seqs({ outcome: 'denied' })).toEqual([]);
      const [first] = await access.auditAfter(0, 1);
      expect(first).toMatchObject({ seq: 1, details: { half: 0.5, text: '„μ“', none: null } });
      expect((await access.auditAfter(5, 10)).map(({ seq }) => seq)).toEqual([6, 7]);
      expect(await verifyChain(access)).toMatchObject({ whole: true, entries: 7 });
    });

    withStore('makes one chain of what comes at the same time', async (store) => {
      const log = logOf(store);
      await Promise.all(Array.from({ length: 60 }, (_, k) => log.record(event(`a${k}`))));
      expect(await log.verify()).toMatchObject({ whole: true, entries: 60 });
    });

    withStore('serves the keys of a lab', async (store) => {
      const clock = new ManualClock(Date.parse(AT));
      let drawn = 0;
      const keys = new KeyBook(store.access, clock, (n) => new Uint8Array(n).fill(++drawn));
      const { text, key } = await keys.create({
        name: 'ann',
        role: 'admin',
        expiresAt: '2026-02-01',
        createdBy: 'test',
      });
      expect(await keys.present(text)).toMatchObject({ state: 'active' });
      const { text: second } = await keys.rotate(key.id);
      expect(await keys.present(text)).toEqual({ state: 'unknown' });
      expect(await keys.present(second)).toMatchObject({ state: 'active' });
      await keys.revoke(key.id);
      expect(await keys.list()).toMatchObject([{ id: key.id, state: 'revoked', revision: 3 }]);
    });
  });
}
