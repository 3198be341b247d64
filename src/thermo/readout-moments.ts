import { MomentList } from './statistics.js';

const CHANNELS = ['energy', 'work', 'heat'] as const;
type Channel = (typeof CHANNELS)[number];

/** What is read of a run. */
export interface Readouts {
  /** [readout] */
  readonly times: Float64Array;
  /** `energy`, `work`, `heat`, `overlaps`; others have no mean here. */
  readonly channels: readonly string[];
  /** Reference patterns of the overlaps. */
  readonly references: number;
}

/** Rows of shots, a value each of every channel that is read. */
export interface ReadoutRows extends Readonly<Record<Channel, Float64Array | null>> {
  readonly rows: number;
  /** [rows] which readout of its shot it is */
  readonly step: Int32Array;
  /** [rows × references] */
  readonly overlaps: Float64Array | null;
}

type Value = number | null;
interface Curve {
  readonly mean: readonly Value[];
  readonly sem: readonly Value[];
}
/** Means over the shots at each readout, and their standard errors; null where there are too few shots. */
export interface ReadoutMeans extends Partial<Readonly<Record<Channel, Curve>>> {
  readonly t: readonly number[];
  /** [memory][readout] */
  readonly overlaps?: {
    readonly mean: readonly (readonly Value[])[];
    readonly sem: readonly (readonly Value[])[];
  };
}

/** Gathers the rows of a run into means at each readout. */
export class ReadoutMoments {
  private readonly series = new Map<Channel, MomentList>();
  /** Of (readout, memory); there may be very many. */
  private readonly overlaps: MomentList | null;

  constructor(private readonly of: Readouts) {
    const { times, channels, references } = of;
    for (const channel of CHANNELS) {
      if (channels.includes(channel)) this.series.set(channel, new MomentList(times.length));
    }
    this.overlaps = channels.includes('overlaps')
      ? new MomentList(times.length * references)
      : null;
  }

  add(chunk: ReadoutRows): void {
    const { rows, step } = chunk;
    for (const [channel, list] of this.series) {
      const column = chunk[channel];
      if (column === null) continue;
      for (let k = 0; k < rows; k++) list.add(step[k]!, column[k]!);
    }
    if (this.overlaps === null || chunk.overlaps === null) return;
    const { references } = this.of;
    for (let k = 0; k < rows; k++) {
      this.overlaps.addRow(step[k]! * references, chunk.overlaps, k * references, references);
    }
  }

  means(): ReadoutMeans {
    const { times, references } = this.of;
    const each = (value: (at: number) => number): Value[] =>
      Array.from(times, (_, k) => finite(value(k)));
    const table = (value: (at: number) => number): Value[][] =>
      Array.from({ length: references }, (_, m) => each((k) => value(k * references + m)));
    const curve = (list: MomentList): Curve => ({
      mean: each((k) => list.mean(k)),
      sem: each((k) => list.sem(k)),
    });
    const { overlaps } = this;
    return {
      t: Array.from(times),
      ...Object.fromEntries([...this.series].map(([channel, list]) => [channel, curve(list)])),
      ...(overlaps === null || overlaps.length === 0
        ? {}
        : {
            overlaps: {
              mean: table((at) => overlaps.mean(at)),
              sem: table((at) => overlaps.sem(at)),
            },
          }),
    };
  }
}

const finite = (x: number): Value => (Number.isFinite(x) ? x : null);
