import { RelaxdError } from '../core/index.js';

/** Two states side by side, never folded into one. */
export type LinkState = 'offline' | 'connecting' | 'online' | 'suspect';
export type EquipmentState =
  'safe' | 'standby' | 'configuring' | 'armed' | 'acquiring' | 'fault' | 'maintenance';
export type EquipmentEvent =
  | 'connected'
  | 'load'
  | 'loaded'
  | 'refused'
  | 'arm'
  | 'start'
  | 'finished'
  | 'disarm'
  | 'safe'
  | 'clear'
  | 'fail'
  | 'lock'
  | 'unlock';

const NEXT: Readonly<Record<EquipmentState, Partial<Record<EquipmentEvent, EquipmentState>>>> = {
  safe: {
    connected: 'standby',
    clear: 'standby',
    safe: 'safe',
    fail: 'fault',
    lock: 'maintenance',
  },
  standby: {
    load: 'configuring',
    arm: 'armed',
    safe: 'safe',
    fail: 'fault',
    lock: 'maintenance',
    disarm: 'standby',
    connected: 'standby',
  },
  configuring: { loaded: 'standby', refused: 'standby', safe: 'safe', fail: 'fault' },
  armed: { start: 'acquiring', disarm: 'standby', safe: 'safe', fail: 'fault' },
  acquiring: { finished: 'standby', disarm: 'standby', safe: 'safe', fail: 'fault' },
  fault: { clear: 'standby', safe: 'fault', fail: 'fault', lock: 'maintenance' },
  maintenance: { unlock: 'standby', safe: 'maintenance', fail: 'fault' },
};

/**
 * The equipment's state machine. Pure.
 *
 * @throws RelaxdError `illegal-transition` naming state, event and what is legal
 */
export function nextEquipment(state: EquipmentState, event: EquipmentEvent): EquipmentState {
  const next = NEXT[state][event];
  if (next === undefined) {
    throw new RelaxdError('illegal-transition', `'${event}' is not legal in state '${state}'`, {
      value: event,
      state,
      limit: legalEquipmentEvents(state),
    });
  }
  return next;
}

export function legalEquipmentEvents(state: EquipmentState): EquipmentEvent[] {
  return Object.keys(NEXT[state]) as EquipmentEvent[];
}
