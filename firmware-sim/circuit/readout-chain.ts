import type { RandomStream } from '../../src/core/index.js';
import type { CircuitProfile } from './circuit-profile.js';
import type { Components } from './components.js';
import { adcCode, stepsOf } from './converters.js';
import type { Trims } from './netlist.js';
import type { ProgramUnits } from './program-units.js';

/** From the voltages behind the readout's pole to codes: gain and offset of each channel, noise, converter. */
export class ReadoutChain {
  /** Program units per code of a nominal channel. */
  readonly scale: number;
  private readonly codes: Int16Array;
  /** Of the largest code. */
  readonly steps: number;
  saturated = false;

  constructor(
    private readonly profile: CircuitProfile,
    private readonly parts: Components,
    private readonly units: ProgramUnits,
  ) {
    const { adcBits, adcFullScaleV, readoutGain } = profile;
    this.steps = stepsOf(adcBits);
    this.scale = adcFullScaleV / this.steps / readoutGain / units.voltageV;
    this.codes = new Int16Array(profile.sites);
  }

  /**
   * @param seenV behind the readout's pole
   * @param gainDrift factor
   * @returns [n] codes, used again for the next readout
   */
  read(
    seenV: Float64Array,
    n: number,
    trims: Trims,
    gainDrift: number,
    random: RandomStream,
  ): Int16Array {
    const { adcBits, adcFullScaleV, adcNoiseV, readoutGain } = this.profile;
    const trimV = trims.readoutOffset * this.units.voltageV;
    this.saturated = false;
    for (let i = 0; i < n; i++) {
      const gain = readoutGain * (1 + this.parts.readoutGain[i]!) * gainDrift * trims.readoutGain;
      const node = seenV[i]! + this.parts.readoutOffsetV[i]! - trimV;
      const noise = adcNoiseV === 0 ? 0 : adcNoiseV * random.normal();
      const code = adcCode(gain * node + noise, adcFullScaleV, adcBits);
      if (code === this.steps || code === -this.steps) this.saturated = true;
      this.codes[i] = code;
    }
    return this.codes.subarray(0, n);
  }
}
