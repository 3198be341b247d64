import { RandomStream, systemClock } from '../src/core/index.js';
import type {
  AnalogPart,
  ImageProblem,
  ParameterBank,
  Readout,
  ShotSettings,
} from './analog-part.js';
import type { Control, Curve, ProgramImage } from './program-image.js';

/**
 * An analog part without errors but those of its converters: the energy of docs/link-protocol.md under
 * dx = −∂E/∂x dt + √(2T) dW (Euler–Maruyama, step {@link STEP}), work and heat taken step by step, so that they close on
 * what the circuit holds, not on what the converters show. Every board of this profile is alike.
 */
const MOST_SITES = 128;
/** So many results of all sites fit the board's memory. */
const MOST_SHOTS = 50_000;
const STEP = 0.005;
/** Steps between two looks at the clock. */
const STEPS_A_LOOK = 16;
const MOST_CODE = 2047;
const SCALE = 1 / 256;
const FULL_SCALE = MOST_CODE * SCALE;
const COUPLING_RANGE = 4;
const COUPLING_STEP = 1 / 512;
const FIELD_RANGE = 8;
const ROW_SUM = 48;
const UNIT_S = 1e-4;
/** k_B · 300 K, J. */
const ENERGY_J = 4.141947e-21;
const RANGES: Readonly<Record<Exclude<Control, 'pump'>, readonly [number, number]>> = {
  temperature: [0, 10],
  coupling: [0, 1],
  quadratic: [-1, 1],
  quartic: [0.5, 1],
};
const WELLS = {
  quadratic: [-10, 4],
  quartic: [0.5, 2],
  default: { quadratic: 1, quartic: 1 },
} as const;

const descriptor = (serial: string, unitS: number): object => ({
  version: 1,
  origin: 'firmware-sim',
  serial,
  title: 'Simulated board, ideal circuit',
  model:
    'dx = −∂E/∂x dt + √(2T) dW with E = −½ Σ J x x − Σ h x − Σ A(t) η x + Σ (q x² + r x⁴), behind converters of 12 bits',
  fidelity: `no errors but those of the converters; Euler–Maruyama with steps of ${STEP}`,
  sites: {
    max: MOST_SITES,
    kinds: ['continuous'],
    hidden: false,
    range: [-FULL_SCALE, FULL_SCALE],
    clamping: false,
  },
  topology: 'all-to-all',
  couplings: {
    kinds: ['dense', 'coo'],
    interactions: [],
    maxDegree: 2,
    geometries: [],
    range: [-COUPLING_RANGE, COUPLING_RANGE],
    resolution: COUPLING_STEP,
    asymmetric: false,
    perSiteSum: ROW_SUM,
  },
  fields: { range: [-FIELD_RANGE, FIELD_RANGE], resolution: null },
  wells: WELLS,
  drives: { max: 4, amplitude: [-FIELD_RANGE, FIELD_RANGE] },
  controls: RANGES,
  dynamics: {
    rules: { langevin: ['continuous-time'] },
    fidelities: [],
    kernels: [],
    integrators: [],
    temperature: { range: RANGES.temperature, perSite: false, default: 1 },
    ties: [],
    synapses: false,
    spiking: false,
    burnIn: false,
  },
  initial: ['pattern', 'corrupted', 'random', 'zero'],
  shots: { max: MOST_SHOTS, pauseAtShot: true },
  duration: { max: 10_000 },
  readout: {
    channels: [
      { name: 'energy', unit: 'kT0' },
      { name: 'overlaps', unit: '1' },
      { name: 'state', unit: 'V0' },
      { name: 'work', unit: 'kT0' },
      { name: 'heat', unit: 'kT0' },
    ],
    minEvery: STEP,
  },
  parameters: [
    {
      name: 'readoutScale',
      unit: 'V0',
      default: SCALE,
      range: [SCALE, SCALE],
      writable: false,
      meaning: 'x for each code of the readout’s converter',
    },
  ],
  units: {
    time: { name: 't0', seconds: unitS },
    energy: { name: 'kT0', joules: ENERGY_J },
  },
  calibrated: [],
  features: ['fault-injection'],
});

export class IdealCircuit implements AnalogPart {
  readonly descriptor: object;
  readonly stateScale = SCALE;
  readonly parameters: ParameterBank = {
    names: ['readoutScale'],
    read: () => SCALE,
    write: () => 'it is read-only',
    reset: () => undefined,
  };
  private image: ProgramImage | null = null;
  private shot: ShotSettings | null = null;
  private random!: RandomStream;
  private x = new Float64Array(0);
  private force = new Float64Array(0);
  private codes = new Int16Array(0);
  private step = 0;
  private nextReadout = 0;
  /** At t = 0⁻. */
  private firstEnergy = 0;
  private work = 0;

