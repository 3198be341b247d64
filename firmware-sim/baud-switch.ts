import type { Timeline } from '../src/core/index.js';
import { FIRST_BAUD } from './board-port.js';
import { Refused, Status } from './messages.js';

/** Rates that SetBaud takes. */
const BAUDS = [230_400, 460_800, 921_600, 2_000_000, 3_000_000];
const PROOF_MS = 500;
const LOOK_MS = 1;

/** Changes the line's rate, and goes back where nobody is heard at the new one: docs/link-protocol.md, section Bytes. */
export class BaudSwitch {
  private baud = FIRST_BAUD;
  private cancel: (() => void) | null = null;
  private before: number | null = null;

  constructor(
    private readonly timeline: Timeline,
    private readonly maxBaud: number,
    private readonly line: {
      /** Null: the line has no rate. */
      readonly setBaud: ((baud: number) => void) | null;
      /** Has everything left that was written? Else in how many ms to look again. */
      leftInMs(): number;
    },
  ) {
    line.setBaud?.(this.baud);
  }

  /** Another line in the place of the one before. */
  lineChanged(): void {
    this.line.setBaud?.(this.baud);
  }

  /** Switches when the answer, which the caller is about to write, has left. */
  request(baud: number): void {
    if (this.line.setBaud === null) {
      throw new Refused(Status.OUT_OF_RANGE, 'this line has no rate');
    }
    if (!BAUDS.includes(baud) || baud > this.maxBaud) {
      const rates = BAUDS.filter((rate) => rate <= this.maxBaud).join(', ');
      throw new Refused(Status.OUT_OF_RANGE, `${baud} baud: one of ${rates}`);
    }
    this.cancel?.();
    this.whenLeft(baud, LOOK_MS);
  }

  /** A frame came whole. */
  heard(): void {
    if (this.before === null) return;
    this.before = null;
    this.cancel?.();
    this.cancel = null;
  }

  private whenLeft(baud: number, lookMs: number): void {
    this.cancel = this.timeline.after(lookMs, () => {
      const leftMs = this.line.leftInMs();
      if (leftMs > 0) {
        this.whenLeft(baud, Math.max(LOOK_MS, leftMs));
        return;
      }
      this.before = this.baud;
      this.set(baud);
      this.cancel = this.timeline.after(PROOF_MS, () => {
        const { before } = this;
        this.before = null;
        if (before !== null) this.set(before);
      });
    });
  }

  private set(baud: number): void {
    this.baud = baud;
    this.line.setBaud?.(baud);
  }
}
