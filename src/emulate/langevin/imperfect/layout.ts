import type { Imperfections } from './imperfections.js';
import { FLICKER_BAND, flickerRates, flickerVariance } from './flicker-noise.js';

/**
 * What the state of an imperfect circuit consists of: x of the n free nodes, then (where there are such) the currents w of
 * the coupling paths, the outputs r of the readout's low-passes, and the 1/f currents, process by process.
 */
export interface Layout {
  readonly nodes: number;
  /** Time constants; 0: no such states. */
  readonly couplingPole: number;
  readonly readoutPole: number;
  /** Where each part begins; −1: it is not there. */
  readonly w: number;
  readonly r: number;
  readonly flicker: number;
  readonly flickerRates: Float64Array;
  readonly flickerVariance: number;
  readonly size: number;
}

export function layoutOf(nodes: number, imperfections: Imperfections): Layout {
  const { couplingPole, readoutPole, flickerCorner } = imperfections;
  // Two-sided density of a leak's white noise at T = 1: 2. The 1/f noise equals it at the corner.
  const rates =
    flickerCorner === 0
      ? new Float64Array(0)
      : flickerRates(FLICKER_BAND[0] * flickerCorner, FLICKER_BAND[1] * flickerCorner);
  let size = nodes;
  const take = (there: boolean, count: number): number => {
    if (!there) return -1;
    size += count;
    return size - count;
  };
  const w = take(couplingPole > 0, nodes);
  const r = take(readoutPole > 0, nodes);
  const flicker = take(rates.length > 0, nodes * rates.length);
  return {
    nodes,
    couplingPole,
    readoutPole,
    w,
    r,
    flicker,
    flickerRates: rates,
    flickerVariance: flickerVariance(2 * flickerCorner),
    size,
  };
}
