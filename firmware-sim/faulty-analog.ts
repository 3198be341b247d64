import type {
  AnalogPart,
  BoardMeasure,
  ImageProblem,
  ParameterBank,
  Readout,
  SelfCheck,
  ShotSettings,
} from './analog-part.js';
import type { ProgramImage } from './program-image.js';

/** A coupling whose converter does not follow. */
export interface StuckCoupling {
  readonly i: number;
  readonly j: number;
  /** Program units. */
  readonly value: number;
  /** Reading back does not show it either. */
  readonly silent: boolean;
}

/** An analog part with broken components. */
export class FaultyAnalog implements AnalogPart {
  private stuck: StuckCoupling[] = [];
  /** Codes beyond ± this are at the converter's limit; null: as the part is. */
  private limitCode: number | null = null;
  private applied: ProgramImage | null = null;

  constructor(private part: AnalogPart) {}

  /** Another circuit in its place, with the same broken components. */
  replace(part: AnalogPart): void {
    this.part.safe();
    this.part = part;
    this.applied = null;
  }

  get descriptor(): object {
    return this.part.descriptor;
  }
  get parameters(): ParameterBank {
    return this.part.parameters;
  }
  get stateScale(): number {
    return this.part.stateScale;
  }

  stick(coupling: StuckCoupling): void {
    this.release(coupling.i, coupling.j);
    this.stuck.push(coupling);
    this.applyAgain();
  }

  release(i: number, j: number): void {
    this.stuck = this.stuck.filter(
      (one) => !((one.i === i && one.j === j) || (one.i === j && one.j === i)),
    );
    this.applyAgain();
  }

  saturate(limitCode: number | null): void {
    this.limitCode = limitCode;
  }

  check(image: ProgramImage): ImageProblem | null {
    return this.part.check(image);
  }

  apply(image: ProgramImage): { notes: string[]; readback: string | null } {
    this.applied = image;
    const answer = this.part.apply(this.asSet(image));
    return { notes: answer.notes, readback: this.firstStuck(image) ?? answer.readback };
  }

  beginShot(settings: ShotSettings): void {
    this.part.beginShot(settings);
  }

  advance(workMs: number, onReadout: (k: number, readout: Readout) => void): boolean {
    const { limitCode } = this;
    if (limitCode === null) return this.part.advance(workMs, onReadout);
    return this.part.advance(workMs, (k, readout) => {
      const codes = readout.codes.map((code) => Math.max(-limitCode, Math.min(limitCode, code)));
      const saturated = readout.saturated || codes.some((code) => Math.abs(code) === limitCode);
      onReadout(k, { ...readout, codes, saturated, limitCode });
    });
  }

  safe(): void {
    this.applied = null;
    this.part.safe();
  }

  measures(): readonly BoardMeasure[] {
    return this.part.measures();
  }

  selfTest(): readonly SelfCheck[] {
    const failed = this.stuck
      .filter((one) => !one.silent)
      .map(({ i, j, value }) => ({
        name: `coupling ${i},${j}`,
        ok: false,
        detail: `it stays at ${value}`,
      }));
    return [...failed, ...this.part.selfTest()];
  }

  private applyAgain(): void {
    if (this.applied !== null) this.part.apply(this.asSet(this.applied));
  }

  private asSet(image: ProgramImage): ProgramImage {
    const here = this.stuck.filter(({ i, j }) => i < image.n && j < image.n && i !== j);
    if (here.length === 0) return image;
    const couplings = image.couplings.slice();
    for (const { i, j, value } of here) {
      couplings[i * image.n + j] = value;
      couplings[j * image.n + i] = value;
    }
    return { ...image, couplings };
  }

  private firstStuck({ n, couplings }: ProgramImage): string | null {
    for (const { i, j, value, silent } of this.stuck) {
      if (silent || i >= n || j >= n || i === j) continue;
      const asked = couplings[i * n + j]!;
      if (asked === value) continue;
      const [a, b] = i < j ? [i, j] : [j, i];
      // Its place in the section: row by row of the upper triangle.
      const place = a * n - (a * (a + 1)) / 2 + b - a - 1;
      return `COUPLINGS ${place}: J_${a},${b} is ${value} instead of ${asked}`;
    }
    return null;
  }
}
