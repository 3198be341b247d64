/** k of n shots succeeded at field h. */
export interface Trial {
  readonly field: number;
  readonly succeeded: number;
  readonly shots: number;
}

/** Where half of the shots succeed. */
export interface Threshold {
  readonly field: number;
  /** Of the fit's curvature; where the trials do not resolve the width, half of the gap between them. */
  readonly standardError: number;
  /** Field over which the share of successes goes from 27 % to 73 %; null: not resolved. */
  readonly width: number | null;
}

/** Newton steps; they end earlier where nothing changes any more. */
const STEPS = 100;

/**
 * Maximum likelihood of a logistic share of successes, p = 1/(1 + exp(−(h − h½)/w)).
 *
 * @param trials at least one with a majority of failures and one with a majority of successes
 */
export function fitThreshold(trials: readonly Trial[]): Threshold {
  const sorted = [...trials].sort((a, b) => a.field - b.field);
  const low = Math.max(...sorted.filter((t) => 2 * t.succeeded <= t.shots).map((t) => t.field));
  const high = Math.min(...sorted.filter((t) => 2 * t.succeeded > t.shots).map((t) => t.field));
  const middle = (low + high) / 2;
  const gap = Math.abs(high - low);
  const bracket: Threshold = { field: middle, standardError: gap / 2, width: null };
  const mixed = sorted.filter((t) => t.succeeded > 0 && t.succeeded < t.shots);
  if (mixed.length < 2) return bracket;
  // p = 1/(1 + exp(−(a + b x))), x = (h − middle)/gap
  const scale = Math.max(gap, 1e-9 * Math.abs(middle), Number.MIN_VALUE);
  let [a, b] = [0, 1];
  let curvature = { aa: 0, ab: 0, bb: 0 };
  for (let k = 0; k < STEPS; k++) {
    let [ga, gb] = [0, 0];
    curvature = { aa: 0, ab: 0, bb: 0 };
    for (const { field, succeeded, shots } of sorted) {
      const x = (field - middle) / scale;
      const p = 1 / (1 + Math.exp(-(a + b * x)));
      const v = shots * p * (1 - p);
      ga += succeeded - shots * p;
      gb += (succeeded - shots * p) * x;
      curvature.aa += v;
      curvature.ab += v * x;
      curvature.bb += v * x * x;
    }
    const det = curvature.aa * curvature.bb - curvature.ab ** 2;
    if (!(det > 0)) return bracket;
    const da = (curvature.bb * ga - curvature.ab * gb) / det;
    const db = (curvature.aa * gb - curvature.ab * ga) / det;
    // A step that is too long for the curvature is shortened.
    const most = Math.max(Math.abs(da), Math.abs(db) / Math.max(1, Math.abs(b)));
    const by = most > 1 ? 1 / most : 1;
    a += by * da;
    b += by * db;
    if (most < 1e-10) break;
  }
  const det = curvature.aa * curvature.bb - curvature.ab ** 2;
  if (!(b > 0) || !(det > 0)) return bracket;
  // h½ = middle − scale a/b; its error by the gradient (1/b, −a/b²) on the inverse curvature.
  const [da, db] = [1 / b, -a / (b * b)];
  const variance =
    (da * da * curvature.bb - 2 * da * db * curvature.ab + db * db * curvature.aa) / det;
  return {
    field: middle - (scale * a) / b,
    standardError: scale * Math.sqrt(variance),
    width: (2 * scale) / b,
  };
}
