import type { RandomStream } from '../../../core/index.js';
import type { ResolvedProgram } from '../../../device/index.js';
import type { Simulate } from '../../simulation.js';
import { cavityLight } from '../cavity-light.js';
import { drawInitialSpins } from '../initial-spins.js';
import { programCouplings } from '../judge-couplings.js';
import { runSpinsInLight, type SpinsInLight } from '../spins-in-light.js';
import { HomodyneTrajectory } from './homodyne-trajectory.js';
import { quantumSteps } from './quantum-step.js';
import { spinLight } from './spin-light.js';

/**
 * The cavity at fidelity `quantum` (physics page §4.3c): spins ½ in a pure state that follows the homodyne record of the
 * light that leaves the cavity; every shot is one record. States are sign⟨S^x⟩, through the readout; energies are
 * ⟨H⟩/S in ħω_z with S = ½.
 */
export const simulateQuantum: Simulate = (task, sink) => {
  runSpinsInLight(task, sink, new SpinsOfRecord(task.program, task.parameters));
};

class SpinsOfRecord implements SpinsInLight {
  readonly x: Float64Array;
  readonly longestStep: number;
  readonly stepsAReport = 64;
  /** The measurement's back-action is part of a record's heat. */
  readonly temperature = NaN;
  private readonly trajectory: HomodyneTrajectory;
  private readonly signs: Int8Array;

  constructor(
    private readonly program: ResolvedProgram,
    parameters: Readonly<Record<string, number>>,
  ) {
    const light = cavityLight(parameters);
    this.trajectory = new HomodyneTrajectory(
      spinLight(programCouplings(program, parameters), light),
    );
    this.longestStep = quantumSteps(program, light).step;
    this.x = new Float64Array(program.sites);
    this.signs = new Int8Array(program.sites);
  }

  begin(shot: number): void {
    const { program, trajectory, signs } = this;
    if (program.initial.kind === 'random') trajectory.begin(null);
    else {
      drawInitialSpins(program, shot, signs);
      trajectory.begin(signs);
    }
  }

  step(dt: number, pump: number, field: Float64Array, stream: RandomStream): void {
    this.trajectory.step(dt, pump, field, stream);
  }

  observe(): void {
    const { trajectory, x } = this;
    trajectory.observe();
    for (let i = 0; i < x.length; i++) x[i] = 2 * trajectory.meanX[i]!;
  }

  control(pump: number): number {
    return pump;
  }
  pumpTerm(): number {
    return 2 * this.trajectory.interactionEnergy();
  }
  restTerm(): number {
    return 2 * this.trajectory.sz;
  }
}
