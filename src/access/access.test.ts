import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ManualClock, RelaxdError } from '../core/index.js';
import { drawKeyId, drawSecret, keyText, readKeyText, sameHash, secretHash } from './api-key.js';
import { AuditLog, LAB_ACTOR } from './audit-log.js';
import { CountWindow } from './count-window.js';
import { Denials, WRITTEN_IN_ALL, WRITTEN_OF_CALLER } from './denials.js';
import { KeyBook, REMEMBERED_MS, TOUCH_EVERY_MS } from './key-book.js';
import { MemoryAccessStore } from './memory-access-store.test-support.js';
import { leastRole, mayUse, ROLES, SCOPES, scopesOf } from './roles.js';

const START_MS = Date.parse('2027-01-01T00:00:00Z');
const code = async (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'nothing was thrown',
    (error: unknown) => (error as RelaxdError).code,
  );
function lab() {
  const clock = new ManualClock(START_MS);
  const store = new MemoryAccessStore();
  const keys = new KeyBook(store, clock, (n) => randomBytes(n));
  const troubles: number[] = [];
  const audit = new AuditLog(store, clock, (_error, waiting) => troubles.push(waiting));
  return { clock, store, keys, audit, troubles };
}
const wanted = { name: 'ann', role: 'operator', expiresAt: null, createdBy: 'test' } as const;
const event = (action: string, details = {}) =>
  ({ who: LAB_ACTOR, action, target: 't', outcome: 'done', details }) as const;

describe('roles', () => {
  it('each may do what those before it may, and something more', () => {
    const sets = ROLES.map((role) => scopesOf(role));
    for (let k = 1; k < sets.length; k++) {
      expect(sets[k]).toEqual(expect.arrayContaining([...sets[k - 1]!]));
      expect(sets[k]!.length).toBeGreaterThan(sets[k - 1]!.length);
    }
    expect([...scopesOf('admin')].sort()).toEqual([...SCOPES].sort());
    expect(scopesOf('observer')).toEqual(['read']);
    expect(mayUse('operator', 'calibrations')).toBe(false);
    expect(SCOPES.map(leastRole)).toEqual([
      'observer',
      'operator',
      'operator',
      'calibrator',
      'calibrator',
      'admin',
      'admin',
      'admin',
    ]);
  });
});

describe('the text of a key', () => {
  it('is read back whatever was drawn, and has 256 random bits', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 44, maxLength: 44 }), (bytes) => {
        let at = 0;
        const draw = (n: number) => bytes.subarray(at, (at += n));
        const key = { id: drawKeyId(draw), secret: drawSecret(draw) };
        expect(readKeyText(keyText(key))).toEqual(key);
        expect(Buffer.from(key.secret, 'base64url')).toEqual(Buffer.from(bytes.subarray(12)));
      }),
      { numRuns: 200 },
    );
  });

  it.each(['', 'rlx_', 'rlx_abc_def', 'Bearer x', `rlx_abcdefghijkm_${'a'.repeat(42)}`])(
    '%j is none',
    (text) => expect(readKeyText(text)).toBe(null),
  );

  it('its hash is SHA-256, compared whole', () => {
    expect(secretHash('abc')).toBe(createHash('sha256').update('abc').digest('hex'));
    expect(sameHash(secretHash('a'), secretHash('a'))).toBe(true);
    expect(sameHash(secretHash('a'), secretHash('b'))).toBe(false);
    expect(sameHash('a', 'ab')).toBe(false);
  });
});

