import { linearParameter, logParameter, type Parameter } from '../parameter.js';
import type { SpinDevice } from './spin-device.js';

/** Error of a readout that nothing is known of: where a search begins. */
const USUAL_ERROR = 0.02;
const ERROR_SCALE = 0.1;
const MOST_ERROR = 0.499;
/** Least cost of a probe's flips over a temperature: e⁻⁴⁰ is never. */
const COLDEST = 40;
const EXPONENTS = [-8, 70] as const;
/** Rates and temperatures are looked for within e^±this of where the search begins. */
const FAR = 12;

/** The coordinates of a fit: rates, an effective temperature, an exponent, and one readout error a site. */
export class SpinParameters {
  readonly list: readonly Parameter[];
  /** Bounds of each coordinate. */
  readonly least: Float64Array;
  readonly most: Float64Array;
  /** Of the kernel's own parameters: common temperature and exponent. */
  readonly temperature: number;
  /** −1: the law has none. */
  readonly exponent: number;
  private readonly readout: number;

  /**
   * @param leastCost of all probes' flips, program energy
   * @param ownRates whether each site has a rate of its own
   */
  constructor(
    readonly device: SpinDevice,
    readonly sites: number,
    readonly leastCost: number,
    readonly ownRates: boolean,
  ) {
    const { units, kernel, temperature, exponent } = device;
    const rates = Array.from({ length: ownRates ? sites : 1 }, (_, i) =>
      logParameter(ownRates ? `rate[${i}]` : 'rate', units.rate.unit, units.rate.each),
    );
    // A device that is set to T = 0 may be warmer: the search begins where the least cost is some temperatures.
    const from = temperature > 0 ? temperature : leastCost / 4;
    const warmth = units.temperature.each * from;
    this.temperature = rates.length;
    this.exponent = kernel.name === 'power' ? rates.length + 1 : -1;
    this.list = [
      ...rates,
      logParameter('temperature', units.temperature.unit, warmth),
      ...(this.exponent < 0 ? [] : [linearParameter('exponent', '1', exponent, 1)]),
      ...Array.from({ length: sites }, (_, i) =>
        linearParameter(`readoutError[${i}]`, '1', USUAL_ERROR, ERROR_SCALE),
      ),
    ];
    this.readout = this.list.length - sites;
    this.least = new Float64Array(this.list.length).fill(-FAR);
    this.most = new Float64Array(this.list.length).fill(FAR);
    this.least[this.temperature] = Math.log(leastCost / COLDEST / from);
    if (this.exponent >= 0) {
      this.least[this.exponent] = EXPONENTS[0] - exponent;
      this.most[this.exponent] = EXPONENTS[1] - exponent;
    }
    this.least.fill(-USUAL_ERROR / ERROR_SCALE, this.readout);
    this.most.fill((MOST_ERROR - USUAL_ERROR) / ERROR_SCALE, this.readout);
  }

  get count(): number {
    return this.list.length;
  }
  rate(site: number): number {
    return this.ownRates ? site : 0;
  }
  readoutError(site: number): number {
    return this.readout + site;
  }

  /** Places of a site's own coordinates: those of the kernel in its order, then the readout's error. */
  placesOf(site: number): number[] {
    const { temperature, exponent } = this;
    return [
      this.rate(site),
      temperature,
      ...(exponent < 0 ? [] : [exponent]),
      this.readoutError(site),
    ];
  }

  /**
   * What {@link FlipKernel.logRate} takes of a site: ln of rate and temperature in program units, the exponent; and the readout's error,
   * whose slope by its coordinate is {@link errorScale}.
   */
  kernelAt(site: number, at: Float64Array): { readonly law: Float64Array; readonly error: number } {
    const { device, temperature, exponent } = this;
    const warmth = this.list[temperature]!.nominal / device.units.temperature.each;
    const law = Float64Array.of(
      at[this.rate(site)]!,
      Math.log(warmth) + at[temperature]!,
      ...(exponent < 0 ? [] : [device.exponent + at[exponent]!]),
    );
    return { law, error: USUAL_ERROR + ERROR_SCALE * at[this.readoutError(site)]! };
  }

  /** What the descriptor says; null: nothing. Exponents and errors are not built. */
  nominal(parameter: number): number | null {
    const { device, temperature, list } = this;
    if (parameter === temperature) return device.temperature * device.units.temperature.each;
    return parameter < temperature ? list[parameter]!.nominal : null;
  }

  readonly errorScale = ERROR_SCALE;
}
