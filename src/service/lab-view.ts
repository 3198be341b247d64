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
  | 'run'
  | 'runs'
  | 'runDocuments'
  | 'samples'
  | 'exportRun'
  | 'saveMemorySet'
  | 'memorySet'
  | 'memorySets'
  | 'saveProgram'
  | 'program'
  | 'programs'
  | 'on'
  | 'keys'
  | 'audit'
>;
