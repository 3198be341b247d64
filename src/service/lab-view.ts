import type { Lab } from '../lab/index.js';

/** What the service asks of a lab. */
export type LabView = Pick<
  Lab,
  | 'submit'
  | 'job'
  | 'jobs'
  | 'act'
  | 'waitJob'
  | 'queue'
  | 'archive'
  | 'retention'
  | 'library'
  | 'reservations'
  | 'calibrations'
  | 'sweep'
  | 'exportSweep'
  | 'on'
  | 'nodes'
  | 'keys'
  | 'audit'
  | 'alarms'
  | 'backup'
  | 'disk'
  | 'draining'
  | 'runsUnderWay'
  | 'openJobs'
>;
