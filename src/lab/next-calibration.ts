import { RelaxdError } from '../core/index.js';

export const CALIBRATION_STATES = [
  'proposed',
  'active',
  'superseded',
  'retired',
  'rejected',
] as const;
export type CalibrationState = (typeof CALIBRATION_STATES)[number];

/** What a calibrator can ask for. */
export const CALIBRATION_ACTIONS = ['activate', 'reject', 'retire', 'roll-back'] as const;
export type CalibrationAction = (typeof CALIBRATION_ACTIONS)[number];
/** `supersede` and `withdraw` come to the active one when another takes its place: by activation, by a roll-back. */
export type CalibrationEventType = CalibrationAction | 'propose' | 'supersede' | 'withdraw';

const NEXT: Readonly<
  Record<CalibrationState, Partial<Record<CalibrationEventType, CalibrationState>>>
> = {
  proposed: { activate: 'active', reject: 'rejected' },
  active: { retire: 'retired', supersede: 'superseded', withdraw: 'retired' },
  superseded: { 'roll-back': 'active', retire: 'retired' },
  retired: { 'roll-back': 'active' },
  // The same values were found once more: they can be judged again.
  rejected: { propose: 'proposed' },
};

/**
 * The state machine of a calibration. Pure.
 *
 * @param state null: it is not there yet
 * @throws RelaxdError `illegal-transition` naming state, event and what is legal
 */
export function nextCalibration(
  state: CalibrationState | null,
  event: CalibrationEventType,
): CalibrationState {
  const next = state === null ? (event === 'propose' ? 'proposed' : undefined) : NEXT[state][event];
  if (next !== undefined) return next;
  throw new RelaxdError(
    'illegal-transition',
    `'${event}' is not legal for a calibration that is '${state ?? 'not there'}'`,
    { value: event, state, limit: state === null ? ['propose'] : legalCalibrationActions(state) },
  );
}

/** What can be asked for now. */
export const legalCalibrationActions = (state: CalibrationState): CalibrationAction[] =>
  CALIBRATION_ACTIONS.filter((action) => NEXT[state][action] !== undefined);
