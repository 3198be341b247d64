import type { RandomStream } from '../../src/core/index.js';
import type { CapacitorNetwork } from './capacitor-network.js';

/** Where nodes are coupled by capacitors: a current's noise moves the others, too. @param drift factor on all of them */
export interface CoupledNodes {
  readonly network: Pick<CapacitorNetwork, 'inverse'>;
  readonly drift: number;
}

/**
 * The one-pole before each converter, τ y' = v − y. Between the ends of a step of h the voltage is the line through them with a
 * Brownian bridge of the node's white noise about it, but for terms of (h × rate)². Of the line y is the exact response. The bridge
 * W(u) − (u/h) W(h) adds ∫ (g − ḡ) dW with g(u) = 1 − e^{−(h−u)/τ}, which is normal, independent of the ends and of other steps:
 * {@link bridgeShare}. Where nodes are coupled the bridge's mean β is known already ({@link NoiseBridge}): then its parabola is part of the
 * line, and the rest of variance {@link restShare} is independent of it. Nothing but the readout sees what is left, so that it is drawn when
 * one looks: one number a node for all steps since the last look.
 */
export class ReadoutPole {
  /** Response to the lines, and to the bridges up to the last look. */
  private readonly smooth: Float64Array;
  private readonly rough: Float64Array;
  /** Of the bridges since then, V²; of charges, C², where capacitors couple nodes. */
  private readonly waiting: Float64Array;
  private readonly drawn: Float64Array;
  private readonly seen: Float64Array;
  /** Share of `rough` that is left by now. */
  private kept = 1;
  private stepS = NaN;
  private decay = 0;
  private share = 0;
  private lag = 0;
  private rest = 0;
  private behind = 0;

  /** @param tauS 0: there is no pole */
  constructor(
    sites: number,
    private readonly tauS: number,
  ) {
    const list = (): Float64Array => new Float64Array(sites);
    this.smooth = list();
    this.rough = list();
    this.waiting = list();
    this.drawn = list();
    this.seen = list();
  }

  /** Settled at these voltages. */
  begin(v: Float64Array, n: number): void {
    for (let i = 0; i < n; i++) this.smooth[i] = v[i]!;
    this.rough.fill(0);
    this.waiting.fill(0);
    this.kept = 1;
  }

  /**
   * One step of h.
   *
   * @param v [n] at its start
   * @param nextV [n] at its end
   * @param noiseRate [n] of the white noise of each node, V²/s; of its current, A² s, where capacitors couple nodes
   * @param bridge [n] means of its bridges, V; null: not known
   */
  step(
    h: number,
    v: Float64Array,
    nextV: Float64Array,
    noiseRate: Float64Array,
    n: number,
    bridge: Float64Array | null,
  ): void {
    const { smooth, waiting, tauS } = this;
    if (h !== this.stepS) {
      this.stepS = h;
      this.decay = tauS === 0 ? 0 : Math.exp(-h / tauS);
      this.share = bridgeShare(h, tauS);
      this.lag = parabolaShare(h, tauS);
      this.rest = restShare(h, tauS);
      this.behind = (-12 / (h * h)) * this.lag;
    }
    const { decay, behind } = this;
    const share = bridge === null ? this.share : this.rest;
    const tauOverH = tauS / h;
    const squared = decay * decay;
    for (let i = 0; i < n; i++) {
      const line = lineFiltered(smooth[i]!, v[i]!, nextV[i]!, tauOverH, decay);
      smooth[i] = bridge === null ? line : line + behind * bridge[i]!;
      waiting[i] = waiting[i]! * squared + share * noiseRate[i]!;
    }
    this.kept *= decay;
  }

  /** What is bent longer ago no look shows. */
  get remembersS(): number {
    return REMEMBERS * this.tauS;
  }

  /** The step that was taken last had a mean path with this second derivative. @param acceleration [n] V/s² */
  bend(acceleration: Float64Array, n: number): void {
    const { smooth, lag } = this;
    for (let i = 0; i < n; i++) smooth[i] = smooth[i]! + lag * acceleration[i]!;
  }

  /**
   * Draws what the bridges since the last time have left behind the pole. Also to be called before the nodes are coupled otherwise.
   *
   * @param coupled null: each node's noise is its own
   */
  settle(n: number, coupled: CoupledNodes | null, random: RandomStream): void {
    const { rough, waiting, drawn, kept } = this;
    if (this.tauS === 0) return;
    for (let i = 0; i < n; i++) drawn[i] = Math.sqrt(waiting[i]!) * random.normal();
    for (let i = 0; i < n; i++) {
      let moved = drawn[i]!;
      if (coupled !== null) {
        moved = 0;
        const { inverse } = coupled.network;
        for (let j = 0, at = i * n; j < n; j++, at++) moved += inverse[at]! * drawn[j]!;
        moved /= coupled.drift;
      }
      rough[i] = rough[i]! * kept + moved;
    }
    waiting.fill(0);
    this.kept = 1;
  }

  /** Volts behind the pole, as settled. @returns [sites] used again */
  look(n: number): Float64Array {
    const { smooth, rough, seen } = this;
    for (let i = 0; i < n; i++) seen[i] = smooth[i]! + rough[i]!;
    return seen;
  }
}

/** Time constants: e⁻²⁰ is 2e-9. */
const REMEMBERS = 20;
/** Below this step over time constant rounding would eat the differences: their series. */
const SHORT = 0.01;

/**
 * Variance that a bridge of unit noise leaves behind the pole at its end, ∫ g² − h ḡ² of {@link ReadoutPole}, seconds:
 * τ (1 − d²)/2 − τ² (1 − d)²/h with d = e^{−h/τ}.
 */
export function bridgeShare(h: number, tau: number): number {
  if (tau === 0) return 0;
  const e = h / tau;
  if (e < SHORT) return ((tau * e ** 3) / 12) * (1 - e + (17 / 30) * e * e);
  const lost = -Math.expm1(-e);
  return tau * ((lost * (2 - lost)) / 2 - (lost * lost) / e);
}

/** What a parabola u (u − h)/2 leaves behind the pole at its end: τ² (1 − d) − τ h (1 + d)/2, s². */
export function parabolaShare(h: number, tau: number): number {
  if (tau === 0) return 0;
  const e = h / tau;
  if (e < SHORT) return ((-tau * tau * e ** 3) / 12) * (1 - e / 2 + 0.15 * e * e);
  const lost = -Math.expm1(-e);
  return tau * (tau * lost - (h * (2 - lost)) / 2);
}

/** What of {@link bridgeShare} does not go with the bridge's mean: that less (12/h² parabola)² of the mean's variance, h/12. */
export function restShare(h: number, tau: number): number {
  if (tau === 0) return 0;
  return Math.max(0, bridgeShare(h, tau) - (12 * parabolaShare(h, tau) ** 2) / h ** 3);
}

/** τ y' = z − y over a step in which z goes linearly from z0 to z1. */
export function lineFiltered(
  y0: number,
  z0: number,
  z1: number,
  tauOverH: number,
  decay: number,
): number {
  const lag = tauOverH * (z1 - z0);
  return z1 - lag + (y0 - z0 + lag) * decay;
}
