import {
  ask,
  requireStep,
  same,
  stepEnded,
  type JobEvent,
  type JobStanding,
  type JobState,
  type JobStep,
  type JobEventType,
} from './next-job.js';

/**
 * The state machine of a sweep: a job that has no run of its own but points, each of them a job. It holds no device: `queued`
 * while no point has begun, `running` from the first one on, `held` and `paused` while no further one may begin. It ends once
 * every point has. Pure.
 *
 * @throws RelaxdError `illegal-transition` naming state, event and what is legal
 */
export function nextSweep(standing: JobStanding, event: JobEvent): JobStep {
  return requireStep('sweep', standing, event, trySweep);
}

const ONWARD: Readonly<Partial<Record<JobState, Partial<Record<JobEventType, JobState>>>>> = {
  submitted: { validate: 'validated' },
  validated: { enqueue: 'queued' },
  queued: { hold: 'held', start: 'running' },
  held: { release: 'queued' },
  running: { pause: 'paused' },
  paused: { resume: 'running' },
};

/** A step of a sweep; null: it is not legal. */
export function trySweep(standing: JobStanding, event: JobEvent): JobStep | null {
  const { state, asked } = standing;
  const onward = ONWARD[state];
  if (onward === undefined) return stepEnded(standing, event);
  switch (event.type) {
    case 'cancel':
      return asked === null ? ask(standing, 'cancel', 'tell-points') : same(standing);
    case 'abort':
      return asked === 'abort' ? same(standing) : ask(standing, 'abort', 'tell-points');
    case 'settle':
      return { standing: { ...standing, state: event.end, asked: null }, effects: ['reorder'] };
    case 'fail':
      return { standing: { ...standing, state: 'failed', asked: null }, effects: ['reorder'] };
    case 'restart':
      return same(standing);
    case 'reprioritise':
      return asked === null ? { standing, effects: ['reorder'] } : null;
    default: {
      const next = onward[event.type];
      if (next === undefined || asked !== null) return null;
      return { standing: { ...standing, state: next }, effects: ['reorder', 'tell-points'] };
    }
  }
}

/** Whether a further point of a sweep may begin. */
export const sweepIsOpen = ({ state, asked }: JobStanding): boolean =>
  (state === 'queued' || state === 'running') && asked === null;
