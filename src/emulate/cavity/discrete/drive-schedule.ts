import { curveStart, curveValue, type Drive } from '../../../device/index.js';

/**
 * The drives of a program on a clock that ticks once a flip, N times a time unit: amplitudes at a time, and the next
 * tick at which one of them may have changed.
 */
export class DriveSchedule {
  readonly count: number;
  /** Per stretch on which an amplitude changes: first and last tick that may see a new value. */
  private readonly stretches: Float64Array;

  constructor(
    private readonly drives: readonly Drive[],
    sites: number,
  ) {
    this.count = drives.length;
    const stretches: number[] = [];
    for (const { amplitude } of drives) {
      for (let k = 0; k + 3 < amplitude.length; k += 2) {
        if (amplitude[k + 1] === amplitude[k + 3]) continue;
        // Rounded outwards: looking at a tick where nothing has changed costs one look and changes nothing.
        stretches.push(
          Math.ceil(amplitude[k]! * sites - 1e-6),
          Math.ceil(amplitude[k + 2]! * sites + 1e-6),
        );
      }
    }
    this.stretches = Float64Array.from(stretches);
  }

  /** Amplitudes before anything has happened. */
  start(out: Float64Array): void {
    this.drives.forEach((drive, d) => (out[d] = curveStart(drive.amplitude)));
  }

  /** Amplitudes at time t, after a jump there. */
  at(t: number, out: Float64Array): void {
    for (let d = 0; d < this.count; d++) out[d] = curveValue(this.drives[d]!.amplitude, t);
  }

  /** The first tick after `tick` that may see other amplitudes; Infinity if none does. */
  nextTick(tick: number): number {
    const { stretches } = this;
    let next = Infinity;
    for (let k = 0; k < stretches.length; k += 2) {
      if (stretches[k + 1]! <= tick) continue;
      const candidate = Math.max(stretches[k]!, tick + 1);
      if (candidate < next) next = candidate;
    }
    return next;
  }
}
