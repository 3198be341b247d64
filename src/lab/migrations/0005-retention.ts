import type { Migration } from '../sql-database.js';

/** How the record of each run stands, so that those that may go are found without reading all; and who wants which to stay. */
export const RETENTION: Migration = {
  sqlite: `
  ALTER TABLE runs ADD COLUMN record TEXT NOT NULL DEFAULT 'open';
  UPDATE runs SET record = json_extract(document, '$.record');
  CREATE INDEX runs_recorded ON runs (id) WHERE record IN ('whole', 'repaired');
  CREATE INDEX runs_deleted ON runs (id) WHERE record = 'deleted';
  CREATE TABLE run_pins (
    run TEXT NOT NULL REFERENCES runs (id),
    who TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (run, who)
  ) STRICT, WITHOUT ROWID;
  `,
  postgres: `
  ALTER TABLE runs ADD COLUMN record TEXT NOT NULL DEFAULT 'open';
  UPDATE runs SET record = document::json ->> 'record';
  CREATE INDEX runs_recorded ON runs (id) WHERE record IN ('whole', 'repaired');
  CREATE INDEX runs_deleted ON runs (id) WHERE record = 'deleted';
  CREATE TABLE run_pins (
    run TEXT COLLATE "C" NOT NULL REFERENCES runs (id),
    who TEXT COLLATE "C" NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (run, who)
  );
  `,
};
