import type { Migration } from '../sql-database.js';

/** Jobs, runs and what is kept under its own hash. In PostgreSQL ids sort byte by byte, whatever its language. */
export const JOBS_AND_RUNS: Migration = {
  sqlite: `
  CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    revision INTEGER NOT NULL,
    state TEXT NOT NULL,
    device TEXT NOT NULL,
    ended INTEGER NOT NULL,
    document TEXT NOT NULL
  ) STRICT;
  CREATE INDEX jobs_open ON jobs (id) WHERE ended = 0;
  CREATE INDEX jobs_state ON jobs (state, id);
  CREATE INDEX jobs_device ON jobs (device, id);
  CREATE TABLE job_bodies (
    job TEXT PRIMARY KEY REFERENCES jobs (id),
    body TEXT NOT NULL
  ) STRICT;
  CREATE TABLE job_transitions (
    job TEXT NOT NULL REFERENCES jobs (id),
    revision INTEGER NOT NULL,
    event TEXT NOT NULL,
    from_state TEXT,
    to_state TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (job, revision)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE idempotency_keys (
    key TEXT PRIMARY KEY,
    body_hash TEXT NOT NULL,
    job TEXT NOT NULL REFERENCES jobs (id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    job TEXT NOT NULL REFERENCES jobs (id),
    device TEXT NOT NULL,
    document TEXT NOT NULL
  ) STRICT;
  CREATE INDEX runs_job ON runs (job, id);
  CREATE INDEX runs_device ON runs (device, id);
  CREATE TABLE run_documents (
    number INTEGER PRIMARY KEY,
    run TEXT NOT NULL REFERENCES runs (id),
    kind TEXT NOT NULL,
    at TEXT NOT NULL,
    document TEXT NOT NULL
  ) STRICT;
  CREATE INDEX run_documents_run ON run_documents (run, number);
  CREATE TABLE results (
    run TEXT PRIMARY KEY REFERENCES runs (id),
    document TEXT NOT NULL
  ) STRICT;
  CREATE TABLE kept (
    number INTEGER PRIMARY KEY,
    shelf TEXT NOT NULL,
    id TEXT NOT NULL,
    created_at TEXT NOT NULL,
    summary TEXT NOT NULL,
    document TEXT NOT NULL,
    UNIQUE (shelf, id)
  ) STRICT;
  `,
  postgres: `
  CREATE TABLE jobs (
    id TEXT COLLATE "C" PRIMARY KEY,
    revision BIGINT NOT NULL,
    state TEXT NOT NULL,
    device TEXT NOT NULL,
    ended INTEGER NOT NULL,
    document TEXT NOT NULL
  );
  CREATE INDEX jobs_open ON jobs (id) WHERE ended = 0;
  CREATE INDEX jobs_state ON jobs (state, id);
  CREATE INDEX jobs_device ON jobs (device, id);
  CREATE TABLE job_bodies (
    job TEXT COLLATE "C" PRIMARY KEY REFERENCES jobs (id),
    body TEXT NOT NULL
  );
  CREATE TABLE job_transitions (
    job TEXT COLLATE "C" NOT NULL REFERENCES jobs (id),
    revision BIGINT NOT NULL,
    event TEXT NOT NULL,
    from_state TEXT,
    to_state TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (job, revision)
  );
  CREATE TABLE idempotency_keys (
    key TEXT COLLATE "C" PRIMARY KEY,
    body_hash TEXT NOT NULL,
    job TEXT COLLATE "C" NOT NULL REFERENCES jobs (id)
  );
  CREATE TABLE runs (
    id TEXT COLLATE "C" PRIMARY KEY,
    job TEXT COLLATE "C" NOT NULL REFERENCES jobs (id),
    device TEXT NOT NULL,
    document TEXT NOT NULL
  );
  CREATE INDEX runs_job ON runs (job, id);
  CREATE INDEX runs_device ON runs (device, id);
  CREATE TABLE run_documents (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run TEXT COLLATE "C" NOT NULL REFERENCES runs (id),
    kind TEXT NOT NULL,
    at TEXT NOT NULL,
    document TEXT NOT NULL
  );
  CREATE INDEX run_documents_run ON run_documents (run, number);
  CREATE TABLE results (
    run TEXT COLLATE "C" PRIMARY KEY REFERENCES runs (id),
    document TEXT NOT NULL
  );
  CREATE TABLE kept (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shelf TEXT NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    created_at TEXT NOT NULL,
    summary TEXT NOT NULL,
    document TEXT NOT NULL,
    UNIQUE (shelf, id)
  );
  `,
};
