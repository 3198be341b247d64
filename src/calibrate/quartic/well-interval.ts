import { AT, WELL_LAW, type WellLaw, type WellMoments } from './well-moments.js';

/** The law's members, then the low-pass. */
export const KNOBS = WELL_LAW.length + 1;
const NOISE = WELL_LAW.indexOf('D');
const POLE = KNOBS - 1;

/** A number with its slopes by the knobs. */
interface Sloped {
  value: number;
  readonly d: Float64Array;
}
const sloped = (value = 0): Sloped => ({ value, d: new Float64Array(KNOBS) });

/**
 * What short steps of a node x and of what is behind its low-pass, τ z' = x − z, come to over an interval: deviations go
 *
 *     δx ← xx δx + noise,   δz ← zx δx + zz δz + noise
 *
 * Over a short step x is taken for a straight line with a Brownian bridge of its noise about it, its mean for a parabola: z then follows exactly,
 * however fast it is.
 */
export class WellInterval {
  readonly xx = sloped(1);
  readonly zx = sloped();
  readonly zz = sloped(1);
  /** Covariance of the noise. */
  readonly Qxx = sloped();
  readonly Qxz = sloped();
  readonly Qzz = sloped();
  /** Mean behind the low-pass; that of x is the moments' own. */
  readonly z = sloped();
  private readonly filter: Filter | null;
  /** What the moments, and the mean's speed, were before a step. */
  private readonly last: Float64Array;
  private readonly lastSpeed: Float64Array;
  private readonly e = sloped();
  private readonly q = sloped();
  private readonly c = sloped();

  /** @param tau null: there is no low-pass */
  constructor(
    law: WellLaw,
    tau: number | null,
    private readonly h: number,
    private readonly moments: WellMoments,
    start: number,
  ) {
    this.filter = tau === null ? null : filterOf(tau, h, law.D);
    this.last = moments.at.slice();
    this.lastSpeed = moments.speed.slice();
    this.z.value = start;
  }

  /** A new interval begins. */
  begin(): void {
    for (const one of [this.xx, this.zx, this.zz, this.Qxx, this.Qxz, this.Qzz]) {
      one.value = one === this.xx || one === this.zz ? 1 : 0;
      one.d.fill(0);
    }
  }

  step(): void {
    const { last, lastSpeed, moments, e, q, xx, Qxx } = this;
    const now = moments.at;
    const { speed } = moments;
    for (let k = 0; k < now.length; k++) {
      last[k] = now[k]!;
      lastSpeed[k] = speed[k]!;
    }
    moments.step(this.h);
    const left = Math.exp(last[AT.L]! - now[AT.L]!);
    e.value = left;
    q.value = now[AT.P]! - left * left * last[AT.P]!;
    for (let k = 0; k < POLE; k++) {
      const dLeft = left * (last[AT.dL + k]! - now[AT.dL + k]!);
      e.d[k] = dLeft;
      q.d[k] = now[AT.dP + k]! - 2 * left * dLeft * last[AT.P]! - left * left * last[AT.dP + k]!;
    }
    if (this.filter !== null) this.follow(this.filter);
    for (let k = 0; k < KNOBS; k++) {
      xx.d[k] = e.d[k]! * xx.value + left * xx.d[k]!;
      Qxx.d[k] = 2 * left * e.d[k]! * Qxx.value + left * left * Qxx.d[k]! + q.d[k]!;
    }
    xx.value *= left;
    Qxx.value = left * left * Qxx.value + q.value;
  }

