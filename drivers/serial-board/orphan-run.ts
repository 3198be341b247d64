import type { RelaxdError, Timeline } from '../../src/core/index.js';
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

  /** @param why the run failed, given what the board says now; null: nothing */
  constructor(
    private readonly run: BoardRun,
    timeline: Timeline,
    private readonly why: (hello: BoardHello | null) => RelaxdError,
  ) {
    this.callOff = timeline.after(WAIT_MS, () => this.giveUp());
  }

  /** The board answers again. */
  found(hello: BoardHello): void {
    this.end(hello);
  }

  giveUp(): void {
    this.end(null);
  }

  private end(hello: BoardHello | null): void {
    this.callOff();
    void this.run.fail(this.why(hello));
  }
}