describe('KeyBook', () => {
  it('shows a secret once and stores only its hash', async () => {
    const { keys, store } = lab();
    const { key, text } = await keys.create(wanted);
    const { secret } = readKeyText(text)!;
    const stored = JSON.stringify([...store.rows.values()]);
    expect(stored).not.toContain(secret);
    expect(stored).toContain(secretHash(secret));
    expect(key).toMatchObject({ name: 'ann', role: 'operator', state: 'active', revision: 1 });
    expect(JSON.stringify([key, await keys.list()])).not.toContain(secretHash(secret));
  });

  it('tells a holder of the right secret what is wrong with the key, and nobody else', async () => {
    const { keys, clock } = lab();
    const expiring = await keys.create({ ...wanted, expiresAt: '2027-01-02' });
    const other = await keys.create(wanted);
    expect(await keys.present(expiring.text)).toMatchObject({ state: 'active' });
    clock.advance(86_400_000);
    expect(await keys.present(expiring.text)).toMatchObject({ state: 'expired' });
    await keys.revoke(other.key.id);
    expect(await keys.present(other.text)).toMatchObject({ state: 'revoked' });
    const forged = (text: string) => `${text.slice(0, -43)}${'A'.repeat(43)}`;
    expect(await keys.present(forged(expiring.text))).toEqual({ state: 'unknown' });
    expect(await keys.present(forged(other.text))).toEqual({ state: 'unknown' });
    expect(await keys.present(`rlx_${'a'.repeat(12)}_${'A'.repeat(43)}`)).toEqual({
      state: 'unknown',
    });
    expect(await keys.present('nonsense')).toEqual({ state: 'malformed' });
    expect(await keys.any()).toBe(false);
  });

  it('a new secret ends the old one, and what was opened with it', async () => {
    const { keys } = lab();
    const first = await keys.create(wanted);
    const presented = await keys.present(first.text);
    const { hash } = (presented as { row: { hash: string } }).row;
    expect(await keys.ended(first.key.id, hash)).toBe(null);
    const second = await keys.rotate(first.key.id);
    expect(second.key).toMatchObject({ id: first.key.id, revision: 2 });
    expect(await keys.present(first.text)).toEqual({ state: 'unknown' });
    expect(await keys.present(second.text)).toMatchObject({ state: 'active' });
    expect(await keys.ended(first.key.id, hash)).toBe('rotated');
    await keys.revoke(first.key.id);
    expect(await keys.ended(first.key.id, hash)).toBe('revoked');
    expect(await code(keys.rotate(first.key.id))).toBe('key-ended');
    expect(await code(keys.revoke('nobody'))).toBe('unknown-key');
  });

  it('hears of what another process did to a key within half a second', async () => {
    const { keys, clock, store } = lab();
    const { text, key } = await keys.create(wanted);
    expect(await keys.present(text)).toMatchObject({ state: 'active' });
    const row = store.rows.get(key.id)!;
    store.rows.set(key.id, { ...row, revision: 2, revokedAt: '2027-01-01T00:00:00Z' });
    clock.advance(REMEMBERED_MS);
    expect(await keys.present(text)).toMatchObject({ state: 'revoked' });
  });

  it('writes the time of the last use once a minute, not with each use', async () => {
    const { keys, clock, store } = lab();
    const { text, key } = await keys.create(wanted);
    let writes = 0;
    const touch = store.touchKey.bind(store);
    store.touchKey = async (id, at) => {
      writes++;
      await touch(id, at);
    };
    for (let k = 0; k < 100; k++) {
      await keys.present(text);
      clock.advance(TOUCH_EVERY_MS / 50);
    }
    expect(writes).toBe(2);
    expect(store.rows.get(key.id)?.lastUsedAt).toBe('2027-01-01T00:01:00.000Z');
  });

  it.each([
    [{ ...wanted, name: '' }, 'name'],
    [{ ...wanted, name: ' ann' }, 'name'],
    [{ ...wanted, name: 'a\nb' }, 'name'],
    [{ ...wanted, name: 'x'.repeat(101) }, 'name'],
    [{ ...wanted, role: 'root' as never }, 'role'],
    [{ ...wanted, expiresAt: '2026-12-31' }, 'expiresAt'],
    [{ ...wanted, expiresAt: 'soon' }, 'expiresAt'],
    [{ ...wanted, expiresAt: '7' }, 'expiresAt'],
  ])('refuses %j', async (given, path) => {
    const { keys, store } = lab();
    const error = await keys.create(given).catch((thrown: unknown) => thrown as RelaxdError);
    expect(error).toMatchObject({ code: 'invalid-input', details: { path } });
    expect(store.rows.size).toBe(0);
  });
});

