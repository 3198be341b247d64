/** Weight of the newest run. */
const NEWEST = 0.3;
/** Runs whose sizes differ by less are of one class: a factor of 4. */
const CLASS = Math.log(4);
/** Spread of an estimate that is made from another class, or from a single run: a factor of 2. */
const UNSURE = Math.log(2);

/** What a run is expected to take. */
export interface Estimate {
  readonly seconds: number;
  /** One standard deviation of single runs. */
  readonly spreadS: number;
}

interface Moments {
  /** Of the logarithm of seconds. */
  mean: number;
  variance: number;
  count: number;
  /** Of the logarithm of sizes. */
  size: number;
}

/** What to learn from: a run that has ended. */
export interface MeasuredRun {
  readonly device: string;
  readonly kind: string;
  /** Sites × shots × duration; null: not known. */
  readonly size: number | null;
  readonly seconds: number;
}

/**
 * What runs take, learnt from those before: by device, kind of job and size of the program in classes of a factor of 4, newer ones
 * weighing more. Times are averaged as logarithms: the estimate is a geometric mean.
 */
export class RunEstimates {
  private readonly classes = new Map<string, Map<number, Moments>>();
  private readonly devices = new Map<string, Moments>();

  add({ device, kind, size, seconds }: MeasuredRun): void {
    const time = Math.log(Math.max(seconds, 1e-4));
    this.devices.set(device, joined(this.devices.get(device), time, 0));
    if (size === null || !(size > 0)) return;
    const key = `${device}\n${kind}`;
    const own = this.classes.get(key) ?? new Map<number, Moments>();
    this.classes.set(key, own);
    const log = Math.log(size);
    const place = Math.floor(log / CLASS);
    own.set(place, joined(own.get(place), time, log));
  }

  /** Of any run of a device; null: none was seen yet. */
  ofDevice(device: string): Estimate | null {
    const known = this.devices.get(device);
    return known === undefined ? null : estimate(known.mean, spread(known));
  }

  /** Of a run of that device, kind and size; the device's where nothing nearer is known, null where nothing is. */
  of(device: string, kind: string, size: number | null): Estimate | null {
    const own = this.classes.get(`${device}\n${kind}`);
    if (own === undefined || size === null || !(size > 0)) return this.ofDevice(device);
    const log = Math.log(size);
    const place = Math.floor(log / CLASS);
    const exact = own.get(place);
    if (exact !== undefined) return estimate(exact.mean, spread(exact));
    const [nearest, known] = [...own].reduce((a, b) =>
      Math.abs(b[0] - place) < Math.abs(a[0] - place) ? b : a,
    );
    // Larger ones take longer in proportion; smaller ones have a part that stays.
    const mean = known.mean + Math.max(0, log - known.size);
    return estimate(mean, Math.hypot(spread(known), UNSURE * Math.abs(place - nearest)));
  }
}

function joined(before: Moments | undefined, time: number, size: number): Moments {
  if (before === undefined) return { mean: time, variance: 0, count: 1, size };
  const count = before.count + 1;
  const weight = Math.max(NEWEST, 1 / count);
  const delta = time - before.mean;
  return {
    mean: before.mean + weight * delta,
    variance: (1 - weight) * (before.variance + weight * delta * delta),
    count,
    size: before.size + weight * (size - before.size),
  };
}

const spread = ({ variance, count }: Moments): number => (count < 2 ? UNSURE : Math.sqrt(variance));

/** Of a quantity whose logarithm has this mean and standard deviation: its median, and its spread to first order. */
const estimate = (mean: number, deviation: number): Estimate => {
  const seconds = Math.exp(mean);
  return { seconds: digits(seconds), spreadS: digits(seconds * Math.min(deviation, 3)) };
};

/** No more than an estimate has. */
const digits = (seconds: number): number => Number(seconds.toPrecision(6));
