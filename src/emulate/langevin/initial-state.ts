import { RandomStream } from '../../core/index.js';
import type { ResolvedProgram } from '../../device/index.js';
import type { EquilibriumSampler } from './equilibrium.js';
import type { Potential } from './potential.js';

/**
 * Starting states. `random` is +1 or −1 with equal probability at every site; `corrupted` the ±1 cue with exactly
 * `flips` sites turned over, drawn anew each shot; `zero` every site at 0. Clamped sites take the shot's row of `inputs`,
 * or stay where the initial state puts them.
 */
export class InitialStates {
  /** All N sites. */
  readonly state: Float64Array;
  private readonly held: Float64Array;

  /** @param equilibrium draws the Gibbs state; null: an equilibrium start is a random state before a burn-in */
  constructor(
    private readonly program: ResolvedProgram,
    private readonly potential: Potential,
    private readonly equilibrium: Pick<EquilibriumSampler, 'draw'> | null,
  ) {
    this.state = new Float64Array(program.sites);
    this.held = new Float64Array(program.clamped.length);
  }

  /** Fills {@link state} and z, and tells the potential what the clamped sites are held at. */
  place(shot: number, z: Float64Array): void {
    const { program, potential, state, held } = this;
    const { initial, inputs, clamped } = program;
    const stream = RandomStream.of(program.seed, 'initial', shot);
    if (initial.kind === 'pattern') state.set(initial.values);
    else if (initial.kind === 'zero') state.fill(0);
    else if (initial.kind === 'corrupted') {
      for (let i = 0; i < state.length; i++) state[i] = initial.values[i]!;
      for (const site of stream.sample(program.sites, initial.flips)) state[site] = -state[site]!;
    } else if (this.equilibrium === null) {
      for (let i = 0; i < state.length; i++) state[i] = stream.sign();
    }
    const row = inputs[inputs.length > 1 ? shot : 0];
    for (let k = 0; k < clamped.length; k++) {
      held[k] = row === undefined ? state[clamped[k]!]! : row[k]!;
      state[clamped[k]!] = held[k]!;
    }
    potential.setClamped(held);
    if (this.equilibrium !== null) this.equilibrium.draw(stream, z);
    else for (let k = 0; k < z.length; k++) z[k] = state[potential.free[k]!]!;
  }

  /** {@link state} with the free sites at z. */
  scatter(z: Float64Array): Float64Array {
    const { state } = this;
    const { free } = this.potential;
    for (let k = 0; k < free.length; k++) state[free[k]!] = z[k]!;
    return state;
  }
}
