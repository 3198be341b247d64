export type Rgb = readonly [number, number, number];

/** Colours of a state's picture, for a light and a dark page. */
export interface Palette {
  readonly paper: Rgb;
  readonly ink: Rgb;
  /** Paper where the target has ink. */
  readonly missing: Rgb;
  /** Ink where the target has paper. */
  readonly stray: Rgb;
  /** The two ends of the diverging scale: against ink, and with it; its middle is `middle`. */
  readonly against: Rgb;
  readonly with: Rgb;
  readonly middle: Rgb;
}

export const LIGHT: Palette = {
  paper: [251, 249, 243],
  ink: [27, 38, 66],
  missing: [247, 205, 190],
  stray: [216, 76, 38],
  against: [178, 88, 20],
  with: [24, 74, 148],
  middle: [246, 244, 238],
};

export const DARK: Palette = {
  paper: [20, 24, 34],
  ink: [233, 228, 214],
  missing: [112, 48, 34],
  stray: [255, 122, 82],
  against: [236, 148, 72],
  with: [112, 176, 255],
  middle: [24, 28, 38],
};

/** The diverging scale at x in [−1, 1]; the root lets small values show. */
export function diverging(palette: Palette, x: number): Rgb {
  const clipped = Math.max(-1, Math.min(1, x));
  const end = clipped < 0 ? palette.against : palette.with;
  const part = Math.abs(clipped) ** 0.8;
  return [0, 1, 2].map((c) =>
    Math.round(palette.middle[c]! + part * (end[c]! - palette.middle[c]!)),
  ) as unknown as Rgb;
}

export const css = ([r, g, b]: Rgb): string => `rgb(${r} ${g} ${b})`;
