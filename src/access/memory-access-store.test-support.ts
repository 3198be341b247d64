import { RelaxdError } from '../core/index.js';
import type { AccessStore, AuditQuery } from './access-store.js';
import { CHAIN_START, sealEntry, type AuditEntry, type ChainHead } from './audit-entry.js';
import type { AuditNote } from './audit-note.js';
import type { KeyRow } from './key-row.js';

/** Keys and audit log in memory, which a test can alter and let fail. */
export class MemoryAccessStore implements AccessStore {
  readonly rows = new Map<string, KeyRow>();
  entries: AuditEntry[] = [];
  /** Thrown by every change where it is set. */
  failure: RelaxdError | null = null;

  async keys(): Promise<readonly KeyRow[]> {
    return [...this.rows.values()];
  }
  async key(id: string): Promise<KeyRow | null> {
    return this.rows.get(id) ?? null;
  }
  async insertKey(row: KeyRow, note: AuditNote | null): Promise<void> {
    this.check();
    this.rows.set(row.id, row);
    if (note !== null) await this.appendAudit([note]);
  }
  async updateKey(row: KeyRow, note: AuditNote | null): Promise<void> {
    this.check();
    if (this.rows.get(row.id)?.revision !== row.revision - 1) {
      throw new RelaxdError('revision-conflict', `key ${row.id} has changed`);
    }
    await this.insertKey(row, note);
  }
  async touchKey(id: string, lastUsedAt: string): Promise<void> {
    this.check();
    const row = this.rows.get(id);
    if (row !== undefined) this.rows.set(id, { ...row, lastUsedAt });
  }
  async appendAudit(notes: readonly AuditNote[]): Promise<void> {
    this.check();
    for (const note of notes) {
      const entry = sealEntry(note.fields, await this.auditHead());
      this.entries.push(entry);
      note.stored(entry);
    }
  }
  async audit({ limit, before, key, action, outcome }: AuditQuery): Promise<readonly AuditEntry[]> {
    return this.entries
      .filter(
        (entry) =>
          (before === null || entry.seq < before) &&
          (key === null || entry.who.key === key) &&
          (action === null || entry.action === action) &&
          (outcome === null || entry.outcome === outcome),
      )
      .reverse()
      .slice(0, limit);
  }
  async auditAfter(after: number, limit: number): Promise<readonly AuditEntry[]> {
    return this.entries.filter(({ seq }) => seq > after).slice(0, limit);
  }
  async auditHead(): Promise<ChainHead> {
    const last = this.entries.at(-1);
    return last === undefined ? CHAIN_START : { seq: last.seq, hash: last.hash };
  }

  private check(): void {
    if (this.failure !== null) throw this.failure;
  }
}
