import { RelaxdError, type ErrorCode } from '../core/index.js';
import { BoardState, Status } from './messages.js';

const CODES: Record<Status, ErrorCode> = {
  [Status.OK]: 'internal',
  [Status.UNIMPLEMENTED]: 'not-supported',
  [Status.INVALID]: 'driver-failed',
  [Status.OUT_OF_RANGE]: 'program-refused',
  [Status.ILLEGAL_STATE]: 'illegal-transition',
  [Status.SAFE]: 'device-fault',
  [Status.NOT_FOUND]: 'driver-failed',
  [Status.MISMATCH]: 'driver-failed',
  [Status.NO_ROOM]: 'program-refused',
  [Status.READBACK]: 'device-fault',
  [Status.DEADLINE]: 'device-offline',
  [Status.BUSY]: 'device-busy',
  [Status.INTERNAL]: 'driver-failed',
};

/**
 * A call that was not answered OK, or not in time (`DEADLINE`). Its code is the nearest one of relaxd's table; `status` is what
 * the board said.
 */
export class BoardError extends RelaxdError {
  constructor(
    readonly call: string,
    readonly status: Status,
    /** Null where the board said nothing. */
    readonly state: BoardState | null,
    /** The board's words; empty where it said none. */
    readonly text: string,
  ) {
    const name = Status[status] ?? `status ${Number(status)}`;
    super(
      CODES[status] ?? 'driver-failed',
      `the board answered ${call} with ${name}${text === '' ? '' : `: ${text}`}`,
      {
        call,
        status: name,
        state: state === null ? null : (BoardState[state] ?? state),
        text,
      },
    );
  }

  /** The board did not answer in time. */
  static overdue(call: string, deadlineMs: number): BoardError {
    return new BoardError(call, Status.DEADLINE, null, `no answer within ${deadlineMs} ms`);
  }
}
