import type { Timeline } from '../core/index.js';

/** Work that is done again and again, once at a time, with a pause between. */
export class Pulse {
  private underWay: Promise<void> | null = null;
  private again = false;
  private closed = false;
  private callOff: () => void = () => undefined;

  constructor(
    /** Never rejects. */
    private readonly work: () => Promise<void>,
    private readonly pauseMs: number,
    private readonly setAlarm: Timeline['after'],
  ) {}

  /** Does it now, or once more right after what is under way. Resolves once what is under way is done. */
  async now(): Promise<void> {
    if (this.underWay !== null) this.again = true;
    else this.begin();
    await this.underWay;
  }

  private begin(): void {
    this.callOff();
    if (this.closed) return;
    this.underWay = this.work().finally(() => {
      this.underWay = null;
      if (this.closed) return;
      const pauseMs = this.again ? 0 : this.pauseMs;
      this.again = false;
      this.callOff = this.setAlarm(pauseMs, () => this.begin());
    });
  }

  /** Once what is under way is done it is not done again. */
  async close(): Promise<void> {
    this.closed = true;
    this.callOff();
    await this.underWay;
  }
}
