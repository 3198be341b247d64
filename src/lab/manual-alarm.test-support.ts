import { ManualClock, type Timeline } from '../core/index.js';

/** A clock that stands still and alarms that go off when it is moved. */
export class ManualTime {
  readonly clock = new ManualClock(Date.parse('2026-01-01T00:00:00.000Z'));
  private readonly alarms = new Set<{ readonly atMs: number; readonly ring: () => void }>();

  readonly setAlarm: Timeline['after'] = (delayMs, ring) => {
    const alarm = { atMs: this.clock.wallMs() + delayMs, ring };
    this.alarms.add(alarm);
    return () => this.alarms.delete(alarm);
  };

  /** Lets everything that can happen now happen: each turn of the event loop serves what is due. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  advance(ms: number): void {
    this.clock.advance(ms);
    for (const alarm of [...this.alarms]) {
      if (alarm.atMs > this.clock.wallMs() || !this.alarms.delete(alarm)) continue;
      alarm.ring();
    }
  }
}
