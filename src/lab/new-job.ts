import { PLAIN_JOB, type JobRow, type JobTransition } from './job.js';

const FIRST_STEPS = [
  ['submit', null, 'submitted'],
  ['validate', 'submitted', 'validated'],
  ['enqueue', 'validated', 'queued'],
] as const;

/** What a job has been through once it is stored: it was checked before, so that it is queued at once. */
export function firstSteps(job: string, at: string): JobTransition[] {
  return FIRST_STEPS.map(([event, from, to], k) => ({ job, revision: k + 1, event, from, to, at }));
}

/** What a job is once it is stored: nothing has happened to it yet. */
export const newJob = (id: string, createdAt: string) =>
  ({
    ...PLAIN_JOB,
    id,
    revision: FIRST_STEPS.length,
    state: 'queued',
    asked: null,
    armed: false,
    priority: 0,
    createdAt,
    startedAt: null,
    endedAt: null,
    progress: { fraction: 0, shots: 0 },
    run: null,
    error: null,
    seed: null,
    deadline: null,
    notBefore: null,
  }) as const satisfies Omit<JobRow, 'kind' | 'device'>;
