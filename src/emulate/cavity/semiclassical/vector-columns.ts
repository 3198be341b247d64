import type { RandomStream } from '../../../core/index.js';
import type { ResolvedProgram } from '../../../device/index.js';
import { COLUMNS, type Engine } from '../../../kernels/index.js';
import { cavityLight } from '../cavity-light.js';
import { programCouplings } from '../judge-couplings.js';
import type { SpinsSideBySide } from '../spins-side-by-side.js';
import { makeSemiclassicalKernel } from './choose-kernel.js';
import { EquationColumns } from './equation-columns.js';
import type { SemiclassicalKernel } from './semiclassical-kernel.js';
import { semiclassicalSteps } from './semiclassical-step.js';
import { semiclassicalTemperature } from './semiclassical-violations.js';
import { drawVectorSpins } from './vector-spins.js';

/** What steps are called in a result's provenance. */
const ALGORITHM = {
  heun: 'Heun steps, light eliminated, 16 shots side by side',
  strang: 'Strang steps, light eliminated, 16 shots side by side',
  wigner: 'Strang steps of spins and light, 16 shots side by side',
} as const;

/** Vector spins of sixteen shots; a kernel of one shot draws their starts and checks their energies. */
export class VectorColumns implements SpinsSideBySide {
  readonly algorithm: string;
  readonly longestStep: number;
  readonly temperature: number;
  private readonly columns: EquationColumns;
  /** Draws the starts of shots, and says what the energy is made of a second time. */
  private readonly one: SemiclassicalKernel;
  private readonly spinSize: number;
  private readonly signs: Int8Array;
  private readonly shown: Float64Array;

  constructor(
    private readonly program: ResolvedProgram,
    parameters: Readonly<Record<string, number>>,
    engine: Engine,
  ) {
    const light = cavityLight(parameters);
    const couplings = programCouplings(program, parameters);
    this.spinSize = light.spinSize;
    this.one = makeSemiclassicalKernel(program, couplings, light);
    this.longestStep = semiclassicalSteps(program, couplings, light).step;
    this.temperature = light.damping === 0 ? semiclassicalTemperature(light) : NaN;
    this.columns = new EquationColumns(engine, this.one, couplings, light);
    this.algorithm = ALGORITHM[this.columns.arrays.shape.scheme];
    this.signs = new Int8Array(program.sites);
    this.shown = new Float64Array(program.sites);
  }

  get mostSteps(): number {
    return this.columns.mostSteps;
  }
  get controls(): Float64Array {
    return this.columns.arrays.controls;
  }
  get fields(): Float64Array {
    return this.columns.arrays.fields;
  }
  get totals(): Float64Array {
    return this.columns.arrays.totals;
  }
  get terms(): Float64Array {
    return this.columns.arrays.terms;
  }

  begin(column: number, shot: number, stream: RandomStream): void {
    const { program, one, spinSize, signs } = this;
    drawVectorSpins(program, shot, spinSize, stream, one.spins, signs);
    one.begin(stream);
    this.columns.place(column);
  }

  begun(first: number, live: number): void {
    this.columns.placed(this.program.seed, first, live);
  }

  run(steps: number, dt: number, fieldsChange: boolean): void {
    this.columns.run(steps, dt, fieldsChange);
  }

  x(column: number): Float64Array {
    const { shown } = this;
    const { spins } = this.columns.arrays;
    for (let i = 0; i < shown.length; i++) shown[i] = spins[i * COLUMNS + column]!;
    return shown;
  }

  termsAnew(column: number): readonly [number, number] {
    const { one, columns } = this;
    columns.lift(column);
    const { z } = one.spins;
    let rest = one.restTerm();
    for (let i = 0; i < z.length; i++) rest += z[i]!;
    return [one.pumpTerm(), rest];
  }

  control(pump: number): number {
    return this.one.control(pump);
  }
}
