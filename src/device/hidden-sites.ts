import type { HiddenPrior, Program, SiteKind, SiteSpec } from './program.js';

/** Kind of the values that a prior gives: numbers that need a double, or ones that fit where spins do. */
const KIND_OF_PRIOR: Readonly<Record<HiddenPrior, SiteKind>> = {
  gaussian: 'continuous',
  poisson: 'continuous',
  binary: 'ising',
  'one-hot': 'ising',
};

/**
 * A site as it is understood: a hidden one takes the values of its prior, whatever kind was written beside it, and
 * without a prior it is `binary` (of ±1 sites) or `gaussian` (of continuous ones).
 */
export function readSite(kind: SiteKind, hidden: boolean, prior: HiddenPrior | null): SiteSpec {
  if (!hidden) return { kind, hidden, prior };
  const known = prior ?? (kind === 'ising' ? 'binary' : 'gaussian');
  return { kind: KIND_OF_PRIOR[known], hidden, prior: known };
}

/** Whether each site is hidden; null where none is. */
export function hiddenMask(program: Program): Uint8Array | null {
  const { siteKinds } = program;
  if (typeof siteKinds === 'string' || !siteKinds.some((site) => site.hidden)) return null;
  return Uint8Array.from(siteKinds, (site) => (site.hidden ? 1 : 0));
}

/** Sites that are not hidden, growing. */
export function visibleSites(program: Program): Int32Array {
  const hidden = hiddenMask(program);
  const all = Int32Array.from({ length: program.sites }, (_, i) => i);
  return hidden === null ? all : all.filter((i) => hidden[i] === 0);
}

/** One-hot groups: each a run of consecutive one-hot sites, as [first site, number of sites]. */
export function oneHotGroups(program: Program): readonly (readonly [number, number])[] {
  const { siteKinds } = program;
  if (typeof siteKinds === 'string') return [];
  const groups: [number, number][] = [];
  siteKinds.forEach((site, i) => {
    if (!site.hidden || site.prior !== 'one-hot') return;
    const last = groups[groups.length - 1];
    if (last !== undefined && last[0] + last[1] === i) last[1]++;
    else groups.push([i, 1]);
  });
  return groups;
}
