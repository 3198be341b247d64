import type { RandomStream } from '../../../core/index.js';
import type { ResolvedProgram } from '../../../device/index.js';
import type { Simulate } from '../../simulation.js';
import { cavityLight } from '../cavity-light.js';
import { programCouplings } from '../judge-couplings.js';
import { runSpinsInLight, type SpinsInLight } from '../spins-in-light.js';
import { makeSemiclassicalKernel } from './choose-kernel.js';
import type { SemiclassicalKernel } from './semiclassical-kernel.js';
import { semiclassicalSteps } from './semiclassical-step.js';
import { semiclassicalTemperature } from './semiclassical-violations.js';
import { drawVectorSpins } from './vector-spins.js';

/**
 * The cavity at fidelity `semiclassical` (physics page §4.3a, b): vector spins that the pump's ramp drives out of the
 * normal phase. States are sign(x), through the readout; energies, work and heat are those of H/S in ħω_z.
 */
export const simulateSemiclassical: Simulate = (task, sink) => {
  runSpinsInLight(task, sink, new DrivenVectors(task.program, task.parameters));
};

class DrivenVectors implements SpinsInLight {
  readonly longestStep: number;
  readonly stepsAReport = 4096;
  readonly temperature: number;
  private readonly kernel: SemiclassicalKernel;
  private readonly spinSize: number;
  private readonly signs: Int8Array;

  constructor(
    private readonly program: ResolvedProgram,
    parameters: Readonly<Record<string, number>>,
  ) {
    const light = cavityLight(parameters);
    const couplings = programCouplings(program, parameters);
    this.kernel = makeSemiclassicalKernel(program, couplings, light);
    this.longestStep = semiclassicalSteps(program, couplings, light).step;
    this.temperature = light.damping === 0 ? semiclassicalTemperature(light) : NaN;
    this.spinSize = light.spinSize;
    this.signs = new Int8Array(program.sites);
  }

  get x(): Float64Array {
    return this.kernel.spins.x;
  }

  begin(shot: number, stream: RandomStream): void {
    const { program, kernel, spinSize, signs } = this;
    drawVectorSpins(program, shot, spinSize, stream, kernel.spins, signs);
    kernel.begin(stream);
  }

  step(dt: number, pump: number, field: Float64Array, stream: RandomStream): void {
    this.kernel.step(dt, pump, field, stream);
  }

  observe(): void {
    // Classical spins are what they are.
  }

  control(pump: number): number {
    return this.kernel.control(pump);
  }
  pumpTerm(): number {
    return this.kernel.pumpTerm();
  }
  restTerm(): number {
    const { z } = this.kernel.spins;
    let sum = this.kernel.restTerm();
    for (let i = 0; i < z.length; i++) sum += z[i]!;
    return sum;
  }
}
