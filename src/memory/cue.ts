import { RelaxdError, type RandomStream } from '../core/index.js';

/** A part of a picture, in pixels: `x` and `width` along a row, `y` and `height` down the columns. */
export interface Region {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Number of sites that a corruption by `fraction` flips: exactly round(fraction · n), halves up.
 *
 * @param fraction 0 … 1
 * @throws RelaxdError `not-finite`, `invalid-input`
 */
export function flipCount(fraction: number, n: number): number {
  if (typeof fraction !== 'number' || Number.isNaN(fraction)) {
    throw new RelaxdError('not-finite', `the fraction of flipped sites is ${fraction}`, {
      path: 'corrupt',
      value: String(fraction),
      limit: [0, 1],
    });
  }
  if (fraction < 0 || fraction > 1) {
    throw new RelaxdError(
      'invalid-input',
      `the fraction of flipped sites is ${fraction}; 0 … 1 is allowed`,
      {
        path: 'corrupt',
        value: Number.isFinite(fraction) ? fraction : String(fraction),
        limit: [0, 1],
      },
    );
  }
  return Math.round(fraction * n);
}

/**
 * A copy of the pattern with exactly round(fraction · N) different sites flipped, drawn without replacement.
 *
 * @param pattern ±1, N entries; left as it is
 * @throws RelaxdError as {@link flipCount}
 */
export function corruptPattern(
  pattern: Int8Array,
  fraction: number,
  random: RandomStream,
): Int8Array {
  const cue = Int8Array.from(pattern);
  for (const site of random.sample(cue.length, flipCount(fraction, cue.length))) {
    cue[site] = -cue[site]!;
  }
  return cue;
}

/**
 * A copy of the picture with a rectangle painted over: with −1, with +1, or with fair random signs. The part
 * of the rectangle outside the picture is ignored.
 *
 * @param shape `[rows, columns]`; a pattern of another number of dimensions is taken as one row
 * @throws RelaxdError `wrong-size` where pattern and shape disagree, `invalid-input` for a region that is not
 *   of whole pixels or has no site in the picture
 */
export function maskRegion(
  pattern: Int8Array,
  shape: readonly number[],
  region: Region,
  fill: -1 | 1 | 'random',
  random: RandomStream,
): Int8Array {
  const [rows, columns] = shape.length === 2 ? [shape[0]!, shape[1]!] : [1, pattern.length];
  if (rows * columns !== pattern.length) {
    throw new RelaxdError(
      'wrong-size',
      `a pattern of ${pattern.length} sites is not of shape [${shape.join(',')}]`,
      { path: 'shape', value: pattern.length, limit: rows * columns },
    );
  }
  for (const side of ['x', 'y', 'width', 'height'] as const) {
    const least = side === 'width' || side === 'height' ? 1 : undefined;
    if (Number.isInteger(region[side]) && region[side] >= (least ?? -Infinity)) continue;
    throw new RelaxdError(
      'invalid-input',
      `region.${side} is ${region[side]}; whole pixels are asked for`,
      {
        path: `region.${side}`,
        value: Number.isFinite(region[side]) ? region[side] : String(region[side]),
        limit: least === undefined ? 'integer' : [least, side === 'width' ? columns : rows],
      },
    );
  }
  const left = Math.max(0, region.x);
  const right = Math.min(columns, region.x + region.width);
  const top = Math.max(0, region.y);
  const bottom = Math.min(rows, region.y + region.height);
  if (left >= right || top >= bottom) {
    throw new RelaxdError('invalid-input', 'the region lies outside the picture', {
      path: 'region',
      value: { ...region },
      limit: { rows, columns },
    });
  }
  const cue = Int8Array.from(pattern);
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      cue[y * columns + x] = fill === 'random' ? random.sign() : fill;
    }
  }
  return cue;
}

/**
 * Overlap m = (1/N) Σ a_i b_i of two ±1 vectors of N sites.
 *
 * @throws RelaxdError `wrong-size` where the lengths differ
 */
export function patternOverlap(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length || a.length === 0) {
    throw new RelaxdError('wrong-size', `no overlap of ${a.length} with ${b.length} sites`, {
      value: b.length,
      limit: a.length,
    });
  }
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum / a.length;
}