  /** What is behind the low-pass, from what x was before the step and is after it. */
  private follow({ first, end, kept, bridge, bend }: Filter): void {
    const { last, lastSpeed, moments, e, q, c, xx, zx, zz, Qxx, Qxz, Qzz, z } = this;
    const { at: now, speed } = moments;
    const d = kept.value;
    const beta = end.value;
    c.value = first.value + beta * e.value;
    const crossed = c.value * Qxx.value + d * Qxz.value;
    const turned = speed[AT.m]! - lastSpeed[AT.m]!;
    for (let k = 0; k < KNOBS; k++) {
      c.d[k] = first.d[k]! + end.d[k]! * e.value + beta * e.d[k]!;
      const dd = kept.d[k]!;
      const dCrossed = c.d[k]! * Qxx.value + c.value * Qxx.d[k]! + dd * Qxz.value + d * Qxz.d[k]!;
      Qzz.d[k] =
        c.value * dCrossed +
        c.d[k]! * crossed +
        (c.d[k]! * d + c.value * dd) * Qxz.value +
        c.value * d * Qxz.d[k]! +
        2 * d * dd * Qzz.value +
        d * d * Qzz.d[k]! +
        2 * beta * end.d[k]! * q.value +
        beta * beta * q.d[k]! +
        bridge.d[k]!;
      Qxz.d[k] = e.d[k]! * crossed + e.value * dCrossed + end.d[k]! * q.value + beta * q.d[k]!;
      zx.d[k] = c.d[k]! * xx.value + c.value * xx.d[k]! + dd * zx.value + d * zx.d[k]!;
      zz.d[k] = dd * zz.value + d * zz.d[k]!;
      z.d[k] =
        first.d[k]! * last[AT.m]! +
        end.d[k]! * now[AT.m]! +
        bend.d[k]! * turned +
        dd * z.value +
        d * z.d[k]!;
      if (k === POLE) continue;
      z.d[k] =
        z.d[k]! +
        first.value * last[AT.dm + k]! +
        beta * now[AT.dm + k]! +
        bend.value * (speed[AT.dm + k]! - lastSpeed[AT.dm + k]!);
    }
    Qzz.value =
      c.value * crossed +
      c.value * d * Qxz.value +
      d * d * Qzz.value +
      beta * beta * q.value +
      bridge.value;
    Qxz.value = e.value * crossed + beta * q.value;
    zx.value = c.value * xx.value + d * zx.value;
    zz.value *= d;
    z.value = first.value * last[AT.m]! + beta * now[AT.m]! + bend.value * turned + d * z.value;
  }
}

/**
 * z after a step: first × x before it + end × x after it + kept × z, with the variance that the bridge between adds; and what a mean
 * whose speed turns by so much within the step adds.
 */
interface Filter {
  readonly first: Sloped;
  readonly end: Sloped;
  readonly kept: Sloped;
  readonly bridge: Sloped;
  readonly bend: Sloped;
}

function filterOf(tau: number, h: number, D: number): Filter {
  const [first, end, kept, bridge, bend] = [sloped(), sloped(), sloped(), sloped(), sloped()];
  const r = tau / h;
  const d = Math.exp(-1 / r);
  const dr = 1 / h;
  const dd = (d * h) / (tau * tau);
  kept.value = d;
  kept.d[POLE] = dd;
  end.value = 1 - r * (1 - d);
  end.d[POLE] = r * dd - dr * (1 - d);
  first.value = r * (1 - d) - d;
  first.d[POLE] = dr * (1 - d) - r * dd - dd;
  // D h (⟨g²⟩ − ⟨g⟩²), g = e^{−(h − s)/τ} over the step.
  bridge.d[NOISE] = h * ((r / 2) * (1 - d * d) - (r * (1 - d)) ** 2);
  bridge.value = D * bridge.d[NOISE];
  bridge.d[POLE] =
    D * h * ((dr / 2) * (1 - d * d) - r * d * dd - 2 * r * (1 - d) * (dr * (1 - d) - r * dd));
  // −(1/2h) ∫ g s (h − s) ds/τ: a parabola beside the straight line.
  const once = tau * (1 - d) - h * d;
  const dOnce = 1 - d - (tau + h) * dd;
  bend.value = -((h - 2 * tau) * once + h * h * d) / (2 * h);
  bend.d[POLE] = -((h - 2 * tau) * dOnce - 2 * once + h * h * dd) / (2 * h);
  return { first, end, kept, bridge, bend };
}
