import { RelaxdError } from '../../core/index.js';
import type { ResolvedProgram } from '../../device/index.js';
import { gibbsProbabilities } from './gibbs-table.js';
import type { StateSpace } from './state-space.js';

/** The distribution at t = 0⁻ before any burn-in, and whether it is the Gibbs state. */
export function exactStart(
  program: ResolvedProgram,
  space: StateSpace,
): { readonly distribution: Float64Array; readonly gibbs: boolean } {
  const { initial } = program;
  const distribution = new Float64Array(space.states);
  const plain = { distribution, gibbs: false };
  switch (initial.kind) {
    case 'pattern':
      distribution[space.codeOf(initial.values)] = 1;
      return plain;
    case 'corrupted':
      spreadCorruptions(program, space, initial.values, initial.flips, distribution);
      return plain;
    case 'equilibrium':
      if (space.hasEnergy && space.siteTemperatures === null) {
        const values = space.startValues();
        return {
          distribution: gibbsProbabilities(space.energies(values), values.temperature),
          gibbs: true,
        };
      }
      if ((program.dynamics.burnIn ?? 0) === 0) {
        throw new RelaxdError('program-refused', 'there is no Gibbs state and no burnIn', {
          path: 'dynamics.burnIn',
          value: program.dynamics.burnIn,
          limit: '> 0',
        });
      }
      distribution.fill(1 / space.states);
      return plain;
    case 'random':
    case 'zero':
      distribution.fill(1 / space.states);
      return plain;
  }
}

/**
 * Exactly `flips` of all N sites are wrong, all choices alike. Clamped sites are put to their inputs afterwards, so that
 * d wrong free sites come about in C(n, d)·C(N − n, flips − d) of C(N, flips) choices.
 */
function spreadCorruptions(
  program: ResolvedProgram,
  space: StateSpace,
  values: Int8Array,
  flips: number,
  distribution: Float64Array,
): void {
  const n = space.free.length;
  const clamped = program.sites - n;
  const base = space.codeOf(values);
  const all = choose(program.sites, flips);
  for (let code = 0; code < space.states; code++) {
    const wrong = bitCount(code ^ base);
    if (wrong > flips) continue;
    distribution[code] = choose(clamped, flips - wrong) / all;
  }
}

function bitCount(code: number): number {
  let count = 0;
  for (let rest = code; rest !== 0; rest &= rest - 1) count++;
  return count;
}

function choose(n: number, k: number): number {
  if (k > n) return 0;
  let product = 1;
  for (let i = 1; i <= k; i++) product = (product * (n - k + i)) / i;
  return product;
}
