import { diverging, type Palette, type Rgb } from './colours.js';

export interface StatePicture {
  readonly rows: number;
  readonly columns: number;
  readonly ink: 1 | -1;
  readonly palette: Palette;
  /** Where given, ±1 sites that differ from it are marked. */
  readonly target: ArrayLike<number> | null;
  /** Continuous sites: the value that gets the full colour; null: sites are ±1. */
  readonly fullScale: number | null;
}

/**
 * Colours the sites of a state, one pixel a site, row by row.
 *
 * @param values [rows × columns]
 * @param pixels [4 × rows × columns], RGBA
 */
export function paintState(
  values: ArrayLike<number>,
  picture: StatePicture,
  pixels: Uint8ClampedArray,
): void {
  const { fullScale, ink, palette, target } = picture;
  const sites = picture.rows * picture.columns;
  for (let i = 0; i < sites; i++) {
    const value = values[i] ?? 0;
    const colour =
      fullScale === null
        ? spinColour(value === ink, target === null || target[i] === value, palette)
        : diverging(palette, (ink * value) / fullScale);
    pixels[4 * i] = colour[0];
    pixels[4 * i + 1] = colour[1];
    pixels[4 * i + 2] = colour[2];
    pixels[4 * i + 3] = 255;
  }
}

function spinColour(isInk: boolean, right: boolean, palette: Palette): Rgb {
  if (right) return isInk ? palette.ink : palette.paper;
  return isInk ? palette.stray : palette.missing;
}

/** The largest magnitude in any of the states, so that one scale serves a whole run. */
export function largestMagnitude(states: Iterable<ArrayLike<number> | null>): number {
  let largest = 0;
  for (const state of states) {
    if (state === null) continue;
    for (let i = 0; i < state.length; i++) largest = Math.max(largest, Math.abs(state[i]!));
  }
  return largest > 0 ? largest : 1;
}
