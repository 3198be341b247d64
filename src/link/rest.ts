import type { Timeline } from '../core/index.js';

/** Waits between two tries that an answer may cut short. */
export class Rest {
  private end: () => void = () => undefined;

  constructor(private readonly timeline: Timeline) {}

  take(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const callOff = this.timeline.after(ms, resolve);
      this.end = () => {
        callOff();
        resolve();
      };
    });
  }

  /** Ends the one that is being taken. */
  wake(): void {
    this.end();
  }
}
