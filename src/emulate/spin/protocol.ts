import { curveStart, type Curve, type ResolvedProgram } from '../../device/index.js';

/** Reads one piecewise-linear curve at times that only grow; at a jump, the value after it. */
class CurveReader {
  value: number;
  /** The value stays what it is before this time; −∞ on a slope. */
  quietUntil: number;
  private knot = -1;
  private readonly knots: number;

  constructor(private readonly curve: Curve) {
    this.knots = curve.length / 2;
    this.value = curveStart(curve);
    this.quietUntil = curve[0]!;
  }

  /** Back to t = 0⁻: the first listed value. */
  rewind(): void {
    this.knot = -1;
    this.value = curveStart(this.curve);
    this.quietUntil = this.curve[0]!;
  }

  advance(t: number): void {
    if (t < this.quietUntil) return;
    const { curve, knots } = this;
    while (this.knot + 1 < knots && curve[2 * this.knot + 2]! <= t) this.knot++;
    const k = this.knot;
    if (k < 0) return;
    const before = curve[2 * k + 1]!;
    if (k === knots - 1) {
      this.value = before;
      this.quietUntil = Infinity;
      return;
    }
    const after = curve[2 * k + 3]!;
    if (before === after) {
      this.value = before;
      this.quietUntil = curve[2 * k + 2]!;
      return;
    }
    const start = curve[2 * k]!;
    this.value = before + ((after - before) * (t - start)) / (curve[2 * k + 2]! - start);
    this.quietUntil = -Infinity;
  }
}

/** From this time on a curve keeps its value; −∞ where it always has it. */
export function settledAt(curve: Curve): number {
  let k = curve.length / 2 - 1;
  const end = curve[2 * k + 1]!;
  while (k > 0 && curve[2 * k - 1] === end) k--;
  return k === 0 ? -Infinity : curve[2 * k]!;
}

/** Whether a curve has one value from t = 0⁻ to the end of the run. */
export function isConstant(curve: Curve, duration: number): boolean {
  const start = curveStart(curve);
  const reader = new CurveReader(curve);
  for (let k = 0; k < curve.length / 2 && curve[2 * k]! <= duration; k++) {
    if (curve[2 * k + 1] !== start) return false;
  }
  reader.advance(duration);
  return reader.value === start;
}

/** Smallest value that a curve takes from t = 0⁻ to the end of the run. */
export function leastValue(curve: Curve, duration: number): number {
  let least = curveStart(curve);
  for (let k = 0; k < curve.length / 2 && curve[2 * k]! <= duration; k++) {
    least = Math.min(least, curve[2 * k + 1]!);
  }
  const reader = new CurveReader(curve);
  reader.advance(duration);
  return Math.min(least, reader.value);
}

/** Drives and controls of a spin program as time goes on. */
export class Protocol {
  /** A_d now. */
  readonly amplitudes: Float64Array;
  /** Scale of the coupling energy now. */
  coupling = 1;
  /** Temperature of all sites now; not used where sites have their own. */
  temperature: number;
  /** From here on nothing changes any more. */
  readonly settledAt: number;
  /** Times at which a curve has a knot, growing, each once, within (0, duration). */
  readonly knots: readonly number[];
  private readonly drives: readonly CurveReader[];
  private readonly couplingReader: CurveReader | null;
  private readonly temperatureReader: CurveReader | null;
  private readonly constantTemperature: number;
  private quietUntil = -Infinity;

  constructor(program: ResolvedProgram, temperature: number) {
    const { coupling, temperature: course } = program.controls;
    this.drives = program.drives.map((drive) => new CurveReader(drive.amplitude));
    this.amplitudes = new Float64Array(this.drives.length);
    this.couplingReader = coupling === undefined ? null : new CurveReader(coupling);
    this.temperatureReader = course === undefined ? null : new CurveReader(course);
    this.constantTemperature = temperature;
    this.temperature = temperature;
    const curves = [
      ...program.drives.map((drive) => drive.amplitude),
      ...(coupling === undefined ? [] : [coupling]),
      ...(course === undefined ? [] : [course]),
    ];
    this.settledAt = Math.max(-Infinity, ...curves.map(settledAt));
    const times = curves.flatMap((curve) => Array.from(curve.filter((_, k) => k % 2 === 0)));
    this.knots = [...new Set(times)]
      .filter((t) => t > 0 && t < program.duration)
      .sort((a, b) => a - b);
    this.rewind();
  }

  get controlsCoupling(): boolean {
    return this.couplingReader !== null;
  }

  /** To t = 0⁻: every drive and control at its first listed value. */
  rewind(): void {
    this.drives.forEach((reader) => reader.rewind());
    this.couplingReader?.rewind();
    this.temperatureReader?.rewind();
    this.take();
  }

  /** To time t, not earlier than any time before; jumps at t have happened. */
  advance(t: number): void {
    if (t < this.quietUntil) return;
    for (let d = 0; d < this.drives.length; d++) this.drives[d]!.advance(t);
    this.couplingReader?.advance(t);
    this.temperatureReader?.advance(t);
    this.take();
  }

  private take(): void {
    let quiet = Infinity;
    for (let d = 0; d < this.drives.length; d++) {
      const reader = this.drives[d]!;
      this.amplitudes[d] = reader.value;
      if (reader.quietUntil < quiet) quiet = reader.quietUntil;
    }
    if (this.couplingReader !== null) {
      this.coupling = this.couplingReader.value;
      quiet = Math.min(quiet, this.couplingReader.quietUntil);
    }
    if (this.temperatureReader !== null) {
      this.temperature = this.temperatureReader.value;
      quiet = Math.min(quiet, this.temperatureReader.quietUntil);
    } else {
      this.temperature = this.constantTemperature;
    }
    this.quietUntil = quiet;
  }
}
