/**
 * A flip record: everything that a loop of attempts reads and writes, as float64 slots, the same in the three engines
 * (assembly/flips.ts, native/flips.h). Addresses are byte offsets into the arena.
 */
export const FLIP = {
  /** 0 sequential, 1 random, 2 continuous time */
  order: 0,
  /** 0: no thresholds are drawn (T = 0 throughout), 1 Metropolis, 2 Glauber */
  rule: 1,
  /** 1: at T = 0 a tie goes to +1 */
  plus: 2,
  /** n, free sites, and the address of their list i32[n] */
  count: 3,
  free: 4,
  /** h, f64[N] */
  fields: 5,
  /** 0: there are neither fields nor drives */
  external: 6,
  /** D, u32[D] addresses of patterns f64[N], f64[D] projections, f64[D] amplitudes of which the work is booked */
  drives: 7,
  patterns: 8,
  projections: 9,
  booked: 10,
  /** f64[N], i32[N]; 0: none */
  siteTemperature: 11,
  siteBath: 12,
  /** Cells of the account, {@link ACCOUNT} */
  account: 13,
  /** Rows of {@link STRETCH}, the row of now, how many */
  stretches: 14,
  stretch: 15,
  stretchCount: 16,
  /** From this time on the protocol does not change */
  settledAt: 17,
  /** Time and number (from 1) of the attempt that is due; number 0: none has been scheduled */
  next: 18,
  attempts: 19,
  /** Attempts in a row that were refused */
  sinceFlip: 20,
  /** 1: nothing will ever flip again */
  still: 21,
  /** Attempts up to and including this time are made, */
  limit: 22,
  /** as far as this many units of work go; an attempt is one, a flip `flipCost` more */
  budget: 23,
  flipCost: 24,
  /** Random numbers: lanes u32[64], draws {@link DRAWS}, and the one of the sixteen that the due attempt has */
  lanes: 25,
  draws: 26,
  lane: 27,
  /** Flips so far */
  flips: 28,
  /** i8[N] */
  state: 29,
  sites: 30,
  /** 1: the coupling's scale is controlled, and its energy followed */
  followsCoupling: 31,
} as const;
export const FLIP_SLOTS = 32;

/** Cells of an account: sums with their compensations (Neumaier 1974); heats of the baths from `heat` on, two each. */
export const ACCOUNT = {
  work: 0,
  entropy: 2,
  coupling: 4,
  /** The share of the work that the coupling's scale did */
  controls: 6,
  /** Scale of the coupling of which the work is booked */
  bookedCoupling: 8,
  heat: 10,
} as const;

/** A stretch of time in which the protocol is linear: value + slope · (t − start), for start ≤ t < end. */
export const STRETCH = {
  start: 0,
  end: 1,
  /** Value and slope of the temperature, of the coupling's scale, and of each drive */
  temperature: 2,
  coupling: 4,
  amplitudes: 6,
} as const;

/** Draws of sixteen attempts: f32[32] thresholds in units of T (the second half is padding), u32[16] picks, f32[16] waits. */
export const DRAWS = { thresholds: 0, picks: 128, waits: 192, bytes: 256 } as const;

/** A model as compiled loops see it, f64 slots; what follows is the model's own. */
export const FLIP_MODEL = {
  /** b_i = unit · raw field */
  unit: 0,
  /** Flips since fields were last computed from scratch, and how many are allowed */
  flips: 1,
  mostFlips: 2,
  own: 3,
} as const;

/** Dense couplings: columns (what a flip of spin i adds to), numbers a column, fields. */
export const DENSE = { columns: 3, stride: 4, fields: 5, slots: 6 } as const;
/** Sparse couplings in compressed rows: i32[N+1] starts, i32 neighbours, f64 couplings, f64 fields. */
export const SPARSE = { starts: 3, neighbours: 4, couplings: 5, fields: 6, slots: 7 } as const;
/** Memories: address of their block, see memory/memory-block.ts. */
export const MEMORIES = { block: 3, slots: 4 } as const;
