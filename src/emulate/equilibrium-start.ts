import type { ResolvedProgram } from '../device/index.js';
import type { EquilibriumStart } from '../thermo/index.js';

/**
 * How an equilibrium start comes about; null of other starts.
 * @param drawn whether it is drawn from the Gibbs state, so that no burn-in runs
 */
export function equilibriumStart(
  program: ResolvedProgram,
  drawn: boolean,
): EquilibriumStart | null {
  if (program.initial.kind !== 'equilibrium') return null;
  return drawn ? { by: 'exact' } : { by: 'burn-in', burnIn: program.dynamics.burnIn ?? 0 };
}

/** What the medium part is of a run in which nothing changes. */
export function stationaryMethod(start: EquilibriumStart | null): string {
  if (start === null) return 'medium';
  return start.by === 'exact'
    ? 'medium (stationary: equals the total)'
    : `medium (equals the total where the burn-in of ${start.burnIn} reached the stationary state)`;
}
