import { RelaxdError } from '../../../core/index.js';
import { gaussLegendre } from '../../../model/index.js';
import { over, times, type Complex } from '../complex.js';
import {
  cavityCorrelation,
  checkFlipBath,
  ohmicCorrelation,
  type CavityCorrelation,
  type FlipBath,
} from './flip-bath.js';

const NODES = 24;
const { nodes: X, weights: W } = gaussLegendre(NODES);
/** e^{−40} is below the rounding of a double: transients and envelopes are followed as far. */
const DECAY = 40;
/** Panels of the transient, at most; more would be a mode of hopeless finesse |Δ|/κ. */
const MOST_PANELS = 2_000_000;
/** Half periods of an oscillating tail that are summed before the sequence is accelerated. */
const TAIL_BLOCKS = 64;

/**
 * The flip integral Re ∫₀^∞ dτ exp[−iδε τ − C_i(τ) − C_χ(τ)] of the second-order rate (physics page §3.6), as a function
 * of the energy cost δε (angular frequency); the result is a time.
 *
 * With C = (γ + Γ)τ − c + D(τ), D = Σ c_m e^{−(κ_m−iΔ_m)τ}, the integrand is e^c e^{−(γ+Γ+iδε)τ} [1 + (e^{−D} − 1)]:
 * the first term is elementary, however slowly it decays, the second dies with the modes and is summed by
 * Gauss–Legendre panels of a part of the fastest period. An ohmic bath leaves no elementary term; then the tail is summed
 * by half periods of δε and Wynn's epsilon algorithm takes it to its limit, where the envelope has not died before.
 */
export class FlipIntegral {
  private readonly cavity: CavityCorrelation;
  private readonly fastest: number;
  private readonly slowest: number;

  /** @throws RelaxdError `invalid-input` as {@link checkFlipBath}, or where nothing makes the integral converge */
  constructor(private readonly bath: FlipBath) {
    checkFlipBath(bath);
    this.cavity = cavityCorrelation(bath.modes);
    if (this.cavity.rate + bath.dephasing === 0 && bath.ohmic === null) {
      throw new RelaxdError('invalid-input', 'a spin without any bath has no flip rate', {
        path: 'bath',
        value: 0,
        limit: 'a mode, dephasing or an ohmic bath',
      });
    }
    let fastest = 0;
    let slowest = Infinity;
    for (const { detuning, linewidth } of bath.modes) {
      fastest = Math.max(fastest, Math.abs(detuning) + linewidth);
      slowest = Math.min(slowest, linewidth);
    }
    this.fastest = fastest;
    this.slowest = slowest;
  }

  /** @param cost δε; at 0 without dephasing of any kind the integral may be very large, never infinite */
  at(cost: number): number {
    return this.bath.ohmic === null ? this.withoutOhmic(cost) : this.withOhmic(cost);
  }

  private withoutOhmic(cost: number): number {
    const { cavity, bath } = this;
    const decay = cavity.rate + bath.dephasing;
    const whole = over([1, 0], [decay, cost]);
    const sum = this.transient(cost, true);
    const size = Math.exp(cavity.offset[0]);
    const factor: Complex = [size * Math.cos(cavity.offset[1]), size * Math.sin(cavity.offset[1])];
    return times(factor, [whole[0] + sum[0], whole[1] + sum[1]])[0];
  }

  private withOhmic(cost: number): number {
    const { cavity } = this;
    const start = this.bath.modes.length === 0 ? 0 : DECAY / this.slowest;
    const head = start === 0 ? ([0, 0] as const) : this.transient(cost, false);
    const tail = this.tail(cost, start);
    const size = Math.exp(cavity.offset[0]);
    const factor: Complex = [size * Math.cos(cavity.offset[1]), size * Math.sin(cavity.offset[1])];
    return times(factor, [head[0] + tail[0], head[1] + tail[1]])[0];
  }

  /**
   * ∫ e^{−(γ+Γ+iδε)τ} e^{−C_χ} e^{−D} over the life of the modes; without the one that is elementary where `lessOne`.
   */
  private transient(cost: number, lessOne: boolean): Complex {
    if (this.bath.modes.length === 0) return [0, 0];
    const end = DECAY / this.slowest;
    const ohmic = this.bath.ohmic;
    const fastest =
      this.fastest +
      Math.abs(cost) +
      this.bath.dephasing +
      (ohmic === null ? 0 : ohmic.cutoff * (1 + ohmic.strength) + ohmic.temperature);
    const panels = Math.ceil((end * fastest) / 4);
    if (panels > MOST_PANELS) {
      throw new RelaxdError('invalid-input', `the rate needs ${panels} panels of quadrature`, {
        path: 'modes',
        value: fastest / this.slowest,
        limit: 'fastest frequency over narrowest linewidth below 2e5',
      });
    }
    return this.panels(cost, 0, end, panels, lessOne);
  }

  /** ∫ over [from, to] by equal panels. */
  private panels(
    cost: number,
    from: number,
    to: number,
    count: number,
    lessOne: boolean,
  ): [number, number] {
    const half = (to - from) / count / 2;
    let re = 0;
    let im = 0;
    for (let p = 0; p < count; p++) {
      const middle = from + (2 * p + 1) * half;
      for (let k = 0; k < NODES; k++) {
        this.integrand(middle + half * X[k]!, cost, lessOne);
        re += W[k]! * half * this.value[0]!;
        im += W[k]! * half * this.value[1]!;
      }
    }
    return [re, im];
  }

  private readonly value = new Float64Array(2);

