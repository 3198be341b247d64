import type { RandomStream } from '../../core/index.js';
import type { ResolvedProgram } from '../../device/index.js';

/** Whether an attempt to flip a spin is accepted, by a program's rule. */
export class FlipRule {
  private readonly metropolis: boolean;
  private readonly plus: boolean;
  private readonly draws: Float64Array;

  constructor(program: ResolvedProgram) {
    this.metropolis = program.dynamics.rule === 'metropolis';
    this.plus = program.dynamics.ties === 'plus';
    this.draws = new Float64Array(program.sites);
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

  /**
   * {@link accepts} for one attempt of Glauber's rule on each of several sites, all in the same state.
   * @param fields of all sites, N
   * @param temperatures of all sites, N
   * @param out the sites that flip
   * @returns how many
   */
  acceptsAll(
    sites: Int32Array,
    fields: Float64Array,
    state: Int8Array,
    temperatures: Float64Array,
    stream: RandomStream,
    out: Int32Array,
  ): number {
    const { draws, plus } = this;
    let warm = 0;
    for (let k = 0; k < sites.length; k++) if (temperatures[sites[k]!] !== 0) warm++;
    stream.fillUniform(draws, warm);
    let draw = 0;
    let flips = 0;
    for (let k = 0; k < sites.length; k++) {
      const site = sites[k]!;
      const spin = state[site]!;
      const cost = 2 * spin * fields[site]!;
      const temperature = temperatures[site]!;
      const flip =
        temperature === 0
          ? cost < 0 || (cost === 0 && plus && spin < 0)
          : draws[draw++]! * (1 + Math.exp(cost / temperature)) < 1;
      if (flip) out[flips++] = site;
    }
    return flips;
  }
}
