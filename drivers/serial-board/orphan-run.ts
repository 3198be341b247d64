import { RelaxdError, type Timeline } from '../../src/core/index.js';
import type { BoardHello } from '../../src/link/index.js';
import type { BoardRun } from './board-run.js';

/** It does not wait longer for the board to say why, ms. */
const WAIT_MS = 10_000;

/**
 * A run whose link is lost. It ends when it is known why: a board that has started again says so when it answers again; else the link
 * was down, also where finding out takes too long.
 */
export class OrphanRun {
  private readonly callOff: () => void;

  /** @param before what the board said when the link was there */
  constructor(
    private readonly run: BoardRun,
    private readonly device: string,
    private readonly before: BoardHello,
    private readonly reason: string,
    timeline: Timeline,
  ) {
    this.callOff = timeline.after(WAIT_MS, () => this.giveUp());
  }

  /** The board answers again. */
  found(hello: BoardHello): void {
    const same = hello.bootNonce === this.before.bootNonce;
    this.end(same ? this.linkLost() : startedAgain(this.device, hello));
  }

  giveUp(): void {
    this.end(this.linkLost());
  }

  private end(failure: RelaxdError): void {
    this.callOff();
    void this.run.fail(failure);
  }

  private linkLost(): RelaxdError {
    const { device, reason } = this;
    return new RelaxdError('device-offline', `the link to ${device} was lost: ${reason}`, {
      reason,
      hint: 'what was recorded is kept; the device reconnects by itself',
    });
  }
}

/** What ends the run of a board that has started again. */
export const startedAgain = (device: string, { bootCount }: BoardHello): RelaxdError =>
  new RelaxdError(
    'device-reset',
    `${device} has started again (start ${bootCount}): its program and its run are gone`,
    { hint: 'load the program and run it again' },
  );
