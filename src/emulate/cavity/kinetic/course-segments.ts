import type { Curve, ResolvedProgram } from '../../../device/index.js';
import { CurveReader } from '../../curve-course.js';

/**
 * What a kinetic program changes in time, cut at every knot: in each segment all of it is linear, so that values at its
 * ends bound everything within. Columns: coupling (pump), temperature, then the drives' amplitudes.
 */
export class CourseSegments {
  /** Left ends, growing from 0, and the duration last. */
  readonly times: Float64Array;
  readonly columns: number;
  /** [segment][column] just after the left end, and just before the right one. */
  private readonly starts: Float64Array;
  private readonly ends: Float64Array;
  private readonly still: Uint8Array;
  private pointer = 0;

  constructor(program: ResolvedProgram, temperature: number) {
    const { controls, drives, duration } = program;
    const constant = (value: number): Curve => Float64Array.of(0, value);
    const curves = [
      controls.pump ?? controls.coupling ?? constant(1),
      controls.temperature ?? constant(temperature),
      ...drives.map((drive) => drive.amplitude),
    ];
    const knots = curves.flatMap((curve) => Array.from(curve.filter((_, k) => k % 2 === 0)));
    const inside = [...new Set(knots)].filter((t) => t > 0 && t < duration).sort((a, b) => a - b);
    this.times = Float64Array.of(0, ...inside, duration);
    const segments = this.times.length - 1;
    this.columns = curves.length;
    this.starts = new Float64Array(segments * this.columns);
    this.ends = new Float64Array(segments * this.columns);
    this.still = new Uint8Array(segments).fill(1);
    curves.forEach((curve, c) => {
      const reader = new CurveReader(curve);
      for (let k = 0; k < segments; k++) {
        const from = this.times[k]!;
        reader.advance(from);
        const start = reader.value;
        reader.advance(0.5 * (from + this.times[k + 1]!));
        const middle = reader.value;
        this.starts[k * this.columns + c] = start;
        this.ends[k * this.columns + c] = start + 2 * (middle - start);
        if (middle !== start) this.still[k] = 0;
      }
    });
  }

  /** Back to the first segment; times asked for grow from here. */
  rewind(): void {
    this.pointer = 0;
  }

  /** The segment that a time is in; at a knot the later one. */
  at(t: number): number {
    const last = this.times.length - 2;
    while (this.pointer < last && this.times[this.pointer + 1]! <= t) this.pointer++;
    return this.pointer;
  }

  start(segment: number): number {
    return this.times[segment]!;
  }

  end(segment: number): number {
    return this.times[segment + 1]!;
  }

  /** Whether nothing changes within a segment. */
  isStill(segment: number): boolean {
    return this.still[segment] === 1;
  }

  /** All columns at a time of the segment, into `out`; at its right end the values before any jump there. */
  valuesAt(segment: number, t: number, out: Float64Array): void {
    const from = this.times[segment]!;
    const share = (t - from) / (this.times[segment + 1]! - from);
    const base = segment * this.columns;
    for (let c = 0; c < this.columns; c++) {
      const start = this.starts[base + c]!;
      out[c] = start + share * (this.ends[base + c]! - start);
    }
  }

  /** One column just after the left end and just before the right end of a segment. */
  startOf(segment: number, column: number): number {
    return this.starts[segment * this.columns + column]!;
  }
  endOf(segment: number, column: number): number {
    return this.ends[segment * this.columns + column]!;
  }
}
