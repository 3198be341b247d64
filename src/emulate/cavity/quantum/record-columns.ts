import type { RandomStream } from '../../../core/index.js';
import type { ResolvedProgram } from '../../../device/index.js';
import {
  COLUMNS,
  fillNormal,
  LANE_STATE,
  seedShotLanes,
  SPIN_HALF_NUMBER,
  SpinHalfColumns,
  spinHalfSteps,
  type Engine,
} from '../../../kernels/index.js';
import { cavityLight } from '../cavity-light.js';
import { drawInitialSpins } from '../initial-spins.js';
import { programCouplings } from '../judge-couplings.js';
import type { SpinsSideBySide } from '../spins-side-by-side.js';
import { HomodyneTrajectory } from './homodyne-trajectory.js';
import { bitCount } from './ket.js';
import { PairOperator } from './pair-operator.js';
import { quantumSteps } from './quantum-step.js';
import { spinLight, type SpinLight } from './spin-light.js';

/** Amplitudes times pairs of one run of steps, about: it stays below 20 ms on compiled engines. */
const MOST_WORK = 2 ** 18;
const MOST_STEPS = 64;

/** Spins ½ of sixteen shots, each following its own record; a trajectory of one shot starts them and checks their energies. */
export class RecordColumns implements SpinsSideBySide {
  readonly algorithm = 'homodyne records, 16 shots side by side';
  readonly longestStep: number;
  readonly mostSteps: number;
  /** The measurement's back-action is part of a record's heat. */
  readonly temperature = NaN;
  private readonly columns: SpinHalfColumns;
  private readonly one: HomodyneTrajectory;
  private readonly lanes: Uint32Array<SharedArrayBuffer>;
  private readonly signs: Int8Array;
  private readonly shown: Float64Array;

  constructor(
    private readonly program: ResolvedProgram,
    parameters: Readonly<Record<string, number>>,
    private readonly engine: Engine,
  ) {
    const light = cavityLight(parameters);
    const system = spinLight(programCouplings(program, parameters), light);
    const { sites } = program;
    this.one = new HomodyneTrajectory(system);
    this.longestStep = quantumSteps(program, light).step;
    const work = 2 ** sites * sites * sites;
    this.mostSteps = Math.max(1, Math.min(MOST_STEPS, Math.floor(MOST_WORK / work)));
    this.columns = columnsOf(system, engine, this.mostSteps);
    this.lanes = engine.scratch.uint32(LANE_STATE);
    this.signs = new Int8Array(sites);
    this.shown = new Float64Array(sites);
  }

  get controls(): Float64Array {
    return this.columns.controls;
  }
  get fields(): Float64Array {
    return this.columns.fields;
  }
  get totals(): Float64Array {
    return this.columns.totals;
  }
  get terms(): Float64Array {
    return this.columns.terms;
  }

  begin(column: number, shot: number, _stream: RandomStream): void {
    const { program, one, signs, columns } = this;
    if (program.initial.kind === 'random') one.begin(null);
    else {
      drawInitialSpins(program, shot, signs);
      one.begin(signs);
    }
    const { re, im } = one.ket;
    const { size, ket } = columns;
    for (let s = 0; s < size; s++) {
      ket[s * COLUMNS + column] = re[s]!;
      ket[(size + s) * COLUMNS + column] = im[s]!;
    }
  }

  begun(first: number, live: number): void {
    const { columns, engine, lanes, program } = this;
    const { ket } = columns;
    for (let k = 0; k < ket.length; k += COLUMNS) ket.fill(ket[k]!, k + live, k + COLUMNS);
    seedShotLanes(lanes, program.seed, 'dynamics', first);
    columns.totals.fill(0);
    spinHalfSteps(engine, columns, 0);
  }

  run(steps: number, dt: number, fieldsChange: boolean): void {
    const { columns, engine, lanes } = this;
    columns.numbers[SPIN_HALF_NUMBER.dt] = dt;
    columns.fieldsChange = fieldsChange;
    fillNormal(engine, lanes, columns.noise.subarray(0, columns.noiseRows * steps * COLUMNS));
    spinHalfSteps(engine, columns, steps);
  }

  x(column: number): Float64Array {
    const { shown, columns } = this;
    for (let i = 0; i < shown.length; i++) shown[i] = 2 * columns.means[i * COLUMNS + column]!;
    return shown;
  }

  termsAnew(column: number): readonly [number, number] {
    const { one, columns } = this;
    const { re, im } = one.ket;
    const { size, ket } = columns;
    for (let s = 0; s < size; s++) {
      re[s] = ket[s * COLUMNS + column]!;
      im[s] = ket[(size + s) * COLUMNS + column]!;
    }
    return [2 * one.interactionEnergy(), 2 * one.sz];
  }

  control(pump: number): number {
    return pump;
  }
}

/** The arrays of a system's equations, sixteen columns of them. */
export function columnsOf(system: SpinLight, engine: Engine, steps: number): SpinHalfColumns {
  const { sites, gamma, numbers, modes, modeCount, light } = system;
  const pairs: (readonly [number, number, number])[] = [];
  for (let j = 1; j < sites; j++) {
    for (let i = 0; i < j; i++) {
      const strength = gamma[i * sites + j]!;
      if (strength !== 0) pairs.push([i, j, strength]);
    }
  }
  const columns = new SpinHalfColumns(engine.scratch, {
    sites,
    modes: modeCount,
    pairs: pairs.length,
    steps,
  });
  const { drift, interaction } = numbers;
  pairs.forEach(([i, j, strength], k) => {
    columns.bits.set([1 << i, 1 << j], 2 * k);
    const driven = [...drift.raiseBoth, ...drift.lowerBoth, ...drift.exchange];
    columns.driftPairs.set(
      driven.map((v) => strength * v),
      6 * k,
    );
    // Re(r c + l c*) and Re(x d + x d*), c = ⟨both| |none⟩ and d = ⟨first| |second⟩ of the state
    const { raiseBoth, lowerBoth, exchange } = interaction;
    columns.interactionPairs.set(
      [
        strength * (raiseBoth[0] + lowerBoth[0]),
        strength * (lowerBoth[1] - raiseBoth[1]),
        strength * 2 * exchange[0],
      ],
      3 * k,
    );
  });
  const driven = new PairOperator(gamma, sites, drift);
  columns.drift.set(driven.diagonalReal);
  columns.drift.set(driven.diagonalImaginary, columns.size);
  columns.interaction.set(new PairOperator(gamma, sites, interaction).diagonalReal);
  for (let s = 0; s < columns.size; s++) columns.magnetisation[s] = bitCount(s) - sites / 2;
  columns.modeRows.set(modes.subarray(0, modeCount * sites));
  const values = {
    kappa: light.kappa,
    cos: Math.cos(light.localOscillatorPhase),
    sin: Math.sin(light.localOscillatorPhase),
    lowerReal: numbers.lower[0],
    lowerImaginary: numbers.lower[1],
    raiseReal: numbers.raise[0],
    raiseImaginary: numbers.raise[1],
  };
  for (const [name, value] of Object.entries(values)) {
    columns.numbers[SPIN_HALF_NUMBER[name as keyof typeof values]] = value;
  }
  return columns;
}
