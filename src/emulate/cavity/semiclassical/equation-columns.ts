import {
  COLUMNS,
  fillNormal,
  LANE_STATE,
  LIGHT_NUMBER,
  LightColumns,
  lightSteps,
  seedShotLanes,
  type Engine,
} from '../../../kernels/index.js';
import { lightDelay, type CavityLight } from '../cavity-light.js';
import { isMediated, type MediatedCouplings } from '../mediated-couplings.js';
import { HeunSpins } from './eliminated-spins.js';
import { MediatedField } from './mediated-field.js';
import type { SemiclassicalKernel } from './semiclassical-kernel.js';
import { WignerSpins } from './truncated-wigner.js';

/** Multiplications of one run of steps, about: it stays below 20 ms on compiled engines. */
const MOST_WORK = 2 ** 21;
const MOST_STEPS = 64;

/** The equations of a kernel of one shot, run for sixteen shots at once by compiled code. */
export class EquationColumns {
  readonly arrays: LightColumns;
  /** Most steps of one {@link run}. */
  readonly mostSteps: number;
  private readonly lanes: Uint32Array<SharedArrayBuffer>;
  private dt = NaN;

  constructor(
    private readonly engine: Engine,
    private readonly one: SemiclassicalKernel,
    couplings: MediatedCouplings,
    private readonly light: CavityLight,
  ) {
    const { sites } = couplings;
    this.mostSteps = Math.max(1, Math.min(MOST_STEPS, Math.floor(MOST_WORK / (sites * sites))));
    this.arrays = makeArrays(engine, one, couplings, light, this.mostSteps);
    this.lanes = engine.scratch.uint32(LANE_STATE);
  }

  /** Puts the state of the kernel of one shot into a column. */
  place(column: number): void {
    this.exchange(column, (array, at, values, i) => (array[at] = values[i]!));
  }

  /** The other way round. */
  lift(column: number): void {
    this.exchange(column, (array, at, values, i) => (values[i] = array[at]!));
    this.one.moved();
  }

  /** So many shots have been placed, the first being number `first`: noise is theirs from now on. */
  placed(seed: number, first: number, live: number): void {
    const { arrays, engine, lanes } = this;
    for (const array of [arrays.spins, arrays.light]) {
      for (let k = 0; k < array.length; k += COLUMNS) array.fill(array[k]!, k + live, k + COLUMNS);
    }
    seedShotLanes(lanes, seed, 'dynamics', first);
    arrays.totals.fill(0);
    lightSteps(engine, arrays, 0);
  }

  /** So many steps with `controls` and `fields` as they are; fields change or there is one row of them. */
  run(steps: number, dt: number, fieldsChange: boolean): void {
    const { arrays, engine, lanes } = this;
    this.prepare(dt);
    arrays.fieldsChange = fieldsChange;
    const numbers = arrays.noiseRows * steps * COLUMNS;
    if (numbers > 0) fillNormal(engine, lanes, arrays.noise.subarray(0, numbers));
    lightSteps(engine, arrays, steps);
  }

  /** Between a column and the kernel of one shot, number by number. */
  private exchange(
    column: number,
    each: (array: Float64Array, at: number, values: Float64Array, i: number) => void,
  ): void {
    const { one, arrays: columns } = this;
    const { x, y, z } = one.spins;
    [x, y, z].forEach((values, part) => {
      for (let i = 0; i < values.length; i++) {
        each(columns.spins, (part * values.length + i) * COLUMNS + column, values, i);
      }
    });
    if (!(one instanceof WignerSpins)) return;
    [one.real, one.imaginary].forEach((values, part) => {
      for (let m = 0; m < values.length; m++) {
        each(columns.light, (part * values.length + m) * COLUMNS + column, values, m);
      }
    });
  }

  private prepare(dt: number): void {
    if (dt === this.dt) return;
    this.dt = dt;
    const { numbers } = this.arrays;
    const { damping } = this.light;
    numbers[LIGHT_NUMBER.dt] = dt;
    numbers[LIGHT_NUMBER.cos] = Math.cos(0.5 * dt);
    numbers[LIGHT_NUMBER.sin] = Math.sin(0.5 * dt);
    const pull = damping === 0 ? 0 : Math.tanh(damping * 0.5 * dt);
    numbers[LIGHT_NUMBER.pull] = pull;
    numbers[LIGHT_NUMBER.narrow] = Math.sqrt(1 - pull * pull);
    if (!(this.one instanceof WignerSpins)) return;
    const moves = this.one.lightOver(dt);
    for (const [name, value] of Object.entries(moves)) {
      numbers[LIGHT_NUMBER[name as keyof typeof moves]] = value;
    }
  }
}

/** The arrays of a kernel's equations, sixteen columns of them. */
function makeArrays(
  engine: Engine,
  one: SemiclassicalKernel,
  couplings: MediatedCouplings,
  light: CavityLight,
  steps: number,
): LightColumns {
  const { sites, strengths, modes } = couplings;
  const delay = lightDelay(light);
  const wigner = one instanceof WignerSpins ? one : null;
  const field = new MediatedField(couplings, delay > 0);
  const power = light.kappa / (Math.abs(light.delta) * light.spinSize);
  const count = wigner?.count ?? field.positiveModes;
  const apart = wigner === null && delay > 0 && !isMediated(couplings);
  const columns = new LightColumns(engine.scratch, {
    scheme: wigner !== null ? 'wigner' : one instanceof HeunSpins ? 'heun' : 'strang',
    sites,
    modes: count,
    lags: delay > 0,
    apart,
    noise: wigner === null && power > 0,
    middle: light.damping > 0 || delay > 0,
    steps,
  });
  if (wigner === null) columns.matrix.set(couplings.matrix);
  if (apart) columns.positive.set(field.positive);
  for (let m = 0; m < count; m++) {
    const amount = wigner === null ? Math.sqrt(strengths[m]!) : 2 * wigner.strength[m]!;
    for (let i = 0; i < sites; i++) {
      columns.coupling[i * count + m] = amount * modes[m * sites + i]!;
      if (wigner !== null) columns.projection[m * sites + i] = modes[m * sites + i]!;
    }
  }
  if (wigner !== null) columns.strengths.set(wigner.strength);
  const { numbers } = columns;
  numbers[LIGHT_NUMBER.damping] = light.damping;
  numbers[LIGHT_NUMBER.delay] = delay;
  numbers[LIGHT_NUMBER.noisePower] = power;
  numbers[LIGHT_NUMBER.spinSize] = light.spinSize;
  numbers[LIGHT_NUMBER.quantum] = -light.delta / light.spinSize;
  return columns;
}
