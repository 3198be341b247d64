import type { AuditEntry, AuditOutcome, ChainHead } from './audit-entry.js';
import type { AuditNote } from './audit-note.js';
import type { KeyRow } from './key-row.js';

export interface AuditQuery {
  /** At most so many; 1 … 1,000. */
  readonly limit: number;
  /** Only entries before this number; null: from the newest. */
  readonly before: number | null;
  /** Id of a key. */
  readonly key: string | null;
  readonly action: string | null;
  readonly outcome: AuditOutcome | null;
}

/** Where keys and the audit log are kept. Every method resolves once its change is durable. */
export interface AccessStore {
  /** Every key, oldest first: laboratories have dozens. */
  keys(): Promise<readonly KeyRow[]>;
  key(id: string): Promise<KeyRow | null>;
  /** Stores a new key and what is noted about it, both or neither. */
  insertKey(row: KeyRow, note: AuditNote | null): Promise<void>;
  /**
   * Replaces a key that has the revision before `row.revision`.
   *
   * @throws RelaxdError `revision-conflict`
   */
  updateKey(row: KeyRow, note: AuditNote | null): Promise<void>;
  /** Notes when a key was last used; no new revision. */
  touchKey(id: string, at: string): Promise<void>;

  /** Puts entries at the end of the chain, in this order, all or none. */
  appendAudit(notes: readonly AuditNote[]): Promise<void>;
  /** Newest first. */
  audit(query: AuditQuery): Promise<readonly AuditEntry[]>;
  /** At most `limit` entries with a number above `after`, oldest first. */
  auditAfter(after: number, limit: number): Promise<readonly AuditEntry[]>;
  /** What the store says is the end of the chain. */
  auditHead(): Promise<ChainHead>;
}
