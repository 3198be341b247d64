import { describe, expect, it } from 'vitest';
import { RelaxdError } from '../core/index.js';
import {
  isTerminal,
  JOB_EVENT_TYPES,
  JOB_STATES,
  legalJobActions,
  nextJob,
  TERMINAL_STATES,
  type Asked,
  type JobEventType,
  type JobStanding,
  type JobState,
} from './next-job.js';
import { eventOf, standing } from './standing.test-support.js';

const waiting = {
  cancel: 'cancelled',
  abort: 'cancelled',
  expire: 'expired',
  fail: 'failed',
} as const;

/**
 * Where each event leads, written `state`, or `state+asked`, or `state/effect`. Every event that is not listed
 * for a standing has to be refused.
 */
const TABLE: readonly [JobStanding, Readonly<Partial<Record<JobEventType, string>>>][] = [
  [
    standing('submitted'),
    {
      ...waiting,
      validate: 'validated',
      reprioritise: 'submitted/reorder',
      restart: 'submitted',
    },
  ],
  [
    standing('validated'),
    { ...waiting, enqueue: 'queued', reprioritise: 'validated/reorder', restart: 'validated' },
  ],
  [
    standing('queued'),
    {
      ...waiting,
      hold: 'held',
      dispatch: 'dispatching/dispatch',
      reprioritise: 'queued/reorder',
      restart: 'queued',
    },
  ],
  [
    standing('held'),
    { ...waiting, release: 'queued', reprioritise: 'held/reorder', restart: 'held' },
  ],
  [
    standing('dispatching'),
    {
      arm: 'dispatching!',
      requeue: 'queued',
      'try-again': 'queued',
      cancel: 'dispatching+cancel/stop-device',
      abort: 'dispatching+abort/abort-device',
      fail: 'failed',
      restart: 'queued',
    },
  ],
  [
    standing('dispatching', null, true),
    {
      'try-again': 'queued',
      start: 'running!',
      cancel: 'dispatching+cancel!/stop-device',
      abort: 'dispatching+abort!/abort-device',
      fail: 'failed!',
      restart: 'failed!',
    },
  ],
  [
    standing('dispatching', 'cancel'),
    {
      stopped: 'cancelled',
      cancel: 'dispatching+cancel',
      abort: 'dispatching+abort/abort-device',
      fail: 'failed',
      restart: 'cancelled',
    },
  ],
  [
    standing('dispatching', 'abort'),
    {
      stopped: 'aborted',
      cancel: 'dispatching+abort',
      abort: 'dispatching+abort',
      fail: 'failed',
      restart: 'aborted',
    },
  ],
  [
    standing('dispatching', 'cancel', true),
    {
      start: 'running+cancel!',
      stopped: 'cancelled!',
      cancel: 'dispatching+cancel!',
      abort: 'dispatching+abort!/abort-device',
      fail: 'failed!',
      restart: 'failed!',
    },
  ],
  [
    standing('running', null, true),
    {
      'try-again': 'queued',
      pause: 'running+pause!/pause-device',
      finish: 'finalizing!',
      cancel: 'running+cancel!/stop-device',
      abort: 'running+abort!/abort-device',
      fail: 'failed!',
      restart: 'failed!',
    },
  ],
  [
    standing('running', 'pause', true),
    {
      'try-again': 'queued',
      pause: 'running+pause!',
      paused: 'paused!',
      'pause-failed': 'running!',
      finish: 'finalizing!',
      cancel: 'running+cancel!/stop-device',
      abort: 'running+abort!/abort-device',
      fail: 'failed!',
      restart: 'failed!',
    },
  ],
  [
    standing('running', 'cancel', true),
    {
      finish: 'finalizing!',
      stopped: 'cancelled!',
      cancel: 'running+cancel!',
      abort: 'running+abort!/abort-device',
      fail: 'failed!',
      restart: 'failed!',
    },
  ],
  [
    standing('running', 'abort', true),
    {
      finish: 'finalizing+abort!',
      stopped: 'aborted!',
      cancel: 'running+abort!',
      abort: 'running+abort!',
      fail: 'failed!',
      restart: 'failed!',
    },
  ],
  [
    standing('paused', null, true),
    {
      'try-again': 'queued',
      resume: 'paused+resume!/resume-device',
      finish: 'finalizing!',
      cancel: 'paused+cancel!/stop-device',
      abort: 'paused+abort!/abort-device',
      fail: 'failed!',
      restart: 'failed!',
    },
  ],
  [
    standing('paused', 'resume', true),
    {
      'try-again': 'queued',
      resume: 'paused+resume!',
      resumed: 'running!',
      finish: 'finalizing!',
      cancel: 'paused+cancel!/stop-device',
      abort: 'paused+abort!/abort-device',
      fail: 'failed!',
      restart: 'failed!',
    },
  ],
  [
    standing('paused', 'cancel', true),
    {
      finish: 'finalizing!',
      stopped: 'cancelled!',
      cancel: 'paused+cancel!',
      abort: 'paused+abort!/abort-device',
      fail: 'failed!',
      restart: 'failed!',
    },
  ],
  [
    standing('paused', 'abort', true),
    {
      finish: 'finalizing+abort!',
      stopped: 'aborted!',
      cancel: 'paused+abort!',
      abort: 'paused+abort!',
      fail: 'failed!',
      restart: 'failed!',
    },
  ],
  [
    standing('finalizing', null, true),
    {
      'try-again': 'queued',
      conclude: 'completed!',
      cancel: 'finalizing+cancel!/stop-device',
      abort: 'finalizing+cancel!/stop-device',
      fail: 'failed!',
      restart: 'failed!',
    },
  ],
  [
    standing('finalizing', 'cancel', true),
    {
      conclude: 'cancelled!',
      stopped: 'cancelled!',
      cancel: 'finalizing+cancel!',
      abort: 'finalizing+cancel!',
      fail: 'failed!',
      restart: 'failed!',
    },
  ],
  [
    standing('finalizing', 'abort', true),
    {
      conclude: 'aborted!',
      stopped: 'aborted!',
      cancel: 'finalizing+abort!',
      abort: 'finalizing+abort!',
      fail: 'failed!',
      restart: 'failed!',
    },
  ],
  ...TERMINAL_STATES.map(
    (state) =>
      [
        standing(state),
        {
          cancel: state,
          abort: state,
          restart: state,
          ...(state === 'completed' ? {} : { retry: `${state}/submit-again` }),
        },
      ] as [JobStanding, Partial<Record<JobEventType, string>>],
  ),
];

