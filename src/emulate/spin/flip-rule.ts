import type { RandomStream } from '../../core/index.js';
import type { ResolvedProgram } from '../../device/index.js';

/** Whether an attempt to flip a spin is accepted, by a program's rule. */
export class FlipRule {
  private readonly metropolis: boolean;
  private readonly plus: boolean;

  constructor(program: ResolvedProgram) {
    this.metropolis = program.dynamics.rule === 'metropolis';
    this.plus = program.dynamics.ties === 'plus';
  }

  /**
   * @param cost energy of the flip, 2 s b
   * @param spin its value before
   */
  accepts(cost: number, spin: number, temperature: number, stream: RandomStream): boolean {
    if (temperature === 0) {
      if (cost === 0) return this.plus && spin < 0;
      return cost < 0;
    }
    if (this.metropolis) return cost <= 0 || stream.uniform() < Math.exp(-cost / temperature);
    return stream.uniform() * (1 + Math.exp(cost / temperature)) < 1;
  }
}
