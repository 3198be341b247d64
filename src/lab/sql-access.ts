import {
  sealEntry,
  type AccessStore,
  type AuditEntry,
  type AuditNote,
  type AuditQuery,
  type ChainHead,
  type KeyRow,
} from '../access/index.js';
import { RelaxdError } from '../core/index.js';
import type { SqlConnection, SqlDatabase, SqlRow, SqlValue } from './sql-database.js';

const KEY_COLUMNS = 'document, last_used_at';
const ENTRY_COLUMNS =
  'seq, at, who_key, who_name, who_role, who_address, action, target, outcome, details, previous, hash';

/** API keys and the audit log in SQL. */
export class SqlAccess implements AccessStore {
  constructor(private readonly database: SqlDatabase) {}

  async keys(): Promise<readonly KeyRow[]> {
    const rows = await this.all(`SELECT ${KEY_COLUMNS} FROM api_keys ORDER BY number`);
    return rows.map(keyRow);
  }

  async key(id: string): Promise<KeyRow | null> {
    const [row] = await this.all(`SELECT ${KEY_COLUMNS} FROM api_keys WHERE id = ?`, id);
    return row === undefined ? null : keyRow(row);
  }

  async insertKey(row: KeyRow, note: AuditNote | null): Promise<void> {
    await this.noting(note === null ? [] : [note], (connection) =>
      connection.run(
        'INSERT INTO api_keys (id, revision, document, last_used_at) VALUES (?, ?, ?, ?)',
        [row.id, row.revision, JSON.stringify(row), row.lastUsedAt],
      ),
    );
  }

  async updateKey(row: KeyRow, note: AuditNote | null): Promise<void> {
    await this.noting(note === null ? [] : [note], async (connection) => {
      const changes = await connection.run(
        'UPDATE api_keys SET revision = ?, document = ? WHERE id = ? AND revision = ?',
        [row.revision, JSON.stringify(row), row.id, row.revision - 1],
      );
      if (changes > 0) return;
      throw new RelaxdError('revision-conflict', `key ${row.id} has changed meanwhile`, {
        value: row.revision - 1,
        hint: 'read it again',
      });
    });
  }

  async touchKey(id: string, at: string): Promise<void> {
    await this.database.transaction((connection) =>
      connection.run('UPDATE api_keys SET last_used_at = ? WHERE id = ?', [at, id]),
    );
  }

  async appendAudit(notes: readonly AuditNote[]): Promise<void> {
    await this.noting(notes, async () => undefined);
  }

  async audit(query: AuditQuery): Promise<readonly AuditEntry[]> {
    const { before, key, action, outcome, limit } = query;
    const wanted: [string, SqlValue | null][] = [
      ['seq < ?', before],
      ['who_key = ?', key],
      ['action = ?', action],
      ['outcome = ?', outcome],
    ];
    const given = wanted.filter(([, value]) => value !== null);
    const where = given.length === 0 ? '' : `WHERE ${given.map(([text]) => text).join(' AND ')}`;
    const rows = await this.all(
      `SELECT ${ENTRY_COLUMNS} FROM audit ${where} ORDER BY seq DESC LIMIT ?`,
      ...given.map(([, value]) => value),
      limit,
    );
    return rows.map(entryOf);
  }

  async auditAfter(after: number, limit: number): Promise<readonly AuditEntry[]> {
    const rows = await this.all(
      `SELECT ${ENTRY_COLUMNS} FROM audit WHERE seq > ? ORDER BY seq LIMIT ?`,
      after,
      limit,
    );
    return rows.map(entryOf);
  }

  async auditHead(): Promise<ChainHead> {
    const [row] = await this.all('SELECT seq, hash FROM audit_head');
    return { seq: row!['seq'] as number, hash: row!['hash'] as string };
  }

  /** Work and what is noted about it, both or neither. */
  private async noting(
    notes: readonly AuditNote[],
    work: (connection: SqlConnection) => Promise<unknown>,
  ): Promise<void> {
    const entries = await this.database.transaction(async (connection) => {
      await work(connection);
      return appendNotes(this.database, connection, notes);
    });
    tellNotes(notes, entries);
  }

  private all(sql: string, ...values: SqlValue[]): Promise<readonly SqlRow[]> {
    return this.database.read((connection) => connection.all(sql, values));
  }
}

/**
 * Puts notes at the end of the log, as the last thing of a transaction: the row of the head is held until its end, and who holds it
 * waits for nobody else.
 */
export async function appendNotes(
  { dialect }: Pick<SqlDatabase, 'dialect'>,
  connection: SqlConnection,
  notes: readonly AuditNote[],
): Promise<readonly AuditEntry[]> {
  if (notes.length === 0) return [];
  // Another node waits here; in SQLite there is none.
  const lock = dialect === 'postgres' ? ' FOR UPDATE' : '';
  const [row] = await connection.all(`SELECT seq, hash FROM audit_head WHERE one = 1${lock}`);
  let head: ChainHead = { seq: row!['seq'] as number, hash: row!['hash'] as string };
  const entries: AuditEntry[] = [];
  for (const note of notes) {
    const entry = sealEntry(note.fields, head);
    const { seq, at, who, action, target, outcome, details, previous, hash } = entry;
    await connection.run(
      `INSERT INTO audit (${ENTRY_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      [
        seq,
        at,
        who.key,
        who.name,
        who.role,
        who.address,
        action,
        target,
        outcome,
        JSON.stringify(details),
        previous,
        hash,
      ],
    );
    entries.push(entry);
    head = { seq, hash };
  }
  await connection.run('UPDATE audit_head SET seq = ?, hash = ? WHERE one = 1', [
    head.seq,
    head.hash,
  ]);
  return entries;
}

/** Tells notes, after the commit, that they are entries now. */
export function tellNotes(notes: readonly AuditNote[], entries: readonly AuditEntry[]): void {
  notes.forEach((note, k) => note.stored(entries[k]!));
}

function keyRow(row: SqlRow): KeyRow {
  const stored = JSON.parse(row['document'] as string) as KeyRow;
  return { ...stored, lastUsedAt: row['last_used_at'] as string | null };
}

/** Whatever the row holds, also what nobody who is honest has written: the hash tells. */
function entryOf(row: SqlRow): AuditEntry {
  const text = (name: string): string => row[name] as string;
  let details: AuditEntry['details'];
  try {
    details = JSON.parse(text('details')) as AuditEntry['details'];
  } catch {
    details = { unreadable: text('details') };
  }
  return {
    seq: row['seq'] as number,
    at: text('at'),
    who: {
      key: row['who_key'] as string | null,
      name: text('who_name'),
      role: row['who_role'] as AuditEntry['who']['role'],
      address: row['who_address'] as string | null,
    },
    action: text('action'),
    target: text('target'),
    outcome: text('outcome') as AuditEntry['outcome'],
    details,
    previous: text('previous'),
    hash: text('hash'),
  };
}
