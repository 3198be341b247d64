/** Averages over exp(−V/T) by the trapezoidal rule, which converges exponentially for such integrands: an oracle. */
export interface BoltzmannLine {
  /** ∫ exp(−V/T) dx */
  readonly partition: number;
  average(f: (x: number) => number): number;
}

const POINTS = 20_001;

/** @param reach V/T at ±reach must be beyond 700, or the integrand otherwise negligible */
export function boltzmannLine(V: (x: number) => number, T = 1, reach = 8): BoltzmannLine {
  const h = (2 * reach) / (POINTS - 1);
  const at = (k: number): number => -reach + k * h;
  const weights = Float64Array.from({ length: POINTS }, (_, k) => Math.exp(-V(at(k)) / T));
  const sum = weights.reduce((a, b) => a + b, 0);
  return {
    partition: sum * h,
    average: (f) => weights.reduce((total, w, k) => total + w * f(at(k)), 0) / sum,
  };
}

/** Averages of two coupled sites. */
export function boltzmannPlane(
  V: (x: number, y: number) => number,
  T = 1,
  reach = 5,
  points = 801,
): (f: (x: number, y: number) => number) => number {
  const h = (2 * reach) / (points - 1);
  const at = (k: number): number => -reach + k * h;
  return (f) => {
    let sum = 0;
    let total = 0;
    for (let i = 0; i < points; i++) {
      for (let j = 0; j < points; j++) {
        const w = Math.exp(-V(at(i), at(j)) / T);
        sum += w;
        total += w * f(at(i), at(j));
      }
    }
    return total / sum;
  };
}