  /** e^{−(γ+Γ+iδε)τ − C_χ(τ)} (e^{−D(τ)} − [lessOne]) into `value`. */
  private integrand(tau: number, cost: number, lessOne: boolean): void {
    const { transients, rate } = this.cavity;
    let dRe = 0;
    let dIm = 0;
    for (let m = 0; m < transients.length; m += 4) {
      const size = Math.exp(-transients[m + 2]! * tau);
      const cosine = size * Math.cos(transients[m + 3]! * tau);
      const sine = size * Math.sin(transients[m + 3]! * tau);
      dRe += transients[m]! * cosine - transients[m + 1]! * sine;
      dIm += transients[m]! * sine + transients[m + 1]! * cosine;
    }
    // e^{−D} − 1 without cancellation: expm1 of the real part, and 1 − cos as 2 sin².
    let re: number;
    const im = -Math.exp(-dRe) * Math.sin(dIm);
    const halfSine = Math.sin(0.5 * dIm);
    re = Math.expm1(-dRe) * Math.cos(dIm) - 2 * halfSine * halfSine;
    if (!lessOne) re += 1;
    let logSize = -(rate + this.bath.dephasing) * tau;
    let phase = -cost * tau;
    if (this.bath.ohmic !== null) {
      const chi = ohmicCorrelation(this.bath.ohmic, tau);
      logSize -= chi[0];
      phase -= chi[1];
    }
    const size = Math.exp(logSize);
    const cosine = size * Math.cos(phase);
    const sine = size * Math.sin(phase);
    this.value[0] = re * cosine - im * sine;
    this.value[1] = re * sine + im * cosine;
  }

  /** ∫ from `start` on, where the modes are gone: blocks of half a period, accelerated where they go on oscillating. */
  private tail(cost: number, start: number): Complex {
    const ohmic = this.bath.ohmic!;
    // At long times the bath's phase is a shift: exp(−C_χ) turns as e^{+i λ τ}, λ = ηω_c/π.
    const frequency = Math.abs(cost - (ohmic.strength * ohmic.cutoff) / Math.PI);
    const decay = this.cavity.rate + this.bath.dephasing + ohmic.strength * ohmic.temperature;
    const natural = Math.max(ohmic.cutoff, ohmic.temperature);
    if (Math.max(frequency, decay) < 1e-9 * natural) {
      throw new RelaxdError('invalid-input', 'the flip integral diverges at this energy', {
        path: 'cost',
        value: cost,
        limit: 'away from the bath’s shift where T = 0 and nothing dephases',
      });
    }
    const block = Math.PI / Math.max(frequency, decay);
    // Fresh structure near the start (1/ω_c, 1/T) is resolved by finer panels than the blocks far out.
    const sums: [number, number][] = [];
    let total: [number, number] = [0, 0];
    for (let b = 0; b < TAIL_BLOCKS; b++) {
      const from = start + b * block;
      const part = this.graded(cost, from, from + block, natural + frequency);
      total = [total[0] + part[0], total[1] + part[1]];
      sums.push(total);
      const logSize = -decay * (from + block - start);
      if (logSize < -DECAY) return total;
      if (Math.hypot(...part) < 1e-16 * Math.hypot(...total)) return total;
    }
    return frequency > decay ? accelerated(sums) : total;
  }

  /** ∫ over a block with panels that grow from the scale of the bath at τ = 0 to half a period. */
  private graded(cost: number, from: number, to: number, fastest: number): [number, number] {
    let re = 0;
    let im = 0;
    let at = from;
    while (at < to) {
      const step = Math.min(to - at, Math.max(1 / fastest, 0.5 * at));
      const count = Math.max(
        1,
        Math.ceil((step * (to - from > 0 ? Math.PI / (to - from) : 0)) / 2),
      );
      const part = this.panels(cost, at, at + step, count, false);
      re += part[0];
      im += part[1];
      at += step;
    }
    return [re, im];
  }
}

/** Wynn's epsilon algorithm on a sequence of complex partial sums; its last even column's last entry. */
function accelerated(sums: readonly (readonly [number, number])[]): Complex {
  let older: Complex[] = sums.map(() => [0, 0]);
  let newer: Complex[] = sums.map((s) => [s[0], s[1]]);
  let best: Complex = newer[newer.length - 1]!;
  let change = Infinity;
  for (let column = 1; column < sums.length; column++) {
    const next: Complex[] = [];
    for (let k = 0; k + 1 < newer.length; k++) {
      const difference: Complex = [
        newer[k + 1]![0] - newer[k]![0],
        newer[k + 1]![1] - newer[k]![1],
      ];
      if (difference[0] === 0 && difference[1] === 0) return newer[k]!;
      const inverse = over([1, 0], difference);
      next.push([older[k + 1]![0] + inverse[0], older[k + 1]![1] + inverse[1]]);
    }
    older = newer;
    newer = next;
    if (column % 2 === 0 && newer.length > 0) {
      const limit = newer[newer.length - 1]!;
      const moved = Math.hypot(limit[0] - best[0], limit[1] - best[1]);
      if (moved > change) return best;
      change = moved;
      best = limit;
    }
  }
  return best;
}

/** S(S+1) − s s′ of the flip s → s′ = s ± 1. */
export function ladderFactor(spinSize: number, from: number, to: number): number {
  return spinSize * (spinSize + 1) - from * to;
}

/**
 * K_i(δε) = (ω_z²/2)[S(S+1) − ss′] Re∫… of physics page §3.6: a rate, in the unit of the frequencies.
 * @param integral of the spin's bath
 * @param splitting ω_z
 * @param ladder S(S+1) − ss′, see {@link ladderFactor}
 */
export function secondOrderRate(
  integral: FlipIntegral,
  cost: number,
  splitting: number,
  ladder = 1,
): number {
  return 0.5 * splitting * splitting * ladder * integral.at(cost);
}
