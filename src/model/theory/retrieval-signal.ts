import { erf } from './erf.js';

/**
 * The zero-temperature retrieval state of a mean-field memory whose local field is m + √V z, z normal, written by
 * y = m/√(2V): m = erf y, V = m²/2y², C = β(1 − q) = √(2/πV) e^{−y²}. Each model of extensive load then gives its load as
 * a function of y, whose maximum is the capacity.
 */
export interface RetrievalSignal {
  readonly m: number;
  /** Variance V of the noise on the field. */
  readonly variance: number;
  /** Zero-temperature susceptibility C. */
  readonly susceptibility: number;
}

export function retrievalSignal(y: number): RetrievalSignal {
  const m = erf(y);
  return {
    m,
    variance: (m * m) / (2 * y * y),
    susceptibility: ((2 * y) / (Math.sqrt(Math.PI) * m)) * Math.exp(-y * y),
  };
}
