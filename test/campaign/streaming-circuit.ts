import type { AnalogPart, Readout, ShotSettings } from '../../firmware-sim/analog-part.js';
import { IdealCircuit } from '../../firmware-sim/ideal-circuit.test-support.js';
import type { ProgramImage } from '../../firmware-sim/program-image.js';
import { RandomStream } from '../../src/core/index.js';

/** Codes of all 12 bits, so that they are packed as such. */
const MOST_CODE = 2047;
const KEPT_ROWS = 257;

/** Readouts for nothing: what it costs to hear them is what is measured. What it says of itself is the ideal circuit's. */
export class StreamingCircuit implements AnalogPart {
  readonly descriptor: object;
  readonly stateScale: number;
  readonly parameters: AnalogPart['parameters'];
  private readonly ideal: IdealCircuit;
  private codes: readonly Int16Array[] = [];
  private shot: ShotSettings | null = null;
  private row = 0;

  constructor(serial: string) {
    this.ideal = new IdealCircuit(serial);
    ({
      descriptor: this.descriptor,
      stateScale: this.stateScale,
      parameters: this.parameters,
    } = this.ideal);
  }

  check(image: ProgramImage): ReturnType<AnalogPart['check']> {
    return this.ideal.check(image);
  }

  apply(image: ProgramImage): ReturnType<AnalogPart['apply']> {
    const random = RandomStream.of(1, 'dynamics', 0);
    this.codes = Array.from({ length: KEPT_ROWS }, () =>
      Int16Array.from({ length: image.n }, () => random.integer(2 * MOST_CODE - 1) - MOST_CODE + 1),
    );
    return this.ideal.apply(image);
  }

  beginShot(settings: ShotSettings): void {
    this.shot = settings;
  }

  advance(_workMs: number, onReadout: (k: number, readout: Readout) => void): boolean {
    const { shot, codes } = this;
    if (shot === null) return true;
    for (let k = 0; k < shot.times.length; k++) {
      const row = codes[this.row++ % KEPT_ROWS]!;
      onReadout(k, {
        codes: row,
        saturated: false,
        limitCode: 0x7fff,
        work: k,
        heat: -k,
        supplyJ: NaN,
      });
    }
    this.shot = null;
    return true;
  }

  safe(): void {
    this.shot = null;
  }

  measures(): ReturnType<AnalogPart['measures']> {
    return this.ideal.measures();
  }

  selfTest(): ReturnType<AnalogPart['selfTest']> {
    return this.ideal.selfTest();
  }
}
