/** How the board's clock goes, measured against the host's monotonic one. */
export interface ClockFit {
  /** The board's ticks at a moment of the host's clock, ms: the last exchange that was taken. */
  readonly referenceHostMs: number;
  readonly referenceTicks: number;
  /** Host's clock less the board's at its nominal rate, at the reference, ms. */
  readonly offsetMs: number;
  /** Half of the least round trip, and what the rate's uncertainty makes of its age, ms: the true offset is within. */
  readonly offsetUncertaintyMs: number;
  /** How much faster the board's clock is than its nominal rate, parts per million, and the half width of the 95 % interval. */
  readonly ratePpm: number;
  readonly rateUncertaintyPpm: number;
  readonly nominalHz: number;
  readonly minRoundTripMs: number;
  /** Exchanges in the fit, and those left out for lying more than 5 standard deviations off. */
  readonly exchanges: number;
  readonly leftOut: number;
}

/** Weight of an exchange falls by this for each one after it. */
const DECAY = 1 / 30;
/** Older ones weigh less than 1 %. */
const KEPT = 150;
const FEWEST = 5;
const GATE_SIGMA = 5;
/** The gate is open until so many are known; so many in a row outside it: the clock has changed. */
const GATE_FROM = 8;
const MOST_OUTSIDE = 5;

interface Exchange {
  /** Middle between request and answer, ms. */
  readonly hostMs: number;
  readonly roundTripMs: number;
  readonly ticks: number;
}

interface Line {
  /** Weighted means, relative to the first exchange kept. */
  readonly x: number;
  readonly y: number;
  /** Ticks a millisecond. */
  readonly slope: number;
  /** Residual standard deviation, ticks. */
  readonly sigma: number;
  /** Variance of the slope and of the line's height at `x`, for sigma = 1. */
  readonly slopeVariance: number;
  readonly meanVariance: number;
  readonly degrees: number;
}

/**
 * Fits the board's ticks to the host's clock: weighted least squares with weights exp(−age / 30 exchanges), the rate from all
 * of them, the offset from the one that bounds it best, which is that of the least round trip.
 */
export class ClockFitter {
  private kept: Exchange[] = [];
  private outside: Exchange[] = [];
  private leftOut = 0;

  constructor(private readonly nominalHz: number) {}

  /**
   * @param sentMs before the request was on the line
   * @param receivedMs after the answer came
   * @param ticks of the board at some moment between the two
   */
  add(sentMs: number, receivedMs: number, ticks: number): void {
    const exchange = {
      hostMs: (sentMs + receivedMs) / 2,
      roundTripMs: receivedMs - sentMs,
      ticks,
    };
    if (this.isOutside(exchange)) {
      this.leftOut++;
      this.outside.push(exchange);
      if (this.outside.length < MOST_OUTSIDE) return;
      this.kept = this.outside;
      this.outside = [];
      return;
    }
    this.outside = [];
    this.kept.push(exchange);
    if (this.kept.length > KEPT) this.kept.shift();
  }

  /** Null before the fifth exchange. */
  fit(): ClockFit | null {
    if (this.kept.length < FEWEST) return null;
    const line = this.line();
    if (line === null) return null;
    const nominal = this.nominalHz / 1000;
    const rateUncertainty =
      (studentT95(line.degrees) * line.sigma * Math.sqrt(line.slopeVariance)) / nominal;
    const last = this.kept[this.kept.length - 1]!;
    let best = last;
    let bound = Infinity;
    let minRoundTripMs = Infinity;
    for (const one of this.kept) {
      const within = one.roundTripMs / 2 + rateUncertainty * (last.hostMs - one.hostMs);
      if (within < bound) [best, bound] = [one, within];
      minRoundTripMs = Math.min(minRoundTripMs, one.roundTripMs);
    }
    const referenceTicks = best.ticks + line.slope * (last.hostMs - best.hostMs);
    return {
      referenceHostMs: last.hostMs,
      referenceTicks,
      offsetMs: last.hostMs - referenceTicks / nominal,
      // A reading is up to one tick old.
      offsetUncertaintyMs: bound + 1 / nominal,
      ratePpm: (line.slope / nominal - 1) * 1e6,
      rateUncertaintyPpm: rateUncertainty * 1e6,
      nominalHz: this.nominalHz,
      minRoundTripMs,
      exchanges: this.kept.length,
      leftOut: this.leftOut,
    };
  }

  private isOutside({ hostMs, ticks }: Exchange): boolean {
    if (this.kept.length < GATE_FROM) return false;
    const line = this.line();
    if (line === null) return false;
    const [first] = this.kept;
    const dx = hostMs - first!.hostMs - line.x;
    const residual = ticks - first!.ticks - line.y - line.slope * dx;
    const predicted = 1 + line.meanVariance + line.slopeVariance * dx * dx;
    // Readings are whole ticks: an exact fit must not shut them out.
    return Math.abs(residual) > GATE_SIGMA * line.sigma * Math.sqrt(predicted) + 1;
  }

  private line(): Line | null {
    const { kept } = this;
    const [first] = kept;
    const count = kept.length;
    if (first === undefined) return null;
    let w1 = 0;
    let w2 = 0;
    let x = 0;
    let y = 0;
    for (let k = 0; k < count; k++) {
      const weight = Math.exp((k - count + 1) * DECAY);
      w1 += weight;
      w2 += weight * weight;
      x += weight * (kept[k]!.hostMs - first.hostMs);
      y += weight * (kept[k]!.ticks - first.ticks);
    }
    x /= w1;
    y /= w1;
    let xx = 0;
    let xxSquared = 0;
    let xy = 0;
    for (let k = 0; k < count; k++) {
      const weight = Math.exp((k - count + 1) * DECAY);
      const dx = kept[k]!.hostMs - first.hostMs - x;
      xx += weight * dx * dx;
      xxSquared += weight * weight * dx * dx;
      xy += weight * dx * (kept[k]!.ticks - first.ticks - y);
    }
    if (!(xx > 0)) return null;
    const slope = xy / xx;
    let squares = 0;
    for (let k = 0; k < count; k++) {
      const weight = Math.exp((k - count + 1) * DECAY);
      const residual =
        kept[k]!.ticks - first.ticks - y - slope * (kept[k]!.hostMs - first.hostMs - x);
      squares += weight * residual * residual;
    }
    // Expectation of `squares` for independent residuals of variance 1.
    const expected = w1 - w2 / w1 - xxSquared / xx;
    return {
      x,
      y,
      slope,
      sigma: Math.sqrt(squares / expected),
      slopeVariance: xxSquared / (xx * xx),
      meanVariance: w2 / (w1 * w1),
      degrees: Math.max(1, (w1 * w1) / w2 - 2),
    };
  }
}

/** 97.5 % point of Student's t by its expansion at the normal one (Abramowitz & Stegun 26.7.5); 1 % off at 3 degrees. */
function studentT95(degrees: number): number {
  const z = 1.959964;
  const z3 = z ** 3;
  const z5 = z ** 5;
  const z7 = z ** 7;
  return (
    z +
    (z3 + z) / (4 * degrees) +
    (5 * z5 + 16 * z3 + 3 * z) / (96 * degrees ** 2) +
    (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * degrees ** 3)
  );
}
