import type { Allocator } from '../arena.js';
import { LANES } from '../random/lanes.js';
import { FLIP_MODEL } from './flip-layout.js';
import type { FlipRecord } from './flip-record.js';
import { HIDDEN, HIDDEN_KIND, SIXTEENS } from './hidden-layout.js';

/** One hidden site, or a group of one-hot sites: values at first … first + count − 1. */
export interface RedrawnUnit {
  readonly prior: keyof typeof HIDDEN_KIND;
  readonly first: number;
  readonly count: number;
  /** q of its own energy q f², of Gaussian ones. */
  readonly quadratic?: number;
}

/** Couplings in compressed rows: row i at starts[i] … starts[i + 1] − 1 of the others. */
export interface CoupledRows {
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly couplings: Float64Array;
}

/** What attempts and redraws are made on. Arrays that the loop writes lie in the arena; the others are copied. */
export interface HiddenParts {
  /** N; written. */
  readonly state: Float64Array;
  readonly units: readonly RedrawnUnit[];
  /** Redraws of a unit in a unit of time. */
  readonly rate: number;
  /** Attempts and redraws in a unit of time. */
  readonly pace: number;
  /** Place of a visible site among the visible ones, N. */
  readonly places: Int32Array;
  /** Between visible and hidden sites, in the rows of either. */
  readonly across: CoupledRows;
  /** x, N; written. */
  readonly sums: Float64Array;
  /** Among visible sites, by their places; all in the arena, fields in units of `unit`, state and fields written. */
  readonly among: CoupledRows & {
    readonly unit: number;
    readonly state: Int8Array;
    readonly fields: Float64Array;
  };
  /** Flips after which fields are to be computed from scratch. */
  readonly mostFlips: number;
}

/** Visible and hidden sites in an engine's memory: see {@link HIDDEN}. */
export class Redraws {
  readonly slots: Float64Array;
  /** Five sixteens of random numbers, as floats and as words. */
  readonly floats: Float32Array;
  readonly words: Uint32Array;

  constructor(
    allocator: Allocator,
    readonly parts: HiddenParts,
  ) {
    const { units, across, among } = parts;
    this.slots = allocator.float64(HIDDEN.slots);
    this.floats = allocator.float32(SIXTEENS * LANES);
    this.words = new Uint32Array(this.floats.buffer, this.floats.byteOffset, SIXTEENS * LANES);
    const integers = (values: ArrayLike<number>): number => {
      const copy = allocator.int32(Math.max(1, values.length));
      copy.set(values);
      return copy.byteOffset;
    };
    const doubles = (values: ArrayLike<number>): number => {
      const copy = allocator.float64(Math.max(1, values.length));
      copy.set(values);
      return copy.byteOffset;
    };
    const most = Math.max(1, ...units.map(({ count }) => count));
    this.slots[FLIP_MODEL.unit] = among.unit;
    this.slots[FLIP_MODEL.mostFlips] = parts.mostFlips;
    this.slots[HIDDEN.state] = parts.state.byteOffset;
    this.slots[HIDDEN.units] = integers(
      units.flatMap(({ prior, first, count }) => [HIDDEN_KIND[prior], first, count, 0]),
    );
    this.slots[HIDDEN.quadratics] = doubles(units.map(({ quadratic }) => quadratic ?? 0));
    this.slots[HIDDEN.unitCount] = units.length;
    this.slots[HIDDEN.rate] = parts.rate;
    this.slots[HIDDEN.pace] = parts.pace;
    this.slots[HIDDEN.places] = integers(parts.places);
    this.slots[HIDDEN.starts] = integers(across.starts);
    this.slots[HIDDEN.ends] = integers(across.ends);
    this.slots[HIDDEN.couplings] = doubles(across.couplings);
    this.slots[HIDDEN.sums] = parts.sums.byteOffset;
    this.slots[HIDDEN.spins] = among.state.byteOffset;
    this.slots[HIDDEN.rows] = among.starts.byteOffset;
    this.slots[HIDDEN.neighbours] = among.ends.byteOffset;
    this.slots[HIDDEN.strengths] = among.couplings.byteOffset;
    this.slots[HIDDEN.fields] = among.fields.byteOffset;
    this.slots[HIDDEN.room] = allocator.float64(2 * most).byteOffset;
    this.slots[HIDDEN.sixteens] = this.floats.byteOffset;
  }

  /** Starts the clock of a record at t = 0, as FlipRecord.start; its lanes are to be seeded. */
  start(record: FlipRecord): void {
    record.start();
    record.set('still', 0);
    this.slots[HIDDEN.sweeps] = 0;
    this.flips = 0;
    this.slots.fill(LANES, HIDDEN.used);
  }

  /** Flips since fields were computed from scratch. */
  get flips(): number {
    return this.slots[FLIP_MODEL.flips]!;
  }
  set flips(count: number) {
    this.slots[FLIP_MODEL.flips] = count;
  }

  /** When something happens next. */
  due(record: FlipRecord): number {
    if (record.get('attempts') === 0) return 0;
    if (record.parts.order !== 'sequential') return record.get('next');
    return Math.min(record.get('next'), (this.slots[HIDDEN.sweeps]! + 1) / this.parts.rate);
  }
}
