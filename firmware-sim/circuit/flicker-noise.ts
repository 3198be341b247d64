import type { RandomStream } from '../../src/core/index.js';
import type { CircuitProfile } from './circuit-profile.js';
import type { ProgramUnits } from './program-units.js';

/** Ratio of two rates that follow each other: two a decade, which leaves a ripple of 0.08 %. */
const RATIO = Math.sqrt(10);

/**
 * 1/f current noise of each node: a sum of Ornstein–Uhlenbeck processes of one size, two a decade (circuit page, §5). One process of
 * variance s² and rate λ has the one-sided density 4 s² λ / (λ² + ω²); of many, ln r apart in rate, the sum is s² / (f ln r) between the
 * ends. Each process goes exactly; a step takes the mean of its ends, which is (λ h)²/12 off at the fastest.
 *
 * A shot begins with processes drawn anew: what is slower than a shot is an offset that differs from shot to shot.
 */
export class FlickerNoise {
  /** 1/s, the slowest first. */
  readonly rates: Float64Array;
  /** A of one process of a node that is as its profile says. */
  readonly sizeA: number;
  /** [processes × sites], of variance 1. */
  private readonly state: Float64Array;
  private readonly keep: Float64Array;
  private readonly renew: Float64Array;
  private preparedFor = NaN;
  private n = 0;

  /** @param gains [sites] factors on each node’s current */
  constructor(
    profile: CircuitProfile,
    private readonly gains: Float64Array,
    units: ProgramUnits,
  ) {
    const { flickerCornerHz, flickerTemperature, flickerLowHz, flickerHighHz } = profile;
    const isOn = flickerCornerHz > 0 && flickerTemperature > 0;
    const count = isOn ? Math.round(2 * Math.log10(flickerHighHz / flickerLowHz)) : 0;
    const lowest = 2 * Math.PI * flickerLowHz * Math.sqrt(RATIO);
    this.rates = Float64Array.from({ length: count }, (_, k) => lowest * RATIO ** k);
    // One-sided density of white noise of that temperature: 4 k T / R.
    const corner = (4 * flickerTemperature * units.energyJ) / profile.resistanceOhm;
    this.sizeA = Math.sqrt(corner * flickerCornerHz * Math.log(RATIO));
    this.state = new Float64Array(count * profile.sites);
    this.keep = new Float64Array(count);
    this.renew = new Float64Array(count);
  }

  get isOn(): boolean {
    return this.rates.length > 0;
  }

  begin(n: number, random: RandomStream): void {
    this.n = n;
    for (let k = 0; k < this.rates.length * n; k++) this.state[k] = random.normal();
  }

  /** Goes on by h. @param meanA [n] takes the mean current of the step */
  step(h: number, random: RandomStream, meanA: Float64Array): void {
    const { n, state, rates, keep, renew, gains, sizeA } = this;
    if (h !== this.preparedFor) this.prepare(h);
    for (let i = 0; i < n; i++) meanA[i] = 0;
    for (let k = 0; k < rates.length; k++) {
      const stay = keep[k]!;
      const fresh = renew[k]!;
      for (let i = 0, at = k * n; i < n; i++, at++) {
        const before = state[at]!;
        const after = stay * before + fresh * random.normal();
        state[at] = after;
        meanA[i] = meanA[i]! + (before + after) / 2;
      }
    }
    for (let i = 0; i < n; i++) meanA[i] = meanA[i]! * sizeA * gains[i]!;
  }

  private prepare(h: number): void {
    this.preparedFor = h;
    for (let k = 0; k < this.rates.length; k++) {
      this.keep[k] = Math.exp(-this.rates[k]! * h);
      this.renew[k] = Math.sqrt(-Math.expm1(-2 * this.rates[k]! * h));
    }
  }
}
