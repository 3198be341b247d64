import type { CovarianceBlock } from '../../device/index.js';
import type { Estimate } from '../estimate.js';
import { slopeOf, type Parameter } from '../parameter.js';

/** Below, covariances are kept whole. */
const WHOLE = 120;
/** Significant digits of those of large boards: what differs by less is no correlation that matters. */
const DIGITS = 10;

/**
 * Covariances of what is identified, in the parameters' units. Of a large board: those of all nodes and of the board among each other as one
 * block, and of each pair its gains', with those to its two nodes and to the board. Gains of two different pairs are correlated, too, through
 * their nodes: that follows from these to within what the pairs' own probes say of nodes, and is not kept.
 */
export function covarianceBlocks(
  list: readonly Parameter[],
  estimate: Pick<Estimate, 'parameters' | 'covariance' | 'at'>,
): CovarianceBlock[] {
  const { parameters, covariance, at } = estimate;
  const slopes = list.map((parameter, a) => slopeOf(parameter, at[a]!));
  const isKnown = (a: number): boolean => parameters[a]!.identified;
  const known = list.flatMap((_, a) => (isKnown(a) ? [a] : []));
  if (known.length === 0) return [];
  const names = (members: readonly number[]): string[] => members.map((a) => list[a]!.name);
  const entry = (a: number, b: number): number => covariance.at(a, b) * slopes[a]! * slopes[b]!;
  if (known.length <= WHOLE) return [{ parameters: names(known), lower: lower(known, entry) }];
  const short = (a: number, b: number): number => Number(entry(a, b).toPrecision(DIGITS));
  const { shape } = covariance;
  const core = [...shape.core].filter(isKnown);
  const blocks: CovarianceBlock[] =
    core.length === 0 ? [] : [{ parameters: names(core), lower: lower(core, short) }];
  for (const { members, feet } of shape.leaves) {
    const own = [...members].filter(isKnown);
    if (own.length === 0) continue;
    const others = [...feet].map((place) => shape.core[place]!).filter(isKnown);
    blocks.push({
      parameters: names(own),
      lower: lower(own, short),
      across: {
        parameters: names(others),
        rows: own.flatMap((a) => others.map((b) => short(a, b))),
      },
    });
  }
  return blocks;
}

const lower = (members: readonly number[], entry: (a: number, b: number) => number): number[] =>
  members.flatMap((a, i) => members.slice(0, i + 1).map((b) => entry(a, b)));
