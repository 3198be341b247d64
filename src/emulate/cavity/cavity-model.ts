import { RelaxdError } from '../../core/index.js';
import type { ResolvedProgram } from '../../device/index.js';
import { createSpinModel, type SpinCouplings, type SpinModel } from '../../model/index.js';
import { couplingsFromPositions } from './couplings-from-positions.js';

interface Memo {
  readonly xy: Float64Array;
  readonly key: string;
  readonly data: Float64Array;
}
/** A thread runs many blocks of the same program; couplings of thousands of sites are worth keeping from one to the next. */
let memo: Memo | null = null;

/**
 * The energy model of a program on the cavity. Memories stay memories; positions become a dense matrix. Exponential
 * memories are run through the logarithm of their energy, −ln Σ exp(x): at zero temperature the steps are the same.
 * @throws RelaxdError as `createSpinModel` and `couplingsFromPositions`
 */
export function cavityModel(program: ResolvedProgram, damping: number): SpinModel {
  const { couplings, sites } = program;
  return createSpinModel(
    couplings.kind === 'positions' ? positionCouplings(program, damping) : spinCouplings(couplings),
    sites,
  );
}

function spinCouplings(couplings: SpinCouplings): SpinCouplings {
  if (couplings.kind !== 'memories' || couplings.interaction.kind !== 'exponential')
    return couplings;
  return { ...couplings, interaction: { kind: 'log-sum-exp', beta: 1 } };
}

function positionCouplings(program: ResolvedProgram, damping: number): SpinCouplings {
  const { couplings } = program;
  if (couplings.kind !== 'positions') throw new RelaxdError('internal', 'not positions');
  const { geometry, xy, waist, n0, cloudSigma } = couplings;
  const key = JSON.stringify([geometry, waist, n0, cloudSigma, damping]);
  const same =
    memo?.key === key && memo.xy.length === xy.length && memo.xy.every((v, k) => v === xy[k]);
  if (memo === null || !same) {
    memo = { xy: xy.slice(), key, data: couplingsFromPositions(couplings, damping) };
  }
  return { kind: 'dense', data: memo.data };
}
