import type { Landscape } from './attractors.js';

/** Share of the 2^N states from which steepest descent ends in s or −s of each attractor pair; sums to 1. */
export function basinSizes(landscape: Landscape): Float64Array {
  const { attractors, ends, states } = landscape;
  const place = new Map(Array.from(attractors, (code, k) => [code, k] as const));
  const sizes = new Float64Array(attractors.length);
  // `ends` has one start of each ± pair, and −s ends in the mirror image of where s does.
  for (const end of ends) {
    const k = place.get(Math.min(end, states - 1 - end))!;
    sizes[k] = sizes[k]! + 2 / states;
  }
  return sizes;
}
