import { RelaxdError } from '../../core/index.js';
import { visibleSites, type ResolvedProgram } from '../../device/index.js';
import { gibbsProbabilities } from './gibbs-table.js';
import type { SpaceUnit } from './space-units.js';
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
      break;
    case 'equilibrium':
      if (space.hasEnergy && space.oneBath) {
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
      distribution.fill(2 ** -space.free.length);
      break;
    case 'random':
    case 'zero':
      distribution.fill(2 ** -space.free.length);
  }
  followVisible(program, space, distribution);
  return plain;
}

/**
 * Exactly `flips` of all visible sites are wrong, all choices alike. Held sites are put to their inputs afterwards, so
 * that d wrong free sites come about in C(n, d)·C(N − n, flips − d) of C(N, flips) choices.
 */
function spreadCorruptions(
  program: ResolvedProgram,
  space: StateSpace,
  values: Int8Array,
  flips: number,
  distribution: Float64Array,
): void {
  const n = space.free.length;
  const all = visibleSites(program).length;
  const visible = 2 ** n;
  let base = 0;
  space.free.forEach((site, k) => {
    if (values[site]! > 0) base |= 1 << k;
  });
  for (let code = 0; code < space.states; code++) {
    const wrong = bitCount((code % visible) ^ base);
    if (wrong > flips) continue;
    distribution[code] = choose(all - n, flips - wrong) / choose(all, flips);
  }
}

/**
 * Hidden units start in their law given the visible sites; at T = 0 at the level that gains most, the first where there
 * are several (a binary one without a field at −1, or +1 with ties `plus`).
 */
function followVisible(
  program: ResolvedProgram,
  space: StateSpace,
  distribution: Float64Array,
): void {
  const values = space.startValues();
  for (const unit of space.units) {
    if (!unit.hidden) continue;
    const shares = levelShares(space, unit, values, program.dynamics.ties === 'plus');
    for (let code = 0; code < space.states; code++) {
      distribution[code] = distribution[code]! * shares[code]!;
    }
  }
}

/** [code] probability of a unit's level given all other sites. */
function levelShares(
  space: StateSpace,
  { levels, stride, firstChannel, sites, temperature }: SpaceUnit,
  values: ReturnType<StateSpace['startValues']>,
  plus: boolean,
): Float64Array {
  const T = temperature ?? values.temperature;
  const shares = new Float64Array(space.states);
  const gains = new Float64Array(levels);
  const external = Array.from({ length: levels - 1 }, (_, k) =>
    space.externalField(firstChannel + k, values.amplitudes),
  );
  space.visitPairs(firstChannel, (ground) => {
    for (let b = 1; b < levels; b++) {
      const field = space.modelFields[(firstChannel + b - 1) * space.states + ground]!;
      gains[b] = 2 * (values.coupling * field + external[b - 1]!);
    }
    const best = gains.reduce((x, y) => Math.max(x, y));
    const chosen = sites.length === 1 && plus ? gains.lastIndexOf(best) : gains.indexOf(best);
    let sum = 0;
    for (let b = 0; b < levels; b++) sum += T > 0 ? Math.exp((gains[b]! - best) / T) : 0;
    for (let b = 0; b < levels; b++) {
      const weight = T > 0 ? Math.exp((gains[b]! - best) / T) / sum : Number(b === chosen);
      shares[ground + b * stride] = weight;
    }
  });
  return shares;
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
