import type { Timeline } from '../../src/core/index.js';
import type { OutputLine } from './gpio-lines.js';

/**
 * An enable that is a train of pulses. A level that is held is held by a program that hangs, too; pulses end with whoever makes
 * them, and the watchdog outside, which expects them, switches off.
 */
export class PulseTrain {
  private stopTimer: (() => void) | null = null;
  private high = false;

  /**
   * @param halfPeriodMs between two edges
   * @param allowed is asked before every edge
   * @param failed the line could not be written
   */
  constructor(
    private readonly line: OutputLine,
    private readonly halfPeriodMs: number,
    private readonly timeline: Timeline,
    private readonly allowed: () => boolean,
    private readonly failed: (error: Error) => void,
  ) {}

  get running(): boolean {
    return this.stopTimer !== null;
  }

  start(): void {
    if (this.running) return;
    this.beat();
  }

  /** The line is low afterwards. */
  stop(): void {
    this.stopTimer?.();
    this.stopTimer = null;
    this.write(false);
  }

  private readonly beat = (): void => {
    if (!this.allowed()) return this.stop();
    this.stopTimer = this.timeline.after(this.halfPeriodMs, this.beat);
    this.write(!this.high);
  };

  private write(high: boolean): void {
    this.high = high;
    try {
      this.line.write(high ? 1 : 0);
    } catch (error) {
      this.stopTimer?.();
      this.stopTimer = null;
      this.failed(error as Error);
    }
  }
}