describe('the audit log', () => {
  it('rests each entry on the one before and finds the first that was altered', async () => {
    const { audit, store } = lab();
    for (let k = 0; k < 1200; k++)
      await audit.record(event(`a${k}`, { k, none: null, u: undefined }));
    expect(await audit.verify()).toMatchObject({ whole: true, entries: 1200, broken: null });
    const whole = store.entries;
    for (const [alter, seq, says] of [
      [
        (e: typeof whole) => e.map((x) => (x.seq === 700 ? { ...x, action: 'other' } : x)),
        700,
        'not what it was',
      ],
      [
        (e: typeof whole) => e.map((x) => (x.seq === 3 ? { ...x, details: { k: 9 } } : x)),
        3,
        'not what it was',
      ],
      [(e: typeof whole) => e.filter((x) => x.seq !== 501), 501, '501 is missing'],
      [(e: typeof whole) => e.filter((x) => x.seq > 1), 1, '1 is missing'],
    ] as const) {
      store.entries = alter(whole);
      const report = await audit.verify();
      expect(report).toMatchObject({ whole: false, broken: { seq } });
      expect(report.broken?.reason).toContain(says);
    }
    // Somebody who makes all hashes anew is found out by an end that was noted elsewhere.
    const noted = { seq: 1000, hash: whole[999]!.hash };
    const forged = new MemoryAccessStore();
    const log = new AuditLog(forged, new ManualClock(START_MS));
    for (let k = 0; k < 1200; k++) await log.record(event(`b${k}`));
    expect(await log.verify()).toMatchObject({ whole: true });
    expect(await log.verify(noted)).toMatchObject({ whole: false, broken: { seq: 1000 } });
    store.entries = whole.slice(0, 900);
    expect((await audit.verify(noted)).broken?.reason).toContain('its end was cut off');
  });

  it('keeps what cannot be written until it can, in its order, and raises an alarm', async () => {
    const { audit, store, troubles } = lab();
    store.failure = new RelaxdError('disk-full', 'no room');
    expect(await audit.record(event('first'))).toBe(false);
    expect(await audit.record(event('second'))).toBe(false);
    expect(troubles).toEqual([1, 2]);
    store.failure = null;
    expect(await audit.record(event('third'))).toBe(true);
    expect(store.entries.map(({ action }) => action)).toEqual(['first', 'second', 'third']);
    expect(await audit.verify()).toMatchObject({ whole: true, entries: 3 });
  });

  it('says how many it lost where that lasts too long', async () => {
    const { audit, store } = lab();
    store.failure = new RelaxdError('disk-full', 'no room');
    for (let k = 0; k < 1005; k++) await audit.record(event(`a${k}`));
    store.failure = null;
    await audit.record(event('after'));
    expect(store.entries[0]!.action).toBe('a5');
    expect(store.entries.at(-2)).toMatchObject({
      action: 'audit-entries-lost',
      details: { entries: 5 },
    });
  });
});

describe('denials', () => {
  it('cannot fill the disk: so many of one caller, so many in all, the rest counted', async () => {
    const { audit, store, clock } = lab();
    const denials = new Denials(audit, clock);
    const deny = (caller: string) =>
      denials.write(caller, audit.note({ ...event('denied'), outcome: 'denied' }));
    for (let k = 0; k < 1000; k++) await deny('10.0.0.1');
    expect(store.entries).toHaveLength(WRITTEN_OF_CALLER);
    for (let k = 0; k < 1000; k++) await deny(`10.0.1.${k}`);
    const written = store.entries.filter(({ action }) => action === 'denied').length;
    expect(written).toBe(WRITTEN_IN_ALL);
    await denials.flush();
    const counted = store.entries
      .filter(({ action }) => action === 'denials-not-written')
      .reduce((sum, { details }) => sum + (details['denials'] as number), 0);
    expect(written + counted).toBe(2000);
    clock.advance(60_000);
    await deny('10.0.0.1');
    expect(store.entries.at(-1)?.action).toBe('denied');
  });
});

describe('CountWindow', () => {
  it('remembers a bounded number of names', () => {
    const clock = new ManualClock(0);
    const window = new CountWindow(clock, 1000, 3);
    for (const name of ['a', 'b', 'c', 'a']) window.add(name);
    expect(window.add('a').count).toBe(3);
    expect(window.add('d').count).toBe(1);
    // The oldest had to go.
    expect(window.add('a').count).toBe(1);
    clock.advance(1000);
    expect(window.add('d')).toEqual({ count: 1, leftMs: 1000 });
  });
});
