import type { Migration } from '../sql-database.js';

/**
 * Calibrations, what became of them, and what checks for drift have read. Records and events are only ever added; `summary` is how a
 * calibration stands after its last event. Whoever changes something of a device takes its row of `calibrated_devices` first. What a
 * job of several runs has come to stands in `job_results`.
 */
export const CALIBRATIONS: Migration = {
  sqlite: `
  CREATE TABLE calibrations (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    device TEXT NOT NULL,
    state TEXT NOT NULL,
    summary TEXT NOT NULL,
    document TEXT NOT NULL
  ) STRICT;
  CREATE INDEX calibrations_device ON calibrations (device, number);
  CREATE TABLE calibrated_devices (
    device TEXT PRIMARY KEY,
    seq INTEGER NOT NULL,
    active TEXT
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE calibration_events (
    device TEXT NOT NULL,
    seq INTEGER NOT NULL,
    calibration TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (device, seq)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE drift_readings (
    number INTEGER PRIMARY KEY,
    device TEXT NOT NULL,
    calibration TEXT NOT NULL,
    document TEXT NOT NULL
  ) STRICT;
  CREATE INDEX drift_readings_of ON drift_readings (calibration, number);
  CREATE TABLE job_results (
    job TEXT PRIMARY KEY REFERENCES jobs (id),
    document TEXT NOT NULL
  ) STRICT;
  `,
  postgres: `
  CREATE TABLE calibrations (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id TEXT COLLATE "C" NOT NULL UNIQUE,
    device TEXT COLLATE "C" NOT NULL,
    state TEXT NOT NULL,
    summary TEXT NOT NULL,
    document TEXT NOT NULL
  );
  CREATE INDEX calibrations_device ON calibrations (device, number);
  CREATE TABLE calibrated_devices (
    device TEXT COLLATE "C" PRIMARY KEY,
    seq BIGINT NOT NULL,
    active TEXT
  );
  CREATE TABLE calibration_events (
    device TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    calibration TEXT COLLATE "C" NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (device, seq)
  );
  CREATE TABLE drift_readings (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    device TEXT COLLATE "C" NOT NULL,
    calibration TEXT COLLATE "C" NOT NULL,
    document TEXT NOT NULL
  );
  CREATE INDEX drift_readings_of ON drift_readings (calibration, number);
  CREATE TABLE job_results (
    job TEXT COLLATE "C" PRIMARY KEY REFERENCES jobs (id),
    document TEXT NOT NULL
  );
  `,
};
