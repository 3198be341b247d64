import type { Violation } from '../../core/index.js';
import { hiddenMask, siteSpecs, type Program } from '../../device/index.js';

/** Largest |b|/T of a Poisson site: its mean e^{b/T} stays below 1e9, where draws are still exact. */
export const MOST_POISSON_FIELD = Math.log(1e9);

/** What a program with hidden sites may not ask of the simulator, beyond what the program format says. */
export function hiddenViolations(program: Program): Violation[] {
  if (hiddenMask(program) === null) return [];
  const found: Violation[] = [];
  const refuse = (path: string, message: string, value: unknown, limit: unknown): void => {
    found.push({ code: 'program-refused', path, message, value, limit });
  };
  const { dynamics } = program;
  if (dynamics.order === 'synchronous') {
    refuse(
      'dynamics.order',
      'hidden sites move between the updates of visible ones, which synchronous order leaves no room for; use sequential',
      'synchronous',
      ['continuous-time', 'random', 'sequential'],
    );
  }
  if (dynamics.synapse !== null) {
    refuse(
      'dynamics.synapse',
      'hidden sites have no synapses with memory; leave one of the two out',
      dynamics.synapse.kernel,
      null,
    );
  }
  found.push(...poissonViolations(program));
  return found;
}

function poissonViolations(program: Program): Violation[] {
  const { dynamics, controls, drives, fields } = program;
  const specs = siteSpecs(program);
  const scale = controls.coupling === undefined ? 1 : largestOf(controls.coupling);
  for (let site = 0; site < program.sites; site++) {
    if (specs[site]?.prior !== 'poisson') continue;
    const own =
      dynamics.temperature instanceof Float64Array
        ? dynamics.temperature[site]!
        : (dynamics.temperature ?? 1);
    const coldest = dynamics.rule === 'zero-temperature' ? 0 : leastOf(controls.temperature, own);
    if (coldest === 0) {
      return [
        {
          code: 'program-refused',
          path: 'dynamics.temperature',
          message: `the Poisson site ${site} has no state at T = 0: its mean e^{b/T} is not bounded`,
          value: 0,
          limit: '> 0',
        },
      ];
    }
    let most = scale * couplingSum(program, site) + fields[site]!;
    for (const { pattern, amplitude } of drives) {
      most += Math.abs(pattern[site]!) * largestOf(amplitude);
    }
    if (most / coldest > MOST_POISSON_FIELD) {
      return [
        {
          code: 'program-refused',
          path: 'couplings',
          message: `the field on the Poisson site ${site} can reach ${most} at T = ${coldest}, and its mean e^{b/T} 1e9; use smaller couplings, a negative field or a higher temperature`,
          value: most / coldest,
          limit: MOST_POISSON_FIELD,
        },
      ];
    }
  }
  return [];
}

/** Largest size of a curve's values. */
function largestOf(curve: Float64Array): number {
  let largest = 0;
  for (let k = 1; k < curve.length; k += 2) largest = Math.max(largest, Math.abs(curve[k]!));
  return largest;
}

/** Smallest of a curve's values; without a curve, what there is instead. */
function leastOf(curve: Float64Array | undefined, otherwise: number): number {
  if (curve === undefined) return otherwise;
  let least = Infinity;
  for (let k = 1; k < curve.length; k += 2) least = Math.min(least, curve[k]!);
  return least;
}

/** Σ |J| of a site's couplings. */
function couplingSum(program: Program, site: number): number {
  const { couplings, sites } = program;
  let sum = 0;
  if (couplings.kind === 'dense') {
    for (let j = 0; j < sites; j++) sum += Math.abs(couplings.data[site * sites + j]!);
  } else if (couplings.kind === 'coo') {
    const { entries } = couplings;
    for (let k = 0; k < entries.length; k += 3) {
      if (entries[k] === site || entries[k + 1] === site) sum += Math.abs(entries[k + 2]!);
    }
  }
  return sum;
}
