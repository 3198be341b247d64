/**
 * A leaky membrane, τ du/dt = v − u, in closed form. Potentials in volts above rest; v = R I is where a constant current
 * would bring it; times in one unit, whichever.
 */

/** u after a time in constant v. */
export function relaxed(u: number, v: number, elapsed: number, tau: number): number {
  return v + (u - v) * Math.exp(-elapsed / tau);
}

/** Time from u until the threshold is reached in constant v; Infinity where it never is (v at the threshold: never). */
export function timeToThreshold(u: number, v: number, threshold: number, tau: number): number {
  if (u >= threshold) return 0;
  if (!(v > threshold)) return Infinity;
  return tau * Math.log1p((threshold - u) / (v - threshold));
}

/** u after a time in v + slope·t. */
export function relaxedOnRamp(
  u: number,
  v: number,
  slope: number,
  elapsed: number,
  tau: number,
): number {
  return v + slope * (elapsed - tau) + (u - v + slope * tau) * Math.exp(-elapsed / tau);
}

const MOST_STEPS = 200;

/**
 * First time within `horizon` at which a membrane in v + slope·t reaches the threshold; Infinity where it does not. The
 * distance to the threshold is a line plus an exponential and so has one turning point at most: the root is bracketed
 * between monotone ends, then found by Newton's method kept inside the bracket.
 */
export function timeToThresholdOnRamp(
  u: number,
  v: number,
  slope: number,
  threshold: number,
  tau: number,
  horizon: number,
): number {
  if (slope === 0) {
    const time = timeToThreshold(u, v, threshold, tau);
    return time <= horizon ? time : Infinity;
  }
  if (u >= threshold) return 0;
  const bend = u - v + slope * tau;
  const above = (t: number): number => relaxedOnRamp(u, v, slope, t, tau) - threshold;
  let low = 0;
  let high = horizon;
  const turn = bend / (slope * tau) > 1 ? tau * Math.log(bend / (slope * tau)) : NaN;
  if (turn < horizon) {
    if (bend > 0)
      low = turn; // falls first, then rises
    else if (above(turn) >= 0) high = turn;
    else return Infinity;
  }
  if (!(above(high) >= 0)) return Infinity;
  let t = high;
  for (let step = 0; step < MOST_STEPS; step++) {
    const value = above(t);
    if (value >= 0) high = t;
    else low = t;
    const rise = slope - (bend / tau) * Math.exp(-t / tau);
    const newton = t - value / rise;
    const next = newton > low && newton < high ? newton : (low + high) / 2;
    if (Math.abs(next - t) <= 4e-16 * t) return next;
    t = next;
  }
  return t;
}
