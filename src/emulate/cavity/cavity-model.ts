import type {
  Couplings,
  DenseCouplings,
  PositionCouplings,
  ResolvedProgram,
} from '../../device/index.js';
import type { Engine } from '../../kernels/index.js';
import {
  createSpinModel,
  plainArrays,
  type SpinCouplings,
  type SpinModel,
} from '../../model/index.js';
import { engineArrays } from '../spin/engine-arrays.js';
import { KernelMemories } from '../spin/kernel-memories.js';
import { couplingsFromPositions } from './couplings-from-positions.js';
import { Plasticity } from './plasticity.js';

/** What a program's spins have: an energy, and atoms that move with them; null: they are fixed. */
export interface CavitySystem {
  readonly model: SpinModel;
  readonly plasticity: Plasticity | null;
}

/**
 * A thread runs many blocks of shots of the same program. The model of N² couplings takes far longer to make than a
 * shot to run, so the last one is kept; a shot resets all of it.
 */
let last: {
  readonly couplings: Couplings;
  readonly damping: number;
  readonly engine: Engine | null;
  readonly system: CavitySystem;
} | null = null;

/** Number of the form of fixed atoms' couplings: see `ModelArrays.derived`. */
const RIGID_FORM = 141;

/**
 * The energy model of a program on the cavity. Memories stay memories; positions become a dense matrix, that of relaxed
 * atoms where they move. Exponential memories are run through the logarithm of their energy, −ln Σ exp(x): at zero
 * temperature the steps are the same.
 * @param damping a of position couplings
 * @param engine whose kernels the model is to be on; null: a plain one
 * @throws RelaxdError as `createSpinModel` and `couplingsFromPositions`
 */
export function cavitySystem(
  program: ResolvedProgram,
  damping: number,
  engine: Engine | null,
): CavitySystem {
  const { couplings } = program;
  if (
    last?.damping === damping &&
    last.engine?.kind === engine?.kind &&
    last.engine?.arena === engine?.arena &&
    sameCouplings(last.couplings, couplings)
  ) {
    return last.system;
  }
  const system =
    couplings.kind === 'dense' || couplings.kind === 'positions'
      ? denseSystem(couplings, program.sites, damping, engine)
      : { model: otherModel(couplings, program.sites, engine), plasticity: null };
  last = { couplings, damping, engine, system };
  return system;
}

/** Its arrays lie in the run's memory, where they stay from block to block. */
function denseSystem(
  couplings: DenseCouplings | PositionCouplings,
  sites: number,
  damping: number,
  engine: Engine | null,
): CavitySystem {
  const arrays = engine === null ? plainArrays : engineArrays(engine, engine.arena);
  let plasticity: Plasticity | null = null;
  let data: Float64Array;
  if (couplings.kind === 'dense') {
    data = couplings.data;
  } else if (couplings.stiffness === null) {
    data = arrays.derived(couplings.xy, RIGID_FORM, 'float64', sites * sites, (out) =>
      out.set(couplingsFromPositions(couplings, damping)),
    ) as Float64Array;
  } else {
    plasticity = new Plasticity(couplings, couplings.stiffness, damping, arrays);
    data = plasticity.couplings;
  }
  return { model: createSpinModel({ kind: 'dense', data }, sites, arrays), plasticity };
}

function otherModel(
  couplings: Exclude<Couplings, DenseCouplings | PositionCouplings>,
  sites: number,
  engine: Engine | null,
): SpinModel {
  const spins = spinCouplings(couplings, 0);
  if (engine === null) return createSpinModel(spins, sites);
  const memories = spins.kind === 'memories' ? KernelMemories.of(engine, spins, sites) : null;
  return memories ?? createSpinModel(spins, sites, engineArrays(engine));
}

/** Couplings as ±1 models take them: positions as a matrix, exponential memories through their logarithm. */
export function spinCouplings(couplings: Couplings, damping: number): SpinCouplings {
  if (couplings.kind === 'positions') {
    return { kind: 'dense', data: couplingsFromPositions(couplings, damping) };
  }
  if (couplings.kind === 'memories' && couplings.interaction.kind === 'exponential') {
    return { ...couplings, interaction: { kind: 'log-sum-exp', beta: 1 } };
  }
  return couplings;
}

/** Whether two documents make the same N×N matrix; others are quick to make and never count as the same. */
function sameCouplings(a: Couplings, b: Couplings): boolean {
  if (a.kind === 'dense' && b.kind === 'dense') return sameNumbers(a.data, b.data);
  if (a.kind !== 'positions' || b.kind !== 'positions') return false;
  return (
    a.geometry === b.geometry &&
    a.waist === b.waist &&
    a.n0 === b.n0 &&
    a.cloudSigma === b.cloudSigma &&
    a.stiffness === b.stiffness &&
    sameNumbers(a.xy, b.xy)
  );
}

function sameNumbers(a: Float64Array, b: Float64Array): boolean {
  if (a.length !== b.length) return false;
  for (let k = 0; k < a.length; k++) if (a[k] !== b[k]) return false;
  return true;
}
