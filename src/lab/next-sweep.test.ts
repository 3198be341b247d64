import { describe, expect, it } from 'vitest';
import { RelaxdError } from '../core/index.js';
import {
  isTerminal,
  JOB_EVENT_TYPES,
  legalJobActions,
  TERMINAL_STATES,
  type Asked,
  type JobEventType,
  type JobStanding,
  type JobState,
} from './next-job.js';
import { nextSweep, sweepIsOpen, trySweep } from './next-sweep.js';
import { eventOf, standing } from './standing.test-support.js';

/** `state`, `state+asked`; what is not listed is refused. */
const ending = { settle: 'completed', fail: 'failed' } as const;
const asking = (state: string) => ({ cancel: `${state}+cancel`, abort: `${state}+abort` });
const OPEN = ['submitted', 'validated', 'queued', 'held', 'running', 'paused'] as const;
const OWN: Readonly<Record<(typeof OPEN)[number], Partial<Record<JobEventType, string>>>> = {
  submitted: { validate: 'validated' },
  validated: { enqueue: 'queued' },
  queued: { hold: 'held', start: 'running' },
  held: { release: 'queued' },
  running: { pause: 'paused' },
  paused: { resume: 'running' },
};
const TABLE: [JobStanding, Partial<Record<JobEventType, string>>][] = [
  ...OPEN.flatMap((state): [JobStanding, Partial<Record<JobEventType, string>>][] => [
    [
      standing(state),
      { ...OWN[state], ...ending, ...asking(state), reprioritise: state, restart: state },
    ],
    [
      standing(state, 'cancel'),
      {
        ...ending,
        cancel: `${state}+cancel`,
        abort: `${state}+abort`,
        restart: `${state}+cancel`,
      },
    ],
    [
      standing(state, 'abort'),
      { ...ending, cancel: `${state}+abort`, abort: `${state}+abort`, restart: `${state}+abort` },
    ],
  ]),
  ...TERMINAL_STATES.map((state): [JobStanding, Partial<Record<JobEventType, string>>] => [
    standing(state),
    {
      cancel: state,
      abort: state,
      restart: state,
      ...(state === 'completed' ? {} : { retry: state }),
    },
  ]),
];
const shown = ({ state, asked }: JobStanding): string =>
  `${state}${asked === null ? '' : `+${asked}`}`;

describe('nextSweep', () => {
  it('does for every standing and event what its table says, and refuses the rest by name', () => {
    for (const [from, row] of TABLE) {
      for (const type of JOB_EVENT_TYPES) {
        const to = row[type];
        const label = `${shown(from)} by ${type}`;
        if (to !== undefined) {
          expect(shown(nextSweep(from, eventOf(type)).standing), label).toBe(to);
          continue;
        }
        let thrown: unknown;
        try {
          nextSweep(from, eventOf(type));
        } catch (error) {
          thrown = error;
        }
        expect(thrown, label).toBeInstanceOf(RelaxdError);
        const { code, message, details } = thrown as RelaxdError;
        expect(code).toBe('illegal-transition');
        expect(message).toContain(`'${type}' is not legal for a sweep that is '${from.state}'`);
        expect(new Set(details.limit as string[])).toEqual(new Set(Object.keys(row)));
      }
    }
  });

  it('reaches only standings that its table has', () => {
    const seen = new Map([['', standing('submitted')]]);
    for (const from of seen.values()) {
      for (const type of JOB_EVENT_TYPES) {
        const step = trySweep(from, eventOf(type));
        if (step !== null) seen.set(shown(step.standing), step.standing);
      }
    }
    const rows = new Set(TABLE.map(([from]) => shown(from)));
    const unlisted = [...seen.values()].filter((from) => !rows.has(shown(from)));
    expect(unlisted).toEqual([]);
  });

  it('lets points begin only while it is open', () => {
    for (const [from] of TABLE) {
      const open = ['queued', 'running'].includes(from.state) && from.asked === null;
      expect(sweepIsOpen(from), shown(from)).toBe(open);
    }
  });

  it('tells its points of everything that they have to follow', () => {
    for (const [from] of TABLE) {
      for (const type of JOB_EVENT_TYPES) {
        const step = trySweep(from, eventOf(type));
        if (step === null || isTerminal(step.standing.state)) continue;
        if (sweepIsOpen(step.standing) === sweepIsOpen(from)) continue;
        expect(step.effects, `${shown(from)} by ${type}`).toContain('tell-points');
      }
    }
  });

  it('has the actions of a job that make sense for it', () => {
    const actions = (state: JobState, asked: Asked = null) =>
      legalJobActions(standing(state, asked), trySweep);
    expect(actions('queued')).toEqual(['hold', 'cancel', 'abort', 'reprioritise']);
    expect(actions('held')).toEqual(['release', 'cancel', 'abort', 'reprioritise']);
    expect(actions('running')).toEqual(['pause', 'cancel', 'abort', 'reprioritise']);
    expect(actions('paused')).toEqual(['resume', 'cancel', 'abort', 'reprioritise']);
    expect(actions('running', 'cancel')).toEqual(['abort']);
    expect(actions('completed')).toEqual([]);
    expect(actions('failed')).toEqual(['retry']);
  });
});
