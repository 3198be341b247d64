import { describe, expect, it } from 'vitest';
import {
  nextMachine,
  type Machine,
  type MachineState,
  type RunCall,
  type RunEvent,
} from './run-transition.js';

const at = (state: MachineState, more: Partial<Machine> = {}): Machine => ({
  state,
  wish: null,
  ending: null,
  ...more,
});

describe('Every call in every state', () => {
  const STATES: MachineState[] = ['safe', 'standby', 'armed', 'running', 'paused'];
  const LEGAL: Record<RunCall, Partial<Record<MachineState, Machine>>> = {
    arm: { standby: at('armed') },
    start: { armed: at('running') },
    pause: { running: at('running', { wish: 'pause' }), paused: at('paused') },
    resume: { paused: at('running') },
    stop: {
      armed: at('armed', { ending: 'stopped' }),
      running: at('running', { wish: 'stop' }),
      paused: at('paused', { ending: 'stopped' }),
    },
    abort: {
      armed: at('armed', { ending: 'aborted' }),
      running: at('running', { ending: 'aborted' }),
      paused: at('paused', { ending: 'aborted' }),
    },
  };
  for (const call of Object.keys(LEGAL) as RunCall[]) {
    for (const state of STATES) {
      const expected = LEGAL[call][state] ?? null;
      it(`${call} while ${state}: ${expected === null ? 'illegal' : 'taken'}`, () => {
        expect(nextMachine(at(state), call)).toEqual(expected);
      });
    }
  }
});

describe('What happens by itself', () => {
  const CASES: [string, Machine, RunEvent, Machine | null][] = [
    ['a shot ends', at('running'), 'shot-ended', at('running')],
    [
      'a shot ends, a pause was asked for',
      at('running', { wish: 'pause' }),
      'shot-ended',
      at('paused'),
    ],
    [
      'a shot ends, a stop was asked for',
      at('running', { wish: 'stop' }),
      'shot-ended',
      at('running', { ending: 'stopped' }),
    ],
    [
      'the last shot ends',
      at('running', { wish: 'pause' }),
      'shots-done',
      at('running', { ending: 'finished' }),
    ],
    ['samples have left', at('running', { ending: 'finished' }), 'drained', at('standby')],
    ['samples have left in the safe state', at('safe', { ending: 'safe' }), 'drained', at('safe')],
    ['samples have left and nothing ends', at('running'), 'drained', null],
    [
      'a fault while running',
      at('running', { wish: 'stop' }),
      'fault',
      at('safe', { ending: 'safe' }),
    ],
    ['a fault while armed', at('armed'), 'fault', at('safe', { ending: 'safe' })],
    ['a fault in standby', at('standby'), 'fault', at('safe')],
    ['another fault', at('safe', { ending: 'safe' }), 'fault', at('safe', { ending: 'safe' })],
    [
      'a fault while samples leave',
      at('running', { ending: 'finished' }),
      'fault',
      at('safe', { ending: 'safe' }),
    ],
    ['the fault is cleared', at('safe'), 'cleared', at('standby')],
    ['nothing to clear', at('standby'), 'cleared', null],
    ['a pause is taken back', at('running', { wish: 'pause' }), 'resume', at('running')],
    ['a stop stands', at('running', { wish: 'stop' }), 'resume', null],
    [
      'a stop goes before a pause',
      at('running', { wish: 'stop' }),
      'pause',
      at('running', { wish: 'stop' }),
    ],
    ['a run that ends does not go on', at('paused', { ending: 'stopped' }), 'resume', null],
    [
      'an abort while samples leave',
      at('running', { ending: 'finished' }),
      'abort',
      at('running', { ending: 'finished' }),
    ],
  ];
  it.each(CASES)('%s', (_, from, event, to) => {
    expect(nextMachine(from, event)).toEqual(to);
  });
});
