/**
 * What couplings see of nodes: behind a one-pole, τ y' = x − y. Over a step of h a node is the line between its ends with a Brownian bridge about
 * it, of which the mean β is known; of the line y is the exact response, of the bridge that of a parabola of that mean ({@link bridgeBehind}).
 */
export class CouplingLag {
  /** y now, [sites] */
  readonly seen: Float64Array;
  private h = NaN;
  private decay = 0;
  private behind = 0;

  /** @param tau t0; 0: couplings see the nodes themselves */
  constructor(
    sites: number,
    private readonly tau: number,
  ) {
    this.seen = new Float64Array(sites);
  }

  /** Settled. */
  begin(x: Float64Array): void {
    this.seen.set(x);
  }

  /** Mean of y over a step from x to next: ∫y = ∫x − τ Δy. */
  meanOver(
    h: number,
    x: Float64Array,
    next: Float64Array,
    bridge: Float64Array,
    out: Float64Array,
  ): void {
    for (let i = 0; i < out.length; i++) {
      const y = this.after(h, x[i]!, next[i]!, bridge[i]!, i);
      out[i] = (x[i]! + next[i]!) / 2 + bridge[i]! - (this.tau / h) * (y - this.seen[i]!);
    }
  }

  step(h: number, x: Float64Array, next: Float64Array, bridge: Float64Array): void {
    for (let i = 0; i < next.length; i++) {
      this.seen[i] = this.after(h, x[i]!, next[i]!, bridge[i]!, i);
    }
  }

  private after(h: number, x: number, next: number, bridge: number, i: number): number {
    if (h !== this.h) {
      this.h = h;
      this.decay = this.tau === 0 ? 0 : Math.exp(-h / this.tau);
      this.behind = bridgeBehind(h, this.tau);
    }
    return lineBehind(this.seen[i]!, x, next, this.tau / h, this.decay) + this.behind * bridge;
  }
}

/** τ y' = x − y over a step in which x goes straight. */
export function lineBehind(
  y: number,
  x: number,
  next: number,
  tauOverH: number,
  decay: number,
): number {
  const lag = tauOverH * (next - x);
  return next - lag + (y - x + lag) * decay;
}

/** Below this step over time constant rounding would eat the differences: their series. */
const SHORT = 0.01;

/** What a one-pole shows at a step's end of a parabola 6 u (h − u)/h² over it, of mean 1: 6 (1 + d) τ/h − 12 (1 − d) τ²/h², d = e^{−h/τ}. */
export function bridgeBehind(h: number, tau: number): number {
  if (tau === 0) return 0;
  const e = h / tau;
  if (e < SHORT) return e * (1 - e / 2 + 0.15 * e * e);
  const lost = -Math.expm1(-e);
  return (6 * (2 - lost)) / e - (12 * lost) / (e * e);
}