const shown = ({ state, asked, armed }: JobStanding): string =>
  `${state}${asked === null ? '' : `+${asked}`}${armed ? '!' : ''}`;

describe('nextJob', () => {
  it('has a row for every state', () => {
    expect(new Set(TABLE.map(([from]) => from.state))).toEqual(new Set(JOB_STATES));
  });

  for (const [from, row] of TABLE) {
    for (const type of JOB_EVENT_TYPES) {
      const to = row[type];
      if (to === undefined) {
        it(`refuses '${type}' for '${shown(from)}', naming both and what is legal`, () => {
          let thrown: unknown;
          try {
            nextJob(from, eventOf(type));
          } catch (error) {
            thrown = error;
          }
          expect(thrown).toBeInstanceOf(RelaxdError);
          const { code, message, details } = thrown as RelaxdError;
          expect(code).toBe('illegal-transition');
          expect(message).toContain(`'${type}'`);
          expect(message).toContain(`'${from.state}'`);
          expect(new Set(details.limit as string[])).toEqual(new Set(Object.keys(row)));
        });
      } else {
        it(`takes '${shown(from)}' by '${type}' to '${to}'`, () => {
          const step = nextJob(from, eventOf(type));
          const effects = step.effects.length === 0 ? '' : `/${step.effects.join(',')}`;
          // The table leaves out 'reorder' where a job enters or leaves the line: every such step has it.
          const expected =
            to.includes('/') || effects !== '/reorder' ? to : `${to.split('/')[0]}/reorder`;
          expect(`${shown(step.standing)}${effects}`).toBe(expected);
        });
      }
    }
  }

  it('ends as completed where every shot was done before a cancel could take effect', () => {
    const asked = standing('running', 'cancel', true);
    expect(nextJob(asked, eventOf('finish', true)).standing.asked).toBe(null);
    expect(nextJob(asked, eventOf('finish', false)).standing.asked).toBe('cancel');
  });

  it('never leaves a terminal state', () => {
    for (const state of TERMINAL_STATES) {
      for (const type of JOB_EVENT_TYPES) {
        try {
          expect(nextJob(standing(state), eventOf(type)).standing.state).toBe(state);
        } catch (error) {
          expect((error as RelaxdError).code).toBe('illegal-transition');
        }
      }
    }
  });

  it('reaches every state from submitted', () => {
    const seen = new Map<string, JobStanding>([['', standing('submitted')]]);
    for (const from of seen.values()) {
      for (const type of JOB_EVENT_TYPES) {
        for (const whole of [true, false]) {
          try {
            const { standing: to } = nextJob(from, eventOf(type, whole));
            seen.set(shown(to), to);
          } catch {
            // refused
          }
        }
      }
    }
    expect(new Set([...seen.values()].map(({ state }) => state))).toEqual(new Set(JOB_STATES));
    // Every standing that can be reached has a row of its own in the table above, or has ended.
    const rows = new Set(TABLE.map(([from]) => shown(from)));
    const unlisted = [...seen.values()].filter(
      (from) => !isTerminal(from.state) && !rows.has(shown(from)),
    );
    expect(unlisted.map(shown)).toEqual(['dispatching+abort!']);
  });
});

describe('legalJobActions', () => {
  it('lists what an operator can do now and leaves out what would change nothing', () => {
    const actions = (state: JobState, asked: Asked = null): string[] =>
      legalJobActions(standing(state, asked, true));
    expect(actions('queued')).toEqual(['hold', 'cancel', 'abort', 'reprioritise']);
    expect(actions('held')).toEqual(['release', 'cancel', 'abort', 'reprioritise']);
    expect(actions('running')).toEqual(['pause', 'cancel', 'abort']);
    expect(actions('running', 'cancel')).toEqual(['abort']);
    expect(actions('running', 'abort')).toEqual([]);
    expect(actions('paused')).toEqual(['resume', 'cancel', 'abort']);
    expect(actions('finalizing')).toEqual(['cancel', 'abort']);
    expect(actions('finalizing', 'cancel')).toEqual([]);
    for (const state of TERMINAL_STATES) {
      expect(actions(state)).toEqual(state === 'completed' ? [] : ['retry']);
    }
  });
});
