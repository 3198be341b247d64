import type { Curve, Program } from '../../device/index.js';
import { CurveReader } from '../curve-course.js';

/** Where a ramp that a program leaves to the device ends: pump power over threshold. A choice (physics page §5). */
export const DEFAULT_PUMP = 5;

/** The pump's curve: the program's, or a ramp from 0 to 5 times threshold over the whole duration. */
export function pumpCurve(program: Program): Curve {
  return program.controls.pump ?? Float64Array.of(0, 0, program.duration, DEFAULT_PUMP);
}

/** Everything that changes by itself during a run: the pump, then the amplitude of each drive. */
export class ControlCourse {
  /** Pump power over threshold, then drive amplitudes; at the time last asked for. */
  readonly values: Float64Array;
  readonly curves: readonly Curve[];
  /** {@link advance} changes nothing before this time; −∞ on a slope. */
  quietUntil = -Infinity;
  private readonly readers: readonly CurveReader[];

  constructor(program: Program) {
    this.curves = [pumpCurve(program), ...program.drives.map((drive) => drive.amplitude)];
    this.readers = this.curves.map((curve) => new CurveReader(curve));
    this.values = new Float64Array(this.curves.length);
  }

  /** Back to t = 0⁻: the first listed values. */
  rewind(): void {
    for (const reader of this.readers) reader.rewind();
    this.fill();
  }

  /** Times only grow; at a jump, the value after it. */
  advance(t: number): void {
    for (let k = 0; k < this.readers.length; k++) this.readers[k]!.advance(t);
    this.fill();
  }

  private fill(): void {
    let quiet = Infinity;
    for (let k = 0; k < this.readers.length; k++) {
      const reader = this.readers[k]!;
      this.values[k] = reader.value;
      if (reader.quietUntil < quiet) quiet = reader.quietUntil;
    }
    this.quietUntil = quiet;
  }
}

/** Largest |value| that a curve takes anywhere. */
export function largestValue(curve: Curve): number {
  let largest = 0;
  for (let k = 1; k < curve.length; k += 2) largest = Math.max(largest, Math.abs(curve[k]!));
  return largest;
}

/** The longitudinal field of a program on each site while drives have given amplitudes. */
export class LongitudinalField {
  /** h_i + Σ_d A_d η_i, valid after {@link set}. */
  readonly field: Float64Array;
  private readonly amplitudes: Float64Array;

  constructor(private readonly program: Pick<Program, 'fields' | 'drives' | 'sites'>) {
    this.field = Float64Array.from(program.fields);
    this.amplitudes = new Float64Array(program.drives.length);
  }

  /** @param values as of {@link ControlCourse}: the pump, then amplitudes */
  set(values: Float64Array): void {
    const { field, amplitudes, program } = this;
    let same = true;
    for (let d = 0; d < amplitudes.length; d++) {
      if (amplitudes[d] === values[d + 1]) continue;
      amplitudes[d] = values[d + 1]!;
      same = false;
    }
    if (same) return;
    field.set(program.fields);
    for (let d = 0; d < amplitudes.length; d++) {
      const amplitude = amplitudes[d]!;
      if (amplitude === 0) continue;
      const { pattern } = program.drives[d]!;
      for (let i = 0; i < field.length; i++) field[i] = field[i]! + amplitude * pattern[i]!;
    }
  }
}

/** Largest |field| that the program can put on any site: fields and drives at their largest. */
export function largestField({ fields, drives, sites }: Program): number {
  let largest = 0;
  for (let i = 0; i < sites; i++) {
    let sum = Math.abs(fields[i]!);
    for (const { pattern, amplitude } of drives)
      sum += Math.abs(pattern[i]!) * largestValue(amplitude);
    largest = Math.max(largest, sum);
  }
  return largest;
}
