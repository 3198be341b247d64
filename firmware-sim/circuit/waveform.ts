import type { Curve } from '../program-image.js';

/**
 * A waveform DAC's output: linear between its points, constant before the first and after the last, with a value from before
 * and from after each jump (two points at one time). Times only rise between calls of one shot, so that it walks on.
 */
export class Waveform {
  private next = 0;

  /** @param curve times in seconds */
  constructor(readonly curve: Curve) {}

  rewind(): void {
    this.next = 0;
  }

  /** The value just before `timeS`. */
  before(timeS: number): number {
    const { times } = this.curve;
    while (this.next < times.length && times[this.next]! < timeS) this.next++;
    return this.between(timeS);
  }

  /** The value just after `timeS`. */
  after(timeS: number): number {
    const { times } = this.curve;
    while (this.next < times.length && times[this.next]! <= timeS) this.next++;
    return this.between(timeS);
  }

  /** The first point after `timeS`; Infinity: there is none. */
  nextPoint(timeS: number): number {
    const { times } = this.curve;
    let next = this.next;
    while (next < times.length && times[next]! <= timeS) next++;
    return times[next] ?? Infinity;
  }

  /** On the line to the next point. */
  private between(timeS: number): number {
    const { next } = this;
    const { times, values } = this.curve;
    if (next === 0) return values[0]!;
    if (next === times.length) return values[next - 1]!;
    const from = times[next - 1]!;
    const fraction = (timeS - from) / (times[next]! - from);
    return values[next - 1]! + fraction * (values[next]! - values[next - 1]!);
  }
}
