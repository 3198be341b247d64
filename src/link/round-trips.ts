/** Round-trip times as an operator reads them; ms, null before the first one. */
export interface RoundTrips {
  readonly count: number;
  readonly minMs: number | null;
  readonly medianMs: number | null;
  readonly p99Ms: number | null;
  readonly maxMs: number | null;
}

/** Steps of a tenth of a millisecond's decades up to a minute and more: each is 12 % wide. */
const LOWEST_MS = 0.1;
const STEPS_PER_DECADE = 20;
const STEPS = 6 * STEPS_PER_DECADE;

/** Histogram of fixed size with logarithmic steps: quantiles are within one step, 12 %; least and largest are exact. */
export class RoundTripHistogram {
  private readonly counts = new Float64Array(STEPS);
  private count = 0;
  private min = Infinity;
  private max = 0;

  add(ms: number): void {
    const step = Math.floor(Math.log10(Math.max(ms, LOWEST_MS) / LOWEST_MS) * STEPS_PER_DECADE);
    this.counts[Math.min(STEPS - 1, step)]!++;
    this.count++;
    this.min = Math.min(this.min, ms);
    this.max = Math.max(this.max, ms);
  }

  summary(): RoundTrips {
    if (this.count === 0) {
      return { count: 0, minMs: null, medianMs: null, p99Ms: null, maxMs: null };
    }
    return {
      count: this.count,
      minMs: this.min,
      medianMs: this.quantile(0.5),
      p99Ms: this.quantile(0.99),
      maxMs: this.max,
    };
  }

  /** The middle (on the logarithmic scale) of the step that the quantile falls into. */
  private quantile(q: number): number {
    const rank = Math.max(1, Math.ceil(q * this.count));
    let sum = 0;
    let step = 0;
    while ((sum += this.counts[step]!) < rank) step++;
    const middle = LOWEST_MS * 10 ** ((step + 0.5) / STEPS_PER_DECADE);
    return Math.min(this.max, Math.max(this.min, middle));
  }
}

/** Before the first measurement, and at most, ms. */
const FIRST_RTO_MS = 500;
const HIGHEST_RTO_MS = 2000;

/**
 * Retransmission time-out by RFC 6298 (alpha 1/8, beta 1/4, K 4), with the limits of docs/link-protocol.md, section
 * Reliable frames. What is measured are frames that were sent once only (Karn's rule; the caller sees to it).
 */
export class RetransmissionTimer {
  private srtt: number | null = null;
  private rttvar = 0;
  private rto = FIRST_RTO_MS;

  constructor(readonly minRtoMs: number) {}

  get rtoMs(): number {
    return this.rto;
  }
  /** Null before the first measurement. */
  get smoothedMs(): number | null {
    return this.srtt;
  }

  measured(ms: number): void {
    if (this.srtt === null) {
      this.srtt = ms;
      this.rttvar = ms / 2;
    } else {
      this.rttvar += (Math.abs(this.srtt - ms) - this.rttvar) / 4;
      this.srtt += (ms - this.srtt) / 8;
    }
    const rto = this.srtt + Math.max(4 * this.rttvar, 10);
    this.rto = Math.min(HIGHEST_RTO_MS, Math.max(this.minRtoMs, rto));
  }

  /** After a time-out. It stays so until the next measurement (RFC 6298, 5.7). */
  double(): void {
    this.rto = Math.min(HIGHEST_RTO_MS, 2 * this.rto);
  }
}
