import type { Allocator } from '../arena.js';
import { LANE_STATE, LANES } from '../random/lanes.js';
import type { ThresholdRule } from './flip-draws.js';
import { DRAWS, FLIP, FLIP_SLOTS, STRETCH } from './flip-layout.js';

export type AttemptOrder = 'sequential' | 'random' | 'continuous-time';
const ORDERS: readonly AttemptOrder[] = ['sequential', 'random', 'continuous-time'];
const RULES: readonly ThresholdRule[] = ['none', 'metropolis', 'glauber'];

/** What attempts are made on. Arrays that the loop writes must lie in the arena; the others are copied. */
export interface FlipParts {
  readonly order: AttemptOrder;
  readonly rule: ThresholdRule;
  /** At T = 0 a tie goes to +1. */
  readonly plus: boolean;
  /** Free sites, growing. */
  readonly free: Int32Array;
  /** h, N */
  readonly fields: Float64Array;
  /** η_d, D × N */
  readonly patterns: readonly Float64Array[];
  /** Σ η_di s_i (D); written. */
  readonly projections: Float64Array;
  /** Amplitudes of which the work is booked (D); written. */
  readonly booked: Float64Array;
  readonly siteTemperature: Float64Array | null;
  readonly siteBath: Int32Array | null;
  /** Cells of the account, see ACCOUNT; written. */
  readonly account: Float64Array;
  /** N of ±1; written by the model. */
  readonly state: Int8Array;
  readonly followsCoupling: boolean;
  /** What a flip costs in units of an attempt: bounds the time of a call. */
  readonly flipCost: number;
}

/** About what 20 ms of attempts are on the slowest of the compiled engines. */
const BUDGET = 1_000_000;

/** A loop's record in an engine's memory: see {@link FLIP}. */
export class FlipRecord {
  readonly numbers: Float64Array;
  readonly lanes: Uint32Array;
  readonly thresholds: Float32Array;
  readonly picks: Uint32Array;
  readonly waits: Float32Array;

  constructor(
    allocator: Allocator,
    readonly parts: FlipParts,
  ) {
    this.numbers = allocator.float64(FLIP_SLOTS);
    this.lanes = allocator.uint32(LANE_STATE);
    const draws = allocator.float32(DRAWS.bytes / 4);
    this.thresholds = draws.subarray(0, LANES);
    this.picks = new Uint32Array(draws.buffer, draws.byteOffset + DRAWS.picks, LANES);
    this.waits = new Float32Array(draws.buffer, draws.byteOffset + DRAWS.waits, LANES);
    const doubles = (values: Float64Array): number => {
      // Vectors of sixteen are read from any site on.
      const copy = allocator.float64(values.length + LANES);
      copy.set(values);
      return copy.byteOffset;
    };
    const integers = (values: Int32Array): number => {
      const copy = allocator.int32(values.length + LANES);
      copy.set(values);
      return copy.byteOffset;
    };
    const { patterns, siteTemperature, siteBath } = parts;
    const addresses = allocator.uint32(Math.max(1, patterns.length));
    patterns.forEach((pattern, d) => (addresses[d] = doubles(pattern)));
    const external = patterns.length > 0 || parts.fields.some((h) => h !== 0);
    this.fill({
      order: ORDERS.indexOf(parts.order),
      rule: RULES.indexOf(parts.rule),
      plus: Number(parts.plus),
      count: parts.free.length,
      free: integers(parts.free),
      fields: doubles(parts.fields),
      external: Number(external),
      drives: patterns.length,
      patterns: addresses.byteOffset,
      projections: parts.projections.byteOffset,
      booked: parts.booked.byteOffset,
      siteTemperature: siteTemperature === null ? 0 : doubles(siteTemperature),
      siteBath: siteBath === null ? 0 : integers(siteBath),
      account: parts.account.byteOffset,
      flipCost: parts.flipCost,
      lanes: this.lanes.byteOffset,
      draws: draws.byteOffset,
      state: parts.state.byteOffset,
      sites: parts.state.length,
      followsCoupling: Number(parts.followsCoupling),
      budget: BUDGET,
    });
  }

  get address(): number {
    return this.numbers.byteOffset;
  }

  /** Starts the clock at t = 0; the lanes are to be seeded. */
  start(): void {
    this.fill({
      next: 0,
      attempts: 0,
      sinceFlip: 0,
      stretch: 0,
      lane: LANES - 1,
      flips: 0,
      still: Number(this.parts.free.length === 0),
    });
  }

  /**
   * What the protocol does from now on, and until when it has settled.
   * @param rows whole rows of {@link STRETCH}, 6 + 2 D numbers each, in an engine's memory
   */
  follow(rows: Float64Array, settledAt: number): void {
    const width = STRETCH.amplitudes + 2 * this.parts.patterns.length;
    this.fill({
      stretches: rows.byteOffset,
      stretchCount: rows.length / width,
      stretch: 0,
      settledAt,
    });
  }

  get(slot: keyof typeof FLIP): number {
    return this.numbers[FLIP[slot]]!;
  }
  set(slot: keyof typeof FLIP, value: number): void {
    this.numbers[FLIP[slot]] = value;
  }

  /** Whether all attempts up to the limit have been made. */
  get done(): boolean {
    return (
      this.get('still') === 1 || (this.get('attempts') > 0 && this.get('next') > this.get('limit'))
    );
  }

  private fill(values: Partial<Record<keyof typeof FLIP, number>>): void {
    for (const [slot, value] of Object.entries(values)) {
      this.numbers[FLIP[slot as keyof typeof FLIP]] = value;
    }
  }
}
