import type { Migration } from '../sql-database.js';

/** Points of sweeps, each of them once; whose devices are when; and which are nobody's. */
export const SWEEPS_AND_RESERVATIONS: Migration = {
  sqlite: `
  ALTER TABLE jobs ADD COLUMN parent TEXT;
  ALTER TABLE jobs ADD COLUMN point INTEGER;
  CREATE UNIQUE INDEX jobs_point ON jobs (parent, point) WHERE parent IS NOT NULL;
  CREATE INDEX jobs_top ON jobs (id) WHERE parent IS NULL;
  CREATE TABLE reserved_devices (
    device TEXT PRIMARY KEY,
    changes INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE reservations (
    id TEXT PRIMARY KEY,
    revision INTEGER NOT NULL,
    device TEXT NOT NULL,
    from_at TEXT NOT NULL,
    until_at TEXT NOT NULL,
    released INTEGER NOT NULL,
    document TEXT NOT NULL
  ) STRICT;
  CREATE INDEX reservations_device ON reservations (device, until_at);
  CREATE TABLE device_locks (
    device TEXT PRIMARY KEY,
    document TEXT NOT NULL
  ) STRICT;
  `,
  postgres: `
  ALTER TABLE jobs ADD COLUMN parent TEXT COLLATE "C";
  ALTER TABLE jobs ADD COLUMN point INTEGER;
  CREATE UNIQUE INDEX jobs_point ON jobs (parent, point) WHERE parent IS NOT NULL;
  CREATE INDEX jobs_top ON jobs (id) WHERE parent IS NULL;
  CREATE TABLE reserved_devices (
    device TEXT PRIMARY KEY,
    changes BIGINT NOT NULL
  );
  CREATE TABLE reservations (
    id TEXT COLLATE "C" PRIMARY KEY,
    revision BIGINT NOT NULL,
    device TEXT NOT NULL,
    from_at TEXT COLLATE "C" NOT NULL,
    until_at TEXT COLLATE "C" NOT NULL,
    released INTEGER NOT NULL,
    document TEXT NOT NULL
  );
  CREATE INDEX reservations_device ON reservations (device, until_at);
  CREATE TABLE device_locks (
    device TEXT COLLATE "C" PRIMARY KEY,
    document TEXT NOT NULL
  );
  `,
};
