import { isoTime, RelaxdError, type Clock } from '../core/index.js';
import type { AccessStore } from './access-store.js';
import {
  drawKeyId,
  drawSecret,
  keyText,
  readKeyText,
  sameHash,
  secretHash,
  type DrawBytes,
} from './api-key.js';
import type { AuditNote } from './audit-note.js';
import { keyState, shownKey, type KeyRow, type ShownKey } from './key-row.js';
import { isRole, ROLES, type Role } from './roles.js';

export interface NewKey {
  readonly name: string;
  readonly role: Role;
  /** ISO 8601 in the future; null: never. */
  readonly expiresAt: string | null;
  /** Name of who makes it. */
  readonly createdBy: string;
}

/** A key with its secret: shown once, kept nowhere. */
export interface MintedKey {
  readonly key: ShownKey;
  /** `rlx_<id>_<secret>` */
  readonly text: string;
}

export type Presented =
  | { readonly state: 'active'; readonly row: KeyRow }
  /** The secret was right, so its holder may know. */
  | { readonly state: 'expired' | 'revoked'; readonly row: KeyRow }
  | { readonly state: 'malformed' | 'unknown' };

/** How old what is remembered of a key may be: another node may have revoked it. */
export const REMEMBERED_MS = 500;
/** How often the time of a key's last use is written. */
export const TOUCH_EVERY_MS = 60_000;
/** Keys that are remembered at once; what is not there is read from the store. */
const MOST_REMEMBERED = 1000;
export const LONGEST_NAME = 100;

interface Remembered {
  readonly row: KeyRow | null;
  readonly readAtMs: number;
}

/** The API keys of a lab. */
export class KeyBook {
  private readonly remembered = new Map<string, Remembered>();
  private readonly touchedAtMs = new Map<string, number>();
  private readonly listeners = new Set<(id: string) => void>();
  /** Stands in where there is no such key, so that the work is the same. */
  private readonly nobody = secretHash('');

  constructor(
    private readonly store: AccessStore,
    private readonly clock: Clock,
    private readonly draw: DrawBytes,
  ) {}

