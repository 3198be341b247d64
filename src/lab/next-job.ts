import { RelaxdError } from '../core/index.js';

export const JOB_STATES = [
  'submitted',
  'validated',
  'queued',
  'held',
  'dispatching',
  'running',
  'paused',
  'finalizing',
  'completed',
  'failed',
  'cancelled',
  'aborted',
  'expired',
] as const;
export type JobState = (typeof JOB_STATES)[number];

export const TERMINAL_STATES = ['completed', 'failed', 'cancelled', 'aborted', 'expired'] as const;
export type TerminalState = (typeof TERMINAL_STATES)[number];

export function isTerminal(state: JobState): state is TerminalState {
  return (TERMINAL_STATES as readonly JobState[]).includes(state);
}

/** What operators can ask for. */
export const JOB_ACTIONS = [
  'hold',
  'release',
  'pause',
  'resume',
  'cancel',
  'abort',
  'reprioritise',
  'retry',
] as const;
export type JobAction = (typeof JOB_ACTIONS)[number];

export const JOB_EVENT_TYPES = [
  ...JOB_ACTIONS,
  'validate',
  'enqueue',
  'dispatch',
  'arm',
  'requeue',
  'start',
  'paused',
  'pause-failed',
  'resumed',
  'finish',
  'stopped',
  'conclude',
  'fail',
  'expire',
  'try-again',
  'restart',
  'settle',
] as const;
export type JobEventType = (typeof JOB_EVENT_TYPES)[number];

export type JobEvent =
  | { readonly type: Exclude<JobEventType, 'finish' | 'settle' | 'conclude'> }
  /** All is written down; `whole`: with everything that was asked for, whatever has been asked since the device was done. */
  | { readonly type: 'conclude'; readonly whole: boolean }
  /** Every point of a sweep has ended; `end`: and so the sweep ends. */
  | { readonly type: 'settle'; readonly end: TerminalState }
  /** The device has ended the run and answered with a result; `whole`: with every shot that was asked for. */
  | { readonly type: 'finish'; readonly whole: boolean };

/** What has been asked of a run and is not done yet. */
export type Asked = 'pause' | 'resume' | 'cancel' | 'abort' | null;

/** The part of a job that decides what may come next. */
export interface JobStanding {
  readonly state: JobState;
  readonly asked: Asked;
  /** The intent to arm is stored: from here on the job is never silently run again. */
  readonly armed: boolean;
}

/** What the lab has to do once the transition is durable. */
export type JobEffect =
  | 'reorder'
  | 'dispatch'
  | 'stop-device'
  | 'abort-device'
  | 'pause-device'
  | 'resume-device'
  /** A new job is made that does the same again; this one stays as it is. */
  | 'submit-again'
  /** The points of a sweep are to follow it. */
  | 'tell-points';

export interface JobStep {
  readonly standing: JobStanding;
  readonly effects: readonly JobEffect[];
}

/**
 * The job's state machine. Pure. An event that changes nothing (a cancel after the end) answers with the same
 * standing and no effects.
 *
 * @throws RelaxdError `illegal-transition` naming state, event and what is legal
 */
export function nextJob(standing: JobStanding, event: JobEvent): JobStep {
  return requireStep('job', standing, event, tryStep);
}

/** @throws RelaxdError `illegal-transition` naming state, event and what is legal */
export function requireStep(
  what: string,
  standing: JobStanding,
  event: JobEvent,
  tryIt: TryStep,
): JobStep {
  const step = tryIt(standing, event);
  if (step === null) {
    const pending = standing.asked === null ? '' : ` (${standing.asked} has been asked for)`;
    throw new RelaxdError(
      'illegal-transition',
      `'${event.type}' is not legal for a ${what} that is '${standing.state}'${pending}`,
      { value: event.type, state: standing.state, limit: legalJobEvents(standing, tryIt) },
    );
  }
  return step;
}

/** A step that is not legal is null. */
export type TryStep = (standing: JobStanding, event: JobEvent) => JobStep | null;

/** Events that are legal now. */
export function legalJobEvents(standing: JobStanding, step: TryStep = tryStep): JobEventType[] {
  return JOB_EVENT_TYPES.filter((type) => step(standing, exampleOf(type)) !== null);
}

/** Actions that are legal now and would do something. */
export function legalJobActions(standing: JobStanding, step: TryStep = tryStep): JobAction[] {
  return JOB_ACTIONS.filter((type) => {
    const next = step(standing, { type });
    return next !== null && (next.standing !== standing || next.effects.length > 0);
  });
}

/** An event of a type; the members that some have do not decide whether it is legal. */
const exampleOf = (type: JobEventType): JobEvent =>
  type === 'finish' || type === 'conclude'
    ? { type, whole: type === 'finish' }
    : type === 'settle'
      ? { type, end: 'completed' }
      : { type };

function tryStep(standing: JobStanding, event: JobEvent): JobStep | null {
  switch (standing.state) {
    case 'submitted':
    case 'validated':
    case 'queued':
    case 'held':
      return stepWaiting(standing, event);
    case 'dispatching':
      return stepDispatching(standing, event);
    case 'running':
      return stepRunning(standing, event);
    case 'paused':
      return stepPaused(standing, event);
    case 'finalizing':
      return stepFinalizing(standing, event);
    default:
      return stepEnded(standing, event);
  }
}

/** What has ended stays as it is. What did not come to its result can be submitted again, as a new job. */
export function stepEnded(standing: JobStanding, event: JobEvent): JobStep | null {
  if (event.type === 'retry') {
    return standing.state === 'completed' ? null : { standing, effects: ['submit-again'] };
  }
  return ['cancel', 'abort', 'restart'].includes(event.type) ? same(standing) : null;
}

