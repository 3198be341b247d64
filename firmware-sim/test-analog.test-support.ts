import { RandomStream } from '../src/core/index.js';
import type { AnalogPart, ParameterBank, Readout, ShotSettings } from './analog-part.js';
import { valueAt } from './ideal-circuit.test-support.js';
import type { Control, ProgramImage } from './program-image.js';

/**
 * An analog part for tests of the firmware: the energy of docs/link-protocol.md under Euler–Maruyama,
 * dx = −∂E/∂x dt + √(2T) dW, n ≤ 32, and converters of 12 bits. Not the component-level circuit.
 */
export interface TestAnalogOptions {
  readonly sites?: number;
  /** Seconds of the unit of time. */
  readonly unitS?: number;
  readonly stepsASlice?: number;
}

const STEP = 0.01;
const SCALE = 1 / 512;
const MOST_CODE = 2047;
const FIELD_LIMIT = 100;

export class TestAnalog implements AnalogPart {
  readonly stateScale = SCALE;
  readonly descriptor: object;
  readonly parameters: TestParameters = new TestParameters();
  /** What `apply` says of the next image. */
  nextReadback: string | null = null;
  boardC = 40;
  outputsOn = false;
  applied: ProgramImage | null = null;
  shots: ShotSettings[] = [];
  private shot: ShotSettings | null = null;
  private random: RandomStream | null = null;
  private x = new Float64Array(0);
  private time = 0;
  private nextReadout = 0;
  private work = 0;
  private heat = 0;

  constructor(private readonly options: TestAnalogOptions = {}) {
    this.descriptor = {
      version: 1,
      origin: 'firmware-sim',
      serial: 'of-the-circuit',
      title: 'For tests of the firmware',
      sites: { max: options.sites ?? 32, kinds: ['continuous'] },
      dynamics: { temperature: { range: [0, 10], perSite: false, default: 1 } },
      shots: { max: 100_000, pauseAtShot: true },
      duration: { max: 1000 },
      readout: { channels: [{ name: 'state', unit: 'V0' }], minEvery: 0.01 },
      units: { time: { name: 't0', seconds: options.unitS ?? null }, energy: null },
      features: [],
    };
  }

  check(image: ProgramImage) {
    const k = image.fields.findIndex((h) => Math.abs(h) > FIELD_LIMIT);
    return k < 0 ? null : { section: 'FIELDS', index: k, problem: `at most ${FIELD_LIMIT}` };
  }

  apply(image: ProgramImage) {
    const readback = this.nextReadback;
    this.nextReadback = null;
    this.applied = image;
    return { notes: ['couplings as given'], readback };
  }

  beginShot(settings: ShotSettings): void {
    const { n, initial } = this.applied!;
    this.outputsOn = true;
    this.shot = settings;
    this.shots.push(settings);
    const random = RandomStream.of(settings.seed, 'dynamics', settings.shot);
    this.random = random;
    this.x = new Float64Array(n);
    if (settings.initial === 'random') this.x = this.x.map(() => random.sign());
    else if (settings.initial !== 'zero' && initial !== null) this.x.set(initial);
    if (settings.initial === 'corrupted') {
      for (const i of random.sample(n, settings.flips)) this.x[i] = -this.x[i]!;
    }
    this.time = 0;
    this.nextReadout = 0;
    this.work = 0;
    this.heat = 0;
  }

  advance(_: number, onReadout: (k: number, readout: Readout) => void): boolean {
    const { shot } = this;
    if (shot === null) return true;
    for (let step = 0; step < (this.options.stepsASlice ?? 200); step++) {
      while (
        this.nextReadout < shot.times.length &&
        shot.times[this.nextReadout]! <= this.time + STEP / 2
      ) {
        onReadout(this.nextReadout++, this.readout());
      }
      if (this.nextReadout === shot.times.length) return true;
      this.step(shot);
    }
    return false;
  }

  safe(): void {
    this.outputsOn = false;
    this.shot = null;
  }

  measures() {
    return [
      { name: 'board_c', value: this.boardC, low: -20, high: 85 },
      { name: 'rail_analog_v', value: 5, low: 4.75, high: 5.25 },
    ];
  }

  selfTest() {
    return [{ name: 'converters', ok: true, detail: 'all hold what was set' }];
  }

  private readout(): Readout {
    let saturated = false;
    const codes = Int16Array.from(this.x, (value) => {
      const code = Math.round(value / SCALE);
      if (Math.abs(code) > MOST_CODE) saturated = true;
      return Math.max(-MOST_CODE, Math.min(MOST_CODE, code));
    });
    const { work, heat } = this;
    return { codes, saturated, limitCode: MOST_CODE, work, heat, supplyJ: NaN };
  }

  private step(shot: ShotSettings): void {
    const image = this.applied!;
    const before = this.energy();
    const spread = Math.sqrt(2 * this.control('temperature', shot.temperature) * STEP);
    const force = this.force();
    for (let i = 0; i < image.n; i++) {
      this.x[i] = this.x[i]! + force[i]! * STEP + spread * this.random!.normal();
    }
    const moved = this.energy();
    this.heat += before - moved;
    this.time += STEP;
    this.work += this.energy() - moved;
  }

  /** Its value now. */
  private control(control: Control, otherwise: number): number {
    const curve = this.applied!.controls[control];
    return curve === undefined ? otherwise : valueAt(curve, this.time);
  }

  private force(): Float64Array {
    const image = this.applied!;
    const coupling = this.control('coupling', 1);
    const quadratic = this.control('quadratic', 1);
    const quartic = this.control('quartic', 1);
    const { n, couplings, fields } = image;
    const force = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      const x = this.x[i]!;
      let sum = fields[i]!;
      for (let j = 0; j < n; j++) sum += coupling * couplings[i * n + j]! * this.x[j]!;
      for (const { pattern, amplitude } of image.drives) {
        sum += valueAt(amplitude, this.time) * pattern[i]!;
      }
      const q = image.quadratic?.[i] ?? 1;
      const r = image.quartic?.[i] ?? 1;
      force[i] = sum - 2 * quadratic * q * x - 4 * quartic * r * x ** 3;
    }
    return force;
  }

  private energy(): number {
    const { n, couplings, fields, drives, quadratic, quartic } = this.applied!;
    const coupling = this.control('coupling', 1);
    const bend = this.control('quadratic', 1);
    const wall = this.control('quartic', 1);
    let energy = 0;
    for (const { pattern, amplitude } of drives) {
      const a = valueAt(amplitude, this.time);
      for (let i = 0; i < n; i++) energy -= a * pattern[i]! * this.x[i]!;
    }
    for (let i = 0; i < n; i++) {
      const x = this.x[i]!;
      energy -= fields[i]! * x;
      for (let j = i + 1; j < n; j++) energy -= coupling * couplings[i * n + j]! * x * this.x[j]!;
      energy += bend * (quadratic?.[i] ?? 1) * x ** 2 + wall * (quartic?.[i] ?? 1) * x ** 4;
    }
    return energy;
  }
}

class TestParameters implements ParameterBank {
  readonly names = ['readoutScale', 'gain'];
  private gain = 1;
  read(name: string): number {
    return name === 'gain' ? this.gain : SCALE;
  }
  write(name: string, value: number): string | null {
    if (name !== 'gain') return 'it is read-only';
    if (value < 0.5 || value > 2) return 'from 0.5 to 2';
    this.gain = value;
    return null;
  }
  reset(): void {
    this.gain = 1;
  }
}