  /** Calls the listener after each change of a key here; the function that comes back removes it. */
  onChange(listener: (id: string) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** True where there is a key that works. */
  async any(): Promise<boolean> {
    const nowMs = this.clock.wallMs();
    return (await this.store.keys()).some((row) => keyState(row, nowMs) === 'active');
  }

  async list(): Promise<readonly ShownKey[]> {
    const nowMs = this.clock.wallMs();
    return (await this.store.keys()).map((row) => shownKey(row, nowMs));
  }

  /** @throws RelaxdError `unknown-key` */
  async one(id: string): Promise<ShownKey> {
    return shownKey(await this.find(id), this.clock.wallMs());
  }

  /** @throws RelaxdError `invalid-input` for a name, role or time that is none */
  async create(wanted: NewKey, note: AuditNote | null = null): Promise<MintedKey> {
    const { name, role, expiresAt, createdBy } = wanted;
    checkName(name);
    checkRole(role);
    const nowMs = this.clock.wallMs();
    const secret = drawSecret(this.draw);
    const row: KeyRow = {
      id: drawKeyId(this.draw),
      revision: 1,
      name,
      role,
      hash: secretHash(secret),
      createdAt: isoTime(nowMs),
      createdBy,
      expiresAt: expiresAt === null ? null : futureTime(expiresAt, nowMs),
      rotatedAt: null,
      revokedAt: null,
      lastUsedAt: null,
    };
    note?.add({ key: row.id, name, role, ...(row.expiresAt === null ? {} : { expiresAt }) });
    await this.store.insertKey(row, note);
    this.changed(row);
    return { key: shownKey(row, nowMs), text: keyText({ id: row.id, secret }) };
  }

  /**
   * Ends a key for good; its open sockets are closed. One that was revoked before stays as it is.
   *
   * @throws RelaxdError `unknown-key`
   */
  async revoke(id: string, note: AuditNote | null = null): Promise<ShownKey> {
    const before = await this.find(id);
    const nowMs = this.clock.wallMs();
    if (before.revokedAt !== null) return shownKey(before, nowMs);
    note?.add({ key: id, name: before.name, role: before.role });
    const row = { ...before, revision: before.revision + 1, revokedAt: isoTime(nowMs) };
    await this.store.updateKey(row, note);
    this.changed(row);
    return shownKey(row, nowMs);
  }

  /**
   * Gives a key a new secret; the old one ends at once.
   *
   * @throws RelaxdError `unknown-key`; `key-ended` for one that was revoked or has expired
   */
  async rotate(id: string, note: AuditNote | null = null): Promise<MintedKey> {
    const before = await this.find(id);
    const nowMs = this.clock.wallMs();
    const state = keyState(before, nowMs);
    if (state !== 'active') {
      throw new RelaxdError('key-ended', `key ${id} (${before.name}) is ${state}`, {
        value: id,
        hint: 'make a new one',
      });
    }
    note?.add({ key: id, name: before.name, role: before.role });
    const secret = drawSecret(this.draw);
    const row = {
      ...before,
      revision: before.revision + 1,
      hash: secretHash(secret),
      rotatedAt: isoTime(nowMs),
    };
    await this.store.updateKey(row, note);
    this.changed(row);
    return { key: shownKey(row, nowMs), text: keyText({ id, secret }) };
  }

  /** Judges the text of a key that a caller has presented. */
  async present(text: string): Promise<Presented> {
    const given = readKeyText(text);
    if (given === null) return { state: 'malformed' };
    const row = await this.lookUp(given.id);
    const right = sameHash(secretHash(given.secret), row?.hash ?? this.nobody);
    if (row === null || !right) return { state: 'unknown' };
    const nowMs = this.clock.wallMs();
    const state = keyState(row, nowMs);
    if (state === 'active') this.touch(row, nowMs);
    return { state, row };
  }

  /**
   * How a key that was presented before stands now: null where it still works as it did then, else why not.
   *
   * @param hash of the secret that was presented
   */
  async ended(id: string, hash: string): Promise<'revoked' | 'expired' | 'rotated' | null> {
    const row = await this.lookUp(id);
    if (row === null) return 'revoked';
    const state = keyState(row, this.clock.wallMs());
    if (state !== 'active') return state;
    return sameHash(row.hash, hash) ? null : 'rotated';
  }

  private async lookUp(id: string): Promise<KeyRow | null> {
    const nowMs = this.clock.monotonicMs();
    const known = this.remembered.get(id);
    if (known !== undefined && nowMs - known.readAtMs < REMEMBERED_MS) return known.row;
    const row = await this.store.key(id);
    // A key that was changed here while it was being read is newer than what was read.
    const now = this.remembered.get(id);
    if (now?.row != null && row !== null && now.row.revision > row.revision) return now.row;
    this.remember(id, row, nowMs);
    return row;
  }

  private remember(id: string, row: KeyRow | null, readAtMs: number): void {
    if (this.remembered.size >= MOST_REMEMBERED) this.remembered.clear();
    this.remembered.set(id, { row, readAtMs });
  }

  private touch(row: KeyRow, nowMs: number): void {
    const last =
      this.touchedAtMs.get(row.id) ??
      (row.lastUsedAt === null ? -Infinity : Date.parse(row.lastUsedAt));
    if (nowMs - last < TOUCH_EVERY_MS) return;
    this.touchedAtMs.set(row.id, nowMs);
    // Whoever uses the key does not wait for it, and a store in trouble is told of by what matters more.
    this.store.touchKey(row.id, isoTime(nowMs)).catch(() => this.touchedAtMs.delete(row.id));
  }

  private changed(row: KeyRow): void {
    this.remember(row.id, row, this.clock.monotonicMs());
    for (const listener of [...this.listeners]) listener(row.id);
  }

  private async find(id: string): Promise<KeyRow> {
    const row = await this.store.key(id);
    if (row !== null) return row;
    throw new RelaxdError('unknown-key', `there is no key '${id}'`, {
      value: id,
      hint: 'relaxd keys list, or GET /v1/keys, lists them; an id is the part of a key between its underscores',
    });
  }
}

function checkName(name: string): void {
  if (/^\S(.*\S)?$/u.test(name) && name.length <= LONGEST_NAME && !/\p{Cc}/u.test(name)) return;
  throw new RelaxdError('invalid-input', 'a key needs a name that says whose it is', {
    path: 'name',
    value: name,
    limit: `1 to ${LONGEST_NAME} characters, without blanks around them`,
  });
}

function checkRole(role: string): void {
  if (isRole(role)) return;
  throw new RelaxdError('invalid-input', `role: there is no role '${role}'`, {
    path: 'role',
    value: role,
    limit: ROLES,
  });
}

function futureTime(text: string, nowMs: number): string {
  const ms = Date.parse(text);
  if (Number.isNaN(ms) || !/^\d{4}-\d\d-\d\d/.test(text)) {
    throw new RelaxdError('invalid-input', `expiresAt: '${text}' is no time`, {
      path: 'expiresAt',
      value: text,
      limit: 'ISO 8601, e.g. 2027-01-31 or 2027-01-31T12:00:00Z',
    });
  }
  if (ms > nowMs) return isoTime(ms);
  throw new RelaxdError('invalid-input', `expiresAt: ${text} has passed`, {
    path: 'expiresAt',
    value: text,
    limit: `after ${isoTime(nowMs)}`,
  });
}
