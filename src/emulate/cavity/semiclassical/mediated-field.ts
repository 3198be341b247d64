import type { RandomStream } from '../../../core/index.js';
import { isMediated, type MediatedCouplings } from '../mediated-couplings.js';

/**
 * What the light does to the spins once it is eliminated: the mean field Ĵx, its lag Ĵ₊y, and its noise. Ĵ₊ is Ĵ less
 * its negative modes: only a matrix without any can be the covariance of a noise, and friction belongs to the noise.
 * Cavity modes of one detuning never make negative ones (`isMediated`).
 */
export class MediatedField {
  /** Ĵx of the state last evaluated. */
  readonly direct: Float64Array;
  /** Ĵ₊y of that state. */
  readonly lagged: Float64Array;
  /** ξ of the present step. */
  readonly noise: Float64Array;
  /** Ĵ₊ */
  readonly positive: Float64Array;
  /** Its modes are the first so many of Ĵ. */
  readonly positiveModes: number;

  /**
   * @param lags whether anything asks for Ĵ₊y
   */
  constructor(
    private readonly couplings: MediatedCouplings,
    private readonly lags: boolean,
  ) {
    const { sites, strengths } = couplings;
    this.direct = new Float64Array(sites);
    this.lagged = new Float64Array(sites);
    this.noise = new Float64Array(sites);
    const negative = strengths.findIndex((strength) => strength <= 0);
    this.positiveModes = negative < 0 ? sites : negative;
    this.positive = isMediated(couplings) ? couplings.matrix : positivePart(couplings);
  }

  evaluate(x: Float64Array, y: Float64Array): void {
    const { direct, lagged, positive, lags } = this;
    const { matrix, sites } = this.couplings;
    for (let i = 0; i < sites; i++) {
      const row = i * sites;
      let sum = 0;
      let lag = 0;
      if (lags) {
        for (let j = 0; j < sites; j++) {
          sum += matrix[row + j]! * x[j]!;
          lag += positive[row + j]! * y[j]!;
        }
      } else for (let j = 0; j < sites; j++) sum += matrix[row + j]! * x[j]!;
      direct[i] = sum;
      lagged[i] = lag;
    }
  }

  /** ξ with covariance variance·Ĵ₊. */
  drawNoise(variance: number, stream: RandomStream): void {
    const { noise, positiveModes } = this;
    noise.fill(0);
    if (variance === 0) return;
    const { modes, strengths, sites } = this.couplings;
    for (let a = 0; a < positiveModes; a++) {
      const amount = Math.sqrt(variance * strengths[a]!) * stream.normal();
      const row = a * sites;
      for (let i = 0; i < sites; i++) noise[i] = noise[i]! + amount * modes[row + i]!;
    }
  }
}

function positivePart({ modes, strengths, sites }: MediatedCouplings): Float64Array {
  const out = new Float64Array(sites * sites);
  for (let a = 0; a < sites && strengths[a]! > 0; a++) {
    for (let i = 0; i < sites; i++) {
      const left = strengths[a]! * modes[a * sites + i]!;
      for (let j = 0; j < sites; j++) out[i * sites + j]! += left * modes[a * sites + j]!;
    }
  }
  return out;
}
