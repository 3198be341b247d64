import type { Migration } from '../sql-database.js';

/**
 * Claims of jobs by nodes, and in PostgreSQL what several nodes need: their leases, the devices of each, the record's sealed
 * blocks, and what has changed since a moment that a node remembers. `changed` is the transaction that wrote a row last.
 */
export const NODES: Migration = {
  sqlite: `
  ALTER TABLE jobs ADD COLUMN claim INTEGER;
  `,
  postgres: `
  ALTER TABLE jobs ADD COLUMN claim BIGINT;
  ALTER TABLE jobs ADD COLUMN changed BIGINT NOT NULL DEFAULT 0;
  CREATE INDEX jobs_changed ON jobs (changed);
  CREATE INDEX jobs_claim ON jobs (claim) WHERE claim IS NOT NULL;
  ALTER TABLE runs ADD COLUMN changed BIGINT NOT NULL DEFAULT 0;
  ALTER TABLE runs ADD COLUMN sealed_rows BIGINT NOT NULL DEFAULT 0;
  ALTER TABLE runs ADD COLUMN sealed_shots BIGINT NOT NULL DEFAULT 0;
  ALTER TABLE runs ADD COLUMN sealed_next_row BIGINT NOT NULL DEFAULT 0;
  ALTER TABLE runs ADD COLUMN sealed_blocks BIGINT NOT NULL DEFAULT 0;
  CREATE INDEX runs_changed ON runs (changed);
  CREATE FUNCTION relaxd_changed() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    NEW.changed := pg_current_xact_id()::text::bigint;
    RETURN NEW;
  END $$;
  CREATE TRIGGER jobs_changed BEFORE INSERT OR UPDATE ON jobs
    FOR EACH ROW EXECUTE FUNCTION relaxd_changed();
  CREATE TRIGGER runs_changed BEFORE INSERT OR UPDATE ON runs
    FOR EACH ROW EXECUTE FUNCTION relaxd_changed();
  CREATE TABLE lab (id TEXT NOT NULL);
  INSERT INTO lab (id) VALUES (gen_random_uuid()::text);
  CREATE SEQUENCE node_tokens;
  CREATE TABLE nodes (
    token BIGINT PRIMARY KEY DEFAULT nextval('node_tokens'),
    id TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    joined_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    gone INTEGER NOT NULL DEFAULT 0
  );
  CREATE INDEX nodes_here ON nodes (token) WHERE gone = 0;
  CREATE TABLE node_devices (
    token BIGINT NOT NULL REFERENCES nodes (token),
    device TEXT COLLATE "C" NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (token, device)
  );
  CREATE TABLE sample_batches (
    run TEXT COLLATE "C" NOT NULL REFERENCES runs (id),
    number BIGINT NOT NULL,
    bytes BYTEA NOT NULL,
    hash TEXT NOT NULL,
    rows BIGINT NOT NULL,
    PRIMARY KEY (run, number)
  );
  `,
};
