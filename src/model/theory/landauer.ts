import { checkParameter } from './check-parameter.js';
import { spinEntropy } from './dense-mean-field.js';

/** Least heat of a retrieval, over T: entropies that the spins lose and the bath must take up, in nats. */
export interface RetrievalBound {
  /** N [S₂(m_i) − S₂(m_f)]: from a corrupted memory to a better one. */
  readonly fromCue: number;
  /** N (ln 2 − S₂(m_f)) − ln P, or 0 where that is negative: from noise to one of P memories. */
  readonly fromNoise: number;
}

/**
 * Landauer's bound for retrievals, Q ≥ T × these (physics page §2.10).
 * @param sites N ≥ 1
 * @param initialOverlap m_i, −1 … 1
 * @param finalOverlap m_f, −1 … 1
 * @param memories P ≥ 1
 * @throws RelaxdError `invalid-input`
 */
export function retrievalBound(
  sites: number,
  initialOverlap: number,
  finalOverlap: number,
  memories: number,
): RetrievalBound {
  checkParameter('sites', sites, (n) => Number.isInteger(n) && n >= 1, 'an integer ≥ 1');
  checkParameter('initialOverlap', initialOverlap, (m) => Math.abs(m) <= 1, '−1 … 1');
  checkParameter('finalOverlap', finalOverlap, (m) => Math.abs(m) <= 1, '−1 … 1');
  checkParameter('memories', memories, (p) => p >= 1, '≥ 1');
  const end = spinEntropy(finalOverlap);
  return {
    fromCue: sites * (spinEntropy(initialOverlap) - end),
    fromNoise: Math.max(0, sites * (Math.LN2 - end) - Math.log(memories)),
  };
}