export const same = (standing: JobStanding): JobStep => ({ standing, effects: [] });
const go = (state: JobState, ...effects: JobEffect[]): JobStep => ({
  standing: { state, asked: null, armed: false },
  effects,
});
export const ask = (standing: JobStanding, asked: Asked, ...effects: JobEffect[]): JobStep => ({
  standing: { ...standing, asked },
  effects,
});
/** The end of a job whose run may have been armed; that is kept, for the record. */
const end = (standing: JobStanding, state: JobState): JobStep => ({
  standing: { state, asked: null, armed: standing.armed },
  effects: [],
});

/** Where a hold leads, and where the next step of the way to the device. */
const ONWARD: Readonly<Partial<Record<JobState, Partial<Record<JobEventType, JobState>>>>> = {
  submitted: { validate: 'validated' },
  validated: { enqueue: 'queued' },
  queued: { hold: 'held', dispatch: 'dispatching' },
  held: { release: 'queued' },
};

function stepWaiting(standing: JobStanding, event: JobEvent): JobStep | null {
  const onward = ONWARD[standing.state]?.[event.type];
  if (onward === 'dispatching') return go(onward, 'dispatch');
  if (onward !== undefined) return go(onward, 'reorder');
  switch (event.type) {
    case 'cancel':
    case 'abort':
      return go('cancelled', 'reorder');
    case 'expire':
      return go('expired', 'reorder');
    case 'fail':
      return go('failed', 'reorder');
    case 'reprioritise':
      return { standing, effects: ['reorder'] };
    case 'restart':
      return same(standing);
    default:
      return null;
  }
}

function stepDispatching(standing: JobStanding, event: JobEvent): JobStep | null {
  const { asked, armed } = standing;
  switch (event.type) {
    case 'arm':
      return asked === null && !armed
        ? { standing: { ...standing, armed: true }, effects: [] }
        : null;
    case 'start':
      // What was asked meanwhile stays asked: the device is told as soon as it runs.
      return armed ? { standing: { ...standing, state: 'running' }, effects: [] } : null;
    case 'requeue':
      return armed || asked !== null ? null : go('queued', 'reorder');
    case 'restart':
      if (armed) return end(standing, 'failed');
      return asked === null ? go('queued', 'reorder') : stepEnding(standing, { type: 'stopped' });
    default:
      return stepEnding(standing, event);
  }
}

function stepRunning(standing: JobStanding, event: JobEvent): JobStep | null {
  const { asked } = standing;
  switch (event.type) {
    case 'pause':
      if (asked === 'pause') return same(standing);
      return asked === null ? ask(standing, 'pause', 'pause-device') : null;
    case 'paused':
      return asked === 'pause'
        ? { standing: { ...standing, state: 'paused', asked: null }, effects: [] }
        : null;
    case 'pause-failed':
      return asked === 'pause' ? ask(standing, null) : null;
    case 'finish':
      return finish(standing, event.whole);
    default:
      return stepEnding(standing, event);
  }
}

function stepPaused(standing: JobStanding, event: JobEvent): JobStep | null {
  const { asked } = standing;
  switch (event.type) {
    case 'resume':
      if (asked === 'resume') return same(standing);
      return asked === null ? ask(standing, 'resume', 'resume-device') : null;
    case 'resumed':
      return asked === 'resume'
        ? { standing: { ...standing, state: 'running', asked: null }, effects: [] }
        : null;
    case 'finish':
      return finish(standing, event.whole);
    default:
      return stepEnding(standing, event);
  }
}

/** A run that was whole before a cancel could take effect has completed. */
function finish(standing: JobStanding, whole: boolean): JobStep {
  const { asked } = standing;
  const kept = asked === 'abort' || (asked === 'cancel' && !whole) ? asked : null;
  return { standing: { ...standing, state: 'finalizing', asked: kept }, effects: [] };
}

/** A run that failed, or that a restart cut off, is to be repeated by a new one; what was asked to end is not. */
function tryAgain({ asked }: JobStanding): JobStep | null {
  return asked === 'cancel' || asked === 'abort' ? null : go('queued', 'reorder');
}

/** What dispatching, running and paused have in common: they can be asked to end, and they end. */
function stepEnding(standing: JobStanding, event: JobEvent): JobStep | null {
  const { asked } = standing;
  switch (event.type) {
    case 'try-again':
      return tryAgain(standing);
    case 'cancel':
      return asked === 'cancel' || asked === 'abort'
        ? same(standing)
        : ask(standing, 'cancel', 'stop-device');
    case 'abort':
      return asked === 'abort' ? same(standing) : ask(standing, 'abort', 'abort-device');
    case 'stopped':
      if (asked === 'cancel') return end(standing, 'cancelled');
      return asked === 'abort' ? end(standing, 'aborted') : null;
    case 'fail':
    case 'restart':
      return end(standing, 'failed');
    default:
      return null;
  }
}

function stepFinalizing(standing: JobStanding, event: JobEvent): JobStep | null {
  switch (event.type) {
    case 'conclude':
      if (standing.asked === 'cancel' && !event.whole) return end(standing, 'cancelled');
      return end(standing, standing.asked === 'abort' ? 'aborted' : 'completed');
    case 'stopped':
      return standing.asked === null ? null : stepEnding(standing, event);
    case 'try-again':
      return tryAgain(standing);
    case 'cancel':
    case 'abort':
      // The device is free: an estimate can still be ended, and what is whole completes.
      return standing.asked === null ? ask(standing, 'cancel', 'stop-device') : same(standing);
    case 'fail':
    case 'restart':
      return end(standing, 'failed');
    default:
      return null;
  }
}
