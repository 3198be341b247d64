/**
 * Depth r x⁴ of a stored site's well, in units of T, at which memories are retrieved for certain at the device's own
 * temperature: three memories of 100 sites, cues 15 % wrong, come back in every one of 200 shots with no wrong site
 * (TC retrieval test). Deeper wells cost heat ∝ x⁴ and gain nothing: 16 T costs 4.3 times as much.
 */
export const RETRIEVAL_DEPTH = 4;

/**
 * Eigenvalue λ of the stored patterns' subspace for that depth: a site of a stored pattern lies in
 * (q − λ/2) x² + r x⁴, whose minimum is at x² = (λ − 2q)/4r (single-site mean field, T = 0), and r x⁴ = 4T gives
 * λ = 2q + 8√(rT). At q = r = T = 1 that is 10; below about 6 retrieval fails, below 2q nothing is stored at all.
 */
export function retrievalEigenvalue(
  quadratic: number,
  quartic: number,
  temperature: number,
): number {
  return 2 * quadratic + 4 * quartic * Math.sqrt((RETRIEVAL_DEPTH * temperature) / quartic);
}

/** A site of a stored pattern in the field of all others. */
export interface StoredSite {
  /** ⟨x ξ⟩ */
  readonly mean: number;
  /** Probability that it points against the pattern; sign overlaps average 1 − 2·wrong. */
  readonly wrong: number;
}

const POINTS = 4001;
const ROUNDS = 500;

/**
 * Mean field of a stored pattern at temperature T: the site is in the field b = λ⟨x⟩ of a memory that many sites share,
 * ⟨x⟩ by quadrature over exp(−(q x² + r x⁴ − b x)/T), iterated from above. Exact for few memories and many sites.
 *
 * @param eigenvalue λ of the patterns' subspace of J
 * @param quartic r > 0; @param temperature T > 0
 */
export function storedSite(
  eigenvalue: number,
  quadratic: number,
  quartic: number,
  temperature: number,
): StoredSite {
  const thermal = (temperature / quartic) ** 0.25;
  const lifted = Math.sqrt(Math.max(0, eigenvalue - 2 * quadratic) / (4 * quartic));
  const reach = 3 * (lifted + thermal) + 3;
  let site: StoredSite = { mean: lifted + thermal, wrong: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    const next = responseOf(eigenvalue * site.mean, quadratic, quartic, temperature, reach);
    const change = Math.abs(next.mean - site.mean);
    site = next;
    if (change < 1e-12) break;
  }
  return site;
}

function responseOf(
  field: number,
  quadratic: number,
  quartic: number,
  temperature: number,
  reach: number,
): StoredSite {
  const step = (2 * reach) / (POINTS - 1);
  const potential = (x: number): number => (quadratic + quartic * x * x) * x * x - field * x;
  let lowest = Infinity;
  for (let k = 0; k < POINTS; k++) lowest = Math.min(lowest, potential(-reach + k * step));
  let sum = 0;
  let first = 0;
  let against = 0;
  for (let k = 0; k < POINTS; k++) {
    const x = -reach + k * step;
    const weight = Math.exp((lowest - potential(x)) / temperature);
    sum += weight;
    first += weight * x;
    if (2 * k < POINTS - 1) against += weight;
    else if (2 * k === POINTS - 1) against += weight / 2;
  }
  return { mean: first / sum, wrong: against / sum };
}
