/** The board's state machine: docs/link-protocol.md, section Runs. Pure. */
export type MachineState = 'safe' | 'standby' | 'armed' | 'running' | 'paused';
export type RunCall = 'arm' | 'start' | 'pause' | 'resume' | 'stop' | 'abort';
export type RunEvent =
  | RunCall
  /** A shot has ended; there are more. */
  | 'shot-ended'
  | 'shots-done'
  /** All samples were sent or dropped. */
  | 'drained'
  | 'fault'
  | 'cleared';
export type Ending = 'finished' | 'stopped' | 'aborted' | 'safe';

export interface Machine {
  readonly state: MachineState;
  /** What happens at the end of the shot under way. */
  readonly wish: 'pause' | 'stop' | null;
  /** The run ends as soon as its samples have left; no shot begins. */
  readonly ending: Ending | null;
}

export const STANDBY: Machine = { state: 'standby', wish: null, ending: null };
export const SAFE: Machine = { state: 'safe', wish: null, ending: null };

/** A run is armed, running or paused. */
export const isActive = ({ state }: Machine): boolean =>
  state === 'armed' || state === 'running' || state === 'paused';

/** @returns null: illegal there, and nothing changes */
export function nextMachine(from: Machine, event: RunEvent): Machine | null {
  const { state, wish, ending } = from;
  switch (event) {
    case 'arm':
      return state === 'standby' ? { state: 'armed', wish: null, ending: null } : null;
    case 'start':
      return state === 'armed' && ending === null ? { ...from, state: 'running' } : null;
    case 'pause':
      if (state === 'paused') return from;
      return state === 'running' ? { ...from, wish: wish ?? 'pause' } : null;
    case 'resume':
      if (state === 'paused' && ending === null) return { ...from, state: 'running' };
      return state === 'running' && wish === 'pause' ? { ...from, wish: null } : null;
    case 'stop':
      if (state === 'running') return { ...from, wish: 'stop' };
      return isActive(from) ? { ...from, ending: ending ?? 'stopped' } : null;
    case 'abort':
      return isActive(from) ? { ...from, wish: null, ending: ending ?? 'aborted' } : null;
    case 'shot-ended':
      if (state !== 'running') return null;
      if (wish === 'stop') return { state, wish: null, ending: 'stopped' };
      return wish === 'pause' ? { state: 'paused', wish: null, ending } : from;
    case 'shots-done':
      return state === 'running' ? { state, wish: null, ending: 'finished' } : null;
    case 'drained':
      if (ending === null) return null;
      return state === 'safe' ? SAFE : STANDBY;
    case 'fault':
      return { state: 'safe', wish: null, ending: isActive(from) ? 'safe' : ending };
    case 'cleared':
      return state === 'safe' && ending === null ? STANDBY : null;
  }
}
