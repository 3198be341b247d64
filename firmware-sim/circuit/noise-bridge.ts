import type { RandomStream } from '../../src/core/index.js';
import { parabolaShare } from './readout-pole.js';

/**
 * What white noise does within a step. Between the ends of a step of h a node's voltage is the line through them with a Brownian bridge
 * about it. Of the bridge its mean over the step is drawn, normal, of variance s h/12 for noise of s V²/s and independent of the ends:
 * that is what the nodes it is coupled to receive of it. Without it a cool node would get from a warm one only what the ends show, and
 * move too little. Given its mean β a bridge is on average the parabola 6 β u (h − u)/h², which is what poles see of it.
 */
export class NoiseBridge {
  /** V, [sites] */
  readonly mean: Float64Array;

  constructor(sites: number) {
    this.mean = new Float64Array(sites);
  }

  /** @param noiseRate of each node, V²/s */
  draw(h: number, noiseRate: Float64Array, n: number, random: RandomStream): void {
    for (let i = 0; i < n; i++)
      this.mean[i] = Math.sqrt((noiseRate[i]! * h) / 12) * random.normal();
  }
}

/** What a one-pole shows at a step's end of a bridge of mean 1; 0: nothing. */
export const bridgeBehind = (h: number, tauS: number): number =>
  tauS === 0 ? 0 : (-12 / (h * h)) * parabolaShare(h, tauS);
