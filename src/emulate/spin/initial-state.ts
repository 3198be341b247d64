import { RandomStream, RelaxdError } from '../../core/index.js';
import type { ResolvedProgram } from '../../device/index.js';
import {
  enumerateEnergies,
  gibbsProbabilities,
  MOST_ENUMERATED,
  StateSampler,
} from './gibbs-table.js';
import type { SpinSystem } from './spin-system.js';

/** How a shot starts: whether the Gibbs state is drawn exactly, and how long a burn-in runs before t = 0. */
export function startOf(
  program: ResolvedProgram,
  system: SpinSystem,
  sameTemperature: boolean,
): { readonly exact: boolean; readonly burnIn: number } {
  const burnIn = program.dynamics.burnIn ?? 0;
  if (program.initial.kind !== 'equilibrium') return { exact: false, burnIn };
  const gibbs = system.hasEnergy && sameTemperature && system.free.length <= MOST_ENUMERATED;
  if (gibbs) return { exact: true, burnIn: 0 };
  if (burnIn > 0) return { exact: false, burnIn };
  throw new RelaxdError(
    'not-enumerable',
    `the equilibrium of ${system.free.length} free sites cannot be drawn exactly and there is no burnIn`,
    { path: 'dynamics.burnIn', value: burnIn, limit: `> 0, or at most ${MOST_ENUMERATED} sites` },
  );
}

/** Draws the starting states of shots; the system's protocol stands at its first values meanwhile. */
export class InitialStates {
  private readonly scratch: Int8Array;
  private sampler: StateSampler | null = null;

  constructor(
    private readonly program: ResolvedProgram,
    private readonly system: SpinSystem,
    private readonly exactGibbs: boolean,
    private readonly temperature: number,
  ) {
    this.scratch = new Int8Array(program.sites);
  }

  /** Puts the system into the start of a shot, before any burn-in. */
  place(shot: number): void {
    const { program, scratch, system } = this;
    const stream = RandomStream.of(program.seed, 'initial', shot);
    const { initial, clamped, inputs } = program;
    if (initial.kind === 'pattern') {
      for (let i = 0; i < scratch.length; i++) scratch[i] = initial.values[i]!;
    } else if (initial.kind === 'corrupted') {
      scratch.set(initial.values);
      for (const site of stream.sample(program.sites, initial.flips)) {
        scratch[site] = -scratch[site]!;
      }
    } else {
      for (let i = 0; i < scratch.length; i++) scratch[i] = stream.sign();
    }
    const row = inputs[inputs.length > 1 ? shot : 0];
    if (row !== undefined) {
      for (let k = 0; k < clamped.length; k++) scratch[clamped[k]!] = row[k]!;
    }
    system.reset(scratch);
    if (!this.exactGibbs) return;
    if (this.sampler === null || inputs.length > 1) this.sampler = this.enumerate();
    system.setCode(this.sampler.draw(stream));
  }

  private enumerate(): StateSampler {
    const energies = enumerateEnergies(this.system);
    return new StateSampler(gibbsProbabilities(energies, this.temperature));
  }
}
