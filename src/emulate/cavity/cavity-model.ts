import type { Couplings, ResolvedProgram } from '../../device/index.js';
import { createSpinModel, type SpinCouplings, type SpinModel } from '../../model/index.js';
import { couplingsFromPositions } from './couplings-from-positions.js';
import { Plasticity } from './plasticity.js';

/**
 * A thread runs many blocks of shots of the same program. The model of N² couplings takes far longer to make than a
 * shot to run, so the last one is kept; a shot resets all of it.
 */
let last: {
  readonly couplings: Couplings;
  readonly damping: number;
  readonly model: SpinModel;
  readonly plasticity: Plasticity | null;
} | null = null;

/**
 * The energy model of a program on the cavity. Memories stay memories; positions become a dense matrix, that of relaxed
 * atoms where they move. Exponential memories are run through the logarithm of their energy, −ln Σ exp(x): at zero
 * temperature the steps are the same.
 * @param damping a of position couplings
 * @throws RelaxdError as `createSpinModel` and `couplingsFromPositions`
 */
export function cavityModel(program: ResolvedProgram, damping: number): SpinModel {
  return modelOf(program, damping).model;
}

/** How the atoms of a program move with its spins; null where they are fixed. */
export function cavityPlasticity(program: ResolvedProgram, damping: number): Plasticity | null {
  return modelOf(program, damping).plasticity;
}

function modelOf(program: ResolvedProgram, damping: number): NonNullable<typeof last> {
  const { couplings, sites } = program;
  if (last !== null && last.damping === damping && sameCouplings(last.couplings, couplings)) {
    return last;
  }
  const plasticity =
    couplings.kind === 'positions' && couplings.stiffness !== null
      ? new Plasticity(couplings, couplings.stiffness, damping)
      : null;
  const model = createSpinModel(
    plasticity === null
      ? spinCouplings(couplings, damping)
      : { kind: 'dense', data: plasticity.couplings },
    sites,
  );
  return (last = { couplings, damping, model, plasticity });
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
