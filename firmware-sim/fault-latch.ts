/** Bits of the fault word: docs/link-protocol.md, section Faults. */
export const FAULT = {
  linkWatchdog: 1 << 0,
  brownOut: 1 << 1,
  overTemperature: 1 << 2,
  rail: 1 << 3,
  readback: 1 << 4,
  adcSaturation: 1 << 5,
  runTooLong: 1 << 6,
  interlock: 1 << 7,
  emergencyStop: 1 << 8,
  hostRequest: 1 << 9,
  internal: 1 << 10,
} as const;
export type FaultBit = (typeof FAULT)[keyof typeof FAULT];

export interface LatchedFault {
  /** Counts up within a boot; 0: none. */
  readonly faultId: number;
  readonly faultWord: number;
  readonly cause: string;
  readonly ticks: number;
  readonly runId: number;
}

const LONGEST_CAUSE = 240;
const NONE: LatchedFault = { faultId: 0, faultWord: 0, cause: '', ticks: 0, runId: 0 };

/** The fault that holds the board in its safe state, until someone has named it. */
export class FaultLatch {
  private latched = NONE;
  private given = 0;

  get fault(): LatchedFault {
    return this.latched;
  }

  /** One that comes while another is latched gets an id of its own and adds to its cause: nobody clears what he has not seen. */
  latch(bits: number, cause: string, ticks: number, runId: number): void {
    const before = this.latched;
    this.latched = {
      faultId: ++this.given,
      faultWord: before.faultWord | bits,
      cause: (before.faultId === 0 ? cause : `${before.cause}; ${cause}`).slice(0, LONGEST_CAUSE),
      ticks,
      runId: before.runId === 0 ? runId : before.runId,
    };
  }

  clear(): void {
    this.latched = NONE;
  }
}
