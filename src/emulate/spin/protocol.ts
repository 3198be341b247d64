import type { ResolvedProgram } from '../../device/index.js';
import { CurveReader, settledAt } from '../curve-course.js';

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
  /** {@link advance} changes nothing before this time; −∞ on a slope. */
  quietUntil = -Infinity;

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
