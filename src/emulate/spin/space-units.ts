import { RelaxdError } from '../../core/index.js';
import { siteSpecs, type ResolvedProgram } from '../../device/index.js';
import { bathsOf } from '../baths.js';
import { MOST_ENUMERATED } from './gibbs-table.js';
import { hiddenUnits } from './hidden-unit.js';

/** What moves as one: a spin (levels −1, +1), or a one-hot group (a level a site). */
export interface SpaceUnit {
  readonly sites: readonly number[];
  readonly levels: number;
  /** A level more is this much more of a code. */
  readonly stride: number;
  /** False for sites that are held at values which differ from shot to shot. */
  readonly moves: boolean;
  readonly hidden: boolean;
  /** Attempts in a unit of time. */
  readonly speed: number;
  readonly bath: number;
  /** Its temperature; null where it is the protocol's. */
  readonly temperature: number | null;
  readonly firstChannel: number;
}

/**
 * Moves of a unit between two of its levels: from `low` to `low + leap` and back, for all codes `low` that have the unit
 * at the first of the two (see `StateSpace.visitPairs`). A spin has one channel.
 */
export interface Channel {
  readonly unit: number;
  readonly period: number;
  readonly from: number;
  readonly width: number;
  readonly leap: number;
  /** The two sites whose fields the move trades; the same one for a spin. */
  readonly sites: readonly [number, number];
}

/** Values of the sites that are not enumerated. */
export function heldValues(program: ResolvedProgram, inputs: Float64Array | null): Float64Array {
  const held = new Float64Array(program.sites);
  const { clamped, initial } = program;
  for (const { prior, first, count } of hiddenUnits(program)) {
    if (prior === 'one-hot' && count === 1) held[first] = 1;
  }
  clamped.forEach((site, k) => {
    if (inputs !== null) held[site] = inputs[k]!;
    else if (initial.kind === 'pattern') held[site] = initial.values[site]!;
  });
  return held;
}

/**
 * The units of a program: visible ones first, then hidden ones.
 * @param noInputs whether clamped sites have no values listed for them
 * @throws RelaxdError `not-enumerable` above 2^16 states, `not-supported` for hidden sites with infinitely many values
 */
export function spaceUnits(
  program: ResolvedProgram,
  noInputs: boolean,
  hiddenRate: number,
): SpaceUnit[] {
  const baths = bathsOf(program);
  const clamped = new Set(program.clamped);
  // Clamped sites that start at random keep what they start with: they are enumerated, and do not move.
  const drawn = noInputs && program.initial.kind !== 'pattern';
  const units: SpaceUnit[] = [];
  let [stride, firstChannel] = [1, 0];
  const add = (sites: readonly number[], hidden: boolean, moves: boolean): void => {
    const levels = Math.max(2, sites.length);
    const site = sites[0]!;
    units.push({
      sites,
      levels,
      stride,
      moves,
      hidden,
      speed: hidden ? hiddenRate : 1,
      bath: baths.siteBath?.[site] ?? 0,
      temperature: baths.siteTemperature?.[site] ?? null,
      firstChannel,
    });
    stride *= levels;
    if (moves) firstChannel += (levels * (levels - 1)) / 2;
  };
  const specs = typeof program.siteKinds === 'string' ? null : siteSpecs(program);
  for (let site = 0; site < program.sites; site++) {
    if (specs?.[site]?.hidden === true) continue;
    if (!clamped.has(site)) add([site], false, true);
    else if (drawn) add([site], false, false);
  }
  for (const { prior, first, count } of hiddenUnits(program)) {
    if (prior === 'gaussian' || prior === 'poisson') {
      throw new RelaxdError(
        'not-supported',
        `site ${first} is hidden with a ${prior} prior and has infinitely many values, which cannot be enumerated`,
        {
          path: `siteKinds[${first}].prior`,
          value: prior,
          limit: ['binary', 'one-hot'],
          hint: 'run it without --exact',
        },
      );
    }
    if (prior === 'one-hot' && count === 1) continue; // always 1
    add(
      Array.from({ length: count }, (_, k) => first + k),
      true,
      true,
    );
  }
  if (stride > 2 ** MOST_ENUMERATED) {
    throw new RelaxdError('not-enumerable', `${units.length} sites have ${stride} states`, {
      path: 'sites',
      value: units.length,
      limit: MOST_ENUMERATED,
    });
  }
  return units;
}

/** The channels of a unit, by pairs of levels (0, 1), (0, 2) … (1, 2) …; none of a unit that does not move. */
export function channelsOf(unit: SpaceUnit, index: number): Channel[] {
  const { sites, levels, stride, moves } = unit;
  if (!moves) return [];
  const channels: Channel[] = [];
  for (let a = 0; a < levels; a++) {
    for (let b = a + 1; b < levels; b++) {
      channels.push({
        unit: index,
        period: levels * stride,
        from: a * stride,
        width: stride,
        leap: (b - a) * stride,
        sites: sites.length === 1 ? [sites[0]!, sites[0]!] : [sites[a]!, sites[b]!],
      });
    }
  }
  return channels;
}
