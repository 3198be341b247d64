import type { Role } from './roles.js';

/** An API key as it is stored: without its secret. */
export interface KeyRow {
  readonly id: string;
  readonly revision: number;
  readonly name: string;
  readonly role: Role;
  /** SHA-256 of the secret, hex. */
  readonly hash: string;
  readonly createdAt: string;
  /** Name of who made it. */
  readonly createdBy: string;
  /** ISO 8601; null: never. */
  readonly expiresAt: string | null;
  /** When it last got a new secret. */
  readonly rotatedAt: string | null;
  readonly revokedAt: string | null;
  /** To the minute, more or less; null: never used. */
  readonly lastUsedAt: string | null;
}

/** A key as lists show it. */
export type ShownKey = Omit<KeyRow, 'hash'> & { readonly state: KeyState };
export type KeyState = 'active' | 'expired' | 'revoked';

export function keyState(row: KeyRow, nowMs: number): KeyState {
  if (row.revokedAt !== null) return 'revoked';
  return row.expiresAt !== null && Date.parse(row.expiresAt) <= nowMs ? 'expired' : 'active';
}

export function shownKey({ hash: _hash, ...row }: KeyRow, nowMs: number): ShownKey {
  return { ...row, state: keyState({ ...row, hash: '' }, nowMs) };
}
