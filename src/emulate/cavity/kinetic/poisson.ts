import type { RandomStream } from '../../../core/index.js';
import { logGammaSize } from './flip-bath.js';

/** Above this mean, draws by transformed rejection; below, by inversion. */
const MANY = 20;

/**
 * A Poisson number of the given mean, exactly: sequential inversion for few, transformed rejection with squeeze (PTRS,
 * Hörmann 1993) for many.
 */
export function drawPoisson(stream: RandomStream, mean: number): number {
  if (mean <= 0) return 0;
  return mean < MANY ? byInversion(stream, mean) : byRejection(stream, mean);
}

function byInversion(stream: RandomStream, mean: number): number {
  let rest = stream.uniform();
  let share = Math.exp(-mean);
  let k = 0;
  while (rest >= share && k < 1000) {
    rest -= share;
    k++;
    share *= mean / k;
  }
  return k;
}

function byRejection(stream: RandomStream, mean: number): number {
  const root = Math.sqrt(mean);
  const logMean = Math.log(mean);
  const b = 0.931 + 2.53 * root;
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const quick = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = stream.uniform() - 0.5;
    const v = stream.uniformOpen();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= quick) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    const accepted = Math.log(v) + Math.log(inverseAlpha) - Math.log(a / (us * us) + b);
    if (accepted <= k * logMean - mean - logGammaSize(k + 1, 0)) return k;
  }
}
