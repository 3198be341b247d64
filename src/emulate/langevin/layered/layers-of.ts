import type { CouplingMatrix } from '../coupling-matrix.js';

/** Layers of a circuit, one after the other, and how many pairs are coupled. */
export interface Layers {
  readonly sizes: readonly number[];
  readonly pairs: number;
}

/**
 * Splits the sites into runs that have no couplings inside, each as long as it can be. Where every coupling is then between
 * a run and the next, these are layers.
 * @returns null where they are not, or where no sites are coupled
 */
export function layersOf(coupling: CouplingMatrix): Layers | null {
  const { sites } = coupling;
  const nearest = new Int32Array(sites).fill(sites);
  const farthest = new Int32Array(sites).fill(-1);
  let pairs = 0;
  let own = false;
  for (let i = 0; i < sites; i++) {
    coupling.row(i, (j, J) => {
      if (J === 0) return;
      if (j === i) own = true;
      if (j <= i) return;
      pairs++;
      nearest[i] = Math.min(nearest[i]!, j);
      farthest[i] = Math.max(farthest[i]!, j);
    });
  }
  if (own || pairs === 0) return null;
  const ends: number[] = [];
  for (let first = 0; first < sites; first = ends[ends.length - 1]!) {
    let end = sites;
    for (let i = first; i < end; i++) end = Math.min(end, nearest[i]!);
    ends.push(end);
  }
  let layer = 0;
  for (let i = 0; i < sites; i++) {
    if (i === ends[layer]) layer++;
    if (farthest[i]! >= (ends[layer + 1] ?? sites)) return null;
  }
  return { sizes: ends.map((end, l) => end - (ends[l - 1] ?? 0)), pairs };
}
