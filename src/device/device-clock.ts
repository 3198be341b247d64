/** How a device's own clock goes, measured against the host's; what says when a sample was taken. */
export interface DeviceClock {
  /** When this was so, ISO time of the host. */
  readonly at: string;
  readonly nominalHz: number;
  /** At `at`, Unix time less the device's ticks at their nominal rate; the true offset is within ± the uncertainty. */
  readonly offsetS: number;
  readonly offsetUncertaintyS: number;
  /** How much faster than its nominal rate it goes, parts per million, and half the width of the 95 % interval. */
  readonly ratePpm: number;
  readonly rateUncertaintyPpm: number;
  /** Readings of the clock that this is from. */
  readonly readings: number;
}
