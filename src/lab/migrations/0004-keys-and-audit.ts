import type { Migration } from '../sql-database.js';

/** What the first entry rests on. */
const FIRST = `sha256:${'0'.repeat(64)}`;

/** API keys, and the audit log with its end: whoever adds an entry takes the row of `audit_head` first, so that none can fork. */
export const KEYS_AND_AUDIT: Migration = {
  sqlite: `
  CREATE TABLE api_keys (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    revision INTEGER NOT NULL,
    document TEXT NOT NULL,
    last_used_at TEXT
  ) STRICT;
  CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    who_key TEXT,
    who_name TEXT NOT NULL,
    who_role TEXT,
    who_address TEXT,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    outcome TEXT NOT NULL,
    details TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL
  ) STRICT;
  CREATE INDEX audit_key ON audit (who_key, seq);
  CREATE INDEX audit_action ON audit (action, seq);
  CREATE INDEX audit_outcome ON audit (outcome, seq);
  CREATE TABLE audit_head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    seq INTEGER NOT NULL,
    hash TEXT NOT NULL
  ) STRICT;
  INSERT INTO audit_head (one, seq, hash) VALUES (1, 0, '${FIRST}');
  `,
  postgres: `
  CREATE TABLE api_keys (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id TEXT COLLATE "C" NOT NULL UNIQUE,
    revision BIGINT NOT NULL,
    document TEXT NOT NULL,
    last_used_at TEXT
  );
  CREATE TABLE audit (
    seq BIGINT PRIMARY KEY,
    at TEXT NOT NULL,
    who_key TEXT,
    who_name TEXT NOT NULL,
    who_role TEXT,
    who_address TEXT,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    outcome TEXT NOT NULL,
    details TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL
  );
  CREATE INDEX audit_key ON audit (who_key, seq);
  CREATE INDEX audit_action ON audit (action, seq);
  CREATE INDEX audit_outcome ON audit (outcome, seq);
  CREATE TABLE audit_head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    seq BIGINT NOT NULL,
    hash TEXT NOT NULL
  );
  INSERT INTO audit_head (one, seq, hash) VALUES (1, 0, '${FIRST}');
  `,
};
