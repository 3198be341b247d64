const FIRST_RTO_MS = 500;
const LONGEST_RTO_MS = 2000;
const LEAST_SPREAD_MS = 10;

/** Time-out of a retransmission from measured round trips: RFC 6298, with the page's limits. */
export class RoundTrip {
  private smoothedMs: number | null = null;
  private variationMs = 0;
  private backOff = 1;

  /** @param leastMs 25, or 50 over a bridge or TCP */
  constructor(private readonly leastMs: number) {}

  /** A frame that was sent once only was acknowledged after so long (Karn's rule: others say nothing). */
  measured(ms: number): void {
    if (this.smoothedMs === null) {
      this.smoothedMs = ms;
      this.variationMs = ms / 2;
      return;
    }
    this.variationMs = 0.75 * this.variationMs + 0.25 * Math.abs(this.smoothedMs - ms);
    this.smoothedMs = 0.875 * this.smoothedMs + 0.125 * ms;
  }

  /** An acknowledgement moved things on. */
  movedOn(): void {
    this.backOff = 1;
  }

  ranOut(): void {
    this.backOff *= 2;
  }

  /** SRTT; before the first measurement the least time-out. */
  get srttMs(): number {
    return this.smoothedMs ?? this.leastMs;
  }

  get rtoMs(): number {
    const base =
      this.smoothedMs === null
        ? FIRST_RTO_MS
        : Math.max(this.leastMs, this.smoothedMs + Math.max(4 * this.variationMs, LEAST_SPREAD_MS));
    return Math.min(LONGEST_RTO_MS, base * this.backOff);
  }
}