  /** @param unitS seconds of the unit of time */
  constructor(serial: string, unitS = UNIT_S) {
    this.descriptor = descriptor(serial, unitS);
  }

  check(image: ProgramImage): ImageProblem | null {
    const { n, couplings, fields, quadratic, quartic, drives, controls } = image;
    const outside = (
      section: string,
      values: ArrayLike<number> | null,
      [least, most]: readonly [number, number],
    ): ImageProblem | null => {
      for (let k = 0; k < (values?.length ?? 0); k++) {
        const value = values![k]!;
        // Codes are scaled by a float32.
        const slack = 1e-6 * Math.max(Math.abs(least), Math.abs(most));
        if (value >= least - slack && value <= most + slack) continue;
        return { section, index: k, problem: `${value} is outside ${least} … ${most}` };
      }
      return null;
    };
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let j = 0; j < n; j++) sum += Math.abs(couplings[i * n + j]!);
      if (sum > ROW_SUM * (1 + 1e-6)) {
        return { section: 'COUPLINGS', index: i, problem: `the sum of site ${i} is ${sum}` };
      }
    }
    const found =
      outside('COUPLINGS', couplings, [-COUPLING_RANGE, COUPLING_RANGE]) ??
      outside('FIELDS', fields, [-FIELD_RANGE, FIELD_RANGE]) ??
      outside('QUADRATIC', quadratic, WELLS.quadratic) ??
      outside('QUARTIC', quartic, WELLS.quartic);
    if (found !== null) return found;
    for (const { index, amplitude } of drives) {
      const bad = outside('DRIVE_CURVE', amplitude.values, [-FIELD_RANGE, FIELD_RANGE]);
      if (bad !== null) return { ...bad, index };
    }
    if (controls.pump !== undefined) {
      return { section: 'CONTROL_CURVE', index: 4, problem: 'there is no pump' };
    }
    for (const name of Object.keys(RANGES) as (keyof typeof RANGES)[]) {
      const bad = outside('CONTROL_CURVE', controls[name]?.values ?? null, RANGES[name]);
      if (bad !== null) return bad;
    }
    return null;
  }

  apply(image: ProgramImage): { notes: string[]; readback: string | null } {
    let worst = 0;
    const couplings = image.couplings.map((J) => {
      const set = Math.round(J / COUPLING_STEP) * COUPLING_STEP;
      worst = Math.max(worst, Math.abs(set - J));
      return set;
    });
    this.image = { ...image, couplings };
    const rounded = worst > 1e-6 * COUPLING_STEP;
    const step = COUPLING_STEP.toPrecision(3);
    return {
      notes: rounded
        ? [`couplings rounded to multiples of ${step}, by up to ${worst.toPrecision(2)}`]
        : [],
      readback: null,
    };
  }

  beginShot(settings: ShotSettings): void {
    const { n, initial, drives, controls } = this.image!;
    this.shot = settings;
    const random = RandomStream.of(settings.seed, 'dynamics', settings.shot);
    this.random = random;
    this.x = new Float64Array(n);
    this.force = new Float64Array(n);
    this.codes = new Int16Array(n);
    if (settings.initial === 'random') for (let i = 0; i < n; i++) this.x[i] = random.sign();
    else if (settings.initial !== 'zero' && initial !== null) {
      this.x = initial.map((x) => Math.max(-FULL_SCALE, Math.min(FULL_SCALE, x)));
    }
    if (settings.initial === 'corrupted') {
      for (const i of random.sample(n, settings.flips)) this.x[i] = -this.x[i]!;
    }
    this.step = 0;
    this.nextReadout = 0;
    this.firstEnergy = this.energyAt(
      drives.map(({ amplitude }) => amplitude.values[0]!),
      (name) => controls[name]?.values[0] ?? 1,
    );
    this.work = this.energyNow(0) - this.firstEnergy;
  }

  advance(workMs: number, onReadout: (k: number, readout: Readout) => void): boolean {
    const { shot } = this;
    if (shot === null) return true;
    const untilMs = systemClock.monotonicMs() + workMs;
    for (let done = 0; ; done++) {
      if (done % STEPS_A_LOOK === STEPS_A_LOOK - 1 && systemClock.monotonicMs() >= untilMs)
        return false;
      const t = this.step * STEP;
      while (
        this.nextReadout < shot.times.length &&
        shot.times[this.nextReadout]! <= t + STEP / 2
      ) {
        onReadout(this.nextReadout++, this.readout());
      }
      if (this.nextReadout === shot.times.length) {
        this.shot = null;
        return true;
      }
      this.move(shot, t);
    }
  }

  safe(): void {
    this.shot = null;
  }

  measures() {
    return [
      { name: 'board_c', value: 40, low: -20, high: 85 },
      { name: 'rail_analog_v', value: 5, low: 4.75, high: 5.25 },
    ];
  }

  selfTest() {
    return [{ name: 'converters', ok: true, detail: 'all hold what was set' }];
  }

  private readout(): Readout {
    const { x, codes } = this;
    let saturated = false;
    for (let i = 0; i < x.length; i++) {
      const code = Math.round(x[i]! / SCALE);
      if (Math.abs(code) >= MOST_CODE) saturated = true;
      codes[i] = Math.max(-MOST_CODE, Math.min(MOST_CODE, code));
    }
    // Moves change the energy by heat alone, settings by work alone.
    const heat = this.work - (this.energyNow(this.step * STEP) - this.firstEnergy);
    return { codes, saturated, limitCode: MOST_CODE, work: this.work, heat, supplyJ: NaN };
  }

  /** dx at the settings of t; then the settings go on to t + dt, which is work. */
  private move({ temperature }: ShotSettings, t: number): void {
    const { x, force } = this;
    const { n, couplings, fields, quadratic, quartic, drives, controls } = this.image!;
    const at = (name: Control, otherwise: number): number => {
      const curve = controls[name];
      return curve === undefined ? otherwise : valueAt(curve, t);
    };
    const strength = at('coupling', 1);
    const q = at('quadratic', 1);
    const r = at('quartic', 1);
    const spread = Math.sqrt(2 * at('temperature', temperature) * STEP);
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let j = 0; j < n; j++) sum += couplings[i * n + j]! * x[j]!;
      const xi = x[i]!;
      const qi = q * (quadratic?.[i] ?? WELLS.default.quadratic);
      const ri = r * (quartic?.[i] ?? WELLS.default.quartic);
      force[i] = strength * sum + fields[i]! - 2 * qi * xi - 4 * ri * xi ** 3;
    }
    for (const { pattern, amplitude } of drives) {
      const A = valueAt(amplitude, t);
      for (let i = 0; i < n; i++) force[i] = force[i]! + A * pattern[i]!;
    }
    for (let i = 0; i < n; i++) x[i] = x[i]! + force[i]! * STEP + spread * this.random.normal();
    const driven =
      drives.length > 0 || Object.keys(controls).some((name) => name !== 'temperature');
    this.step++;
    if (driven) this.work += this.energyNow(this.step * STEP) - this.energyNow(t);
  }

  private energyNow(t: number): number {
    const { drives, controls } = this.image!;
    return this.energyAt(
      drives.map(({ amplitude }) => valueAt(amplitude, t)),
      (name) => (controls[name] === undefined ? 1 : valueAt(controls[name], t)),
    );
  }

  private energyAt(
    amplitudes: readonly number[],
    control: (name: 'coupling' | 'quadratic' | 'quartic') => number,
  ): number {
    const { x } = this;
    const { n, couplings, fields, quadratic, quartic, drives } = this.image!;
    const [strength, q, r] = [control('coupling'), control('quadratic'), control('quartic')];
    let energy = 0;
    for (let i = 0; i < n; i++) {
      const xi = x[i]!;
      let sum = 0;
      for (let j = i + 1; j < n; j++) sum += couplings[i * n + j]! * x[j]!;
      energy -= xi * (strength * sum + fields[i]!);
      energy += q * (quadratic?.[i] ?? WELLS.default.quadratic) * xi ** 2;
      energy += r * (quartic?.[i] ?? WELLS.default.quartic) * xi ** 4;
    }
    drives.forEach(({ pattern }, d) => {
      for (let i = 0; i < n; i++) energy -= amplitudes[d]! * pattern[i]! * x[i]!;
    });
    return energy;
  }
}

/** At a jump the value after it. */
export function valueAt({ times, values }: Curve, t: number): number {
  let k = times.length - 1;
  while (k >= 0 && times[k]! > t) k--;
  if (k < 0) return values[0]!;
  if (k === times.length - 1) return values[k]!;
  const fraction = (t - times[k]!) / (times[k + 1]! - times[k]!);
  return values[k]! + fraction * (values[k + 1]! - values[k]!);
}
