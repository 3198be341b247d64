/**
 * Slots of visible and hidden sites as the loop of attempts and redraws sees them (f64 each; addresses are byte offsets
 * into the arena), after those of FLIP_MODEL: `unit` is that of the visible fields.
 */
export const HIDDEN = {
  /** Values of all sites, f64[N] */
  state: 3,
  /** i32[units][4]: {@link HIDDEN_KIND}, first site, number of sites, and 0; f64[units] of Gaussian ones: q of q f² */
  units: 4,
  quadratics: 5,
  unitCount: 6,
  /** Redraws of a unit, and attempts and redraws of all, in a unit of time */
  rate: 7,
  pace: 8,
  /** Sequential order: sweeps of all units so far */
  sweeps: 9,
  /** Place of a visible site among them, i32[N] */
  places: 10,
  /** Couplings between visible and hidden sites in compressed rows, of either: i32[N+1], i32, f64 */
  starts: 11,
  ends: 12,
  couplings: 13,
  /** x, f64[N]: fields of the couplings on hidden sites */
  sums: 14,
  /** Visible spins by their places, i8, and the couplings among them: as SPARSE */
  spins: 15,
  rows: 16,
  neighbours: 17,
  strengths: 18,
  fields: 19,
  /** Room for two numbers of each site of a unit, f64 */
  room: 20,
  /** Random numbers in sixteens, 64 bytes each: {@link SIXTEEN}; and how many of each are used up, from `used` on */
  sixteens: 21,
  used: 22,
  slots: 27,
} as const;

export const HIDDEN_KIND = { gaussian: 0, binary: 1, 'one-hot': 2, poisson: 3 } as const;

/** Thresholds of the program's rule and of Glauber's, words, waiting times (mean 1), normal numbers. */
export const SIXTEEN = { thresholds: 0, logistics: 1, words: 2, waits: 3, normals: 4 } as const;
export const SIXTEENS = 5;
