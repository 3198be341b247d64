import { RandomStream } from '../../../core/index.js';
import type { Imperfections } from './imperfections.js';

/**
 * What a laboratory sees of a state: white noise of the converter's input, then a converter of b bits over ±full scale
 * (codes −2^{b−1} … 2^{b−1} − 1, one of them 0, saturating at both ends). Its error is noise of variance LSB²/12 + σ²
 * where the signal covers many steps. The low-pass before it is part of the circuit's state.
 */
export class ReadoutChain {
  readonly read: Float64Array;
  /** Volts (units of V₀) a step; 0: no converter. */
  readonly step: number;
  private readonly least: number;
  private readonly most: number;
  private readonly noise: number;
  private stream = RandomStream.of(0);

  constructor(
    sites: number,
    {
      adcBits,
      adcFullScale,
      adcNoise,
    }: Pick<Imperfections, 'adcBits' | 'adcFullScale' | 'adcNoise'>,
  ) {
    this.read = new Float64Array(sites);
    this.step = adcBits === 0 ? 0 : (2 * adcFullScale) / 2 ** adcBits;
    this.least = -(2 ** (adcBits - 1));
    this.most = 2 ** (adcBits - 1) - 1;
    this.noise = adcNoise;
  }

  /** The noise of a shot comes from a stream of its own. */
  begin(seed: number, shot: number): void {
    if (this.noise > 0) this.stream = RandomStream.of(seed, 'readout', shot);
  }

  /** Converts a state into {@link read}. */
  convert(x: Float64Array): Float64Array {
    const { read, step, least, most, noise, stream } = this;
    for (let i = 0; i < x.length; i++) {
      const v = noise > 0 ? x[i]! + noise * stream.normal() : x[i]!;
      read[i] = step === 0 ? v : step * Math.max(least, Math.min(most, Math.round(v / step))) + 0;
    }
    return read;
  }
}
