import type { Descriptor, Program } from '../device/index.js';

/** Crosstalk variance α(2n − 3)!! of the memories that are not condensed, above which the low-load equations are not claimed. */
export const MOST_CROSSTALK = 0.01;
/** Overlap of any further memory with target, other or cue, in units of 1/√N: chance is below it in all but 6 of 10^7 pairs. */
const MOST_CHANCE = 5;

/** Double factorial (2n − 3)!!. */
function oddFactorial(order: number): number {
  let product = 1;
  for (let k = 2 * order - 3; k > 1; k -= 2) product *= k;
  return product;
}

/** α(2n − 3)!!: variance of the field on a site from P′ random memories that are not condensed. */
export function crosstalk(memories: number, sites: number, order: number): number {
  return (memories / sites ** (order - 1)) * oddFactorial(order);
}

/**
 * Why the overlap equations say nothing of a drive; null where they do. They are those of Glauber rates on ±1 sites, one
 * condensed target, at most one other memory, and a load at which the rest do not matter.
 */
export function whyNoTheory(
  program: Program,
  descriptor: Descriptor,
  setting: {
    readonly patterns: readonly Int8Array[];
    readonly condensed: readonly number[];
    readonly cue: Int8Array;
    readonly order: number;
    readonly temperature: number;
  },
): string | null {
  const { dynamics, sites } = program;
  if (program.siteKinds !== 'ising') return `the sites of ${descriptor.device} are continuous`;
  if (!(setting.temperature > 0)) return 'the equations need T > 0';
  const rule = dynamics.rule ?? Object.keys(descriptor.dynamics.rules)[0];
  if (rule !== 'glauber') return `they have Glauber rates, and the rule is ${rule}`;
  if (dynamics.order === 'synchronous') return 'they have one flip at a time';
  if (descriptor.dynamics.kernels.length > 0) {
    return `they have Glauber rates, and ${descriptor.device} flips by a law of its own (${descriptor.dynamics.kernels[0]})`;
  }
  const { patterns, condensed, cue, order } = setting;
  const variance = crosstalk(patterns.length - condensed.length, sites, order);
  if (variance > MOST_CROSSTALK) {
    return `the load is extensive: crosstalk of variance ${variance.toPrecision(2)}, and they take at most ${MOST_CROSSTALK}`;
  }
  const most = MOST_CHANCE / Math.sqrt(sites);
  const known = [...condensed.map((k) => patterns[k]!), cue];
  for (const [k, pattern] of patterns.entries()) {
    if (condensed.includes(k)) continue;
    for (const other of known) {
      let sum = 0;
      for (let i = 0; i < sites; i++) sum += pattern[i]! * other[i]!;
      if (Math.abs(sum / sites) > most) {
        return `memory ${k} is correlated with those of the drive (overlap ${(sum / sites).toFixed(2)}; by chance at most ${most.toFixed(2)})`;
      }
    }
  }
  return null;
}
