import { RandomStream, RelaxdError } from '../../core/index.js';
import type { EquilibriumSampler } from './equilibrium.js';

const LEAST_ACCEPTANCE = 1e-3;
const TRIALS = 5000;

/**
 * Refuses an equilibrium start whose draws would take for ever, by the acceptance of a few thousand of them, or that cannot be
 * drawn at all.
 * @param makeSampler may throw what makes the draw impossible
 */
export function judgeEquilibrium(
  makeSampler: () => EquilibriumSampler,
  refuse: (path: string, message: string, value: unknown, limit: unknown) => void,
): void {
  try {
    const acceptance = makeSampler().acceptance(RandomStream.of(0, 'initial'), TRIALS);
    if (acceptance >= LEAST_ACCEPTANCE) return;
    refuse(
      'initial.kind',
      `too few draws of the Gibbs state would be kept (${acceptance})`,
      'equilibrium',
      'weaker couplings, or a pattern with dynamics.burnIn',
    );
  } catch (error) {
    if (!(error instanceof RelaxdError)) throw error;
    refuse('initial.kind', error.message, 'equilibrium', error.details.limit);
  }
}
