import type { FlipLawName, FlipLawNumbers } from '../../../kernels/index.js';
import { effectiveTemperature } from './rate-limits.js';

/**
 * By what law a spin flips: f(x) of rate Γ0 f(ΔE/ε0), physics page §4.2a. Costs x = ΔE and temperatures are in the
 * program's unit of energy, which is ε0; rates in Γ0. Pairs are counted once (hazard HZ1).
 */
export interface FlipLaw {
  /** f at a cost; finite and ≥ 0. */
  rate(cost: number, temperature: number): number;
  /** At least `rate` anywhere on [least, most] of costs and at temperatures up to the one given; close to it. */
  bound(least: number, most: number, temperature: number): number;
  /** ln f(x) − ln f(−x), what a flip gives to the bath in nats; NaN where the reverse never happens. */
  entropy(cost: number, temperature: number): number;
  /** The law as kernels have it, at a temperature; null where they have not. */
  compiled(temperature: number): CompiledLaw | null;
  /** True where the site of the largest downhill step goes first, whatever the rates. */
  readonly steepest: boolean;
}

/** A law of the kernels: rate = weight · law(slope · x). */
export interface CompiledLaw {
  readonly law: FlipLawName;
  readonly numbers: Partial<FlipLawNumbers>;
  readonly slope: number;
  readonly weight: number;
}

/** Kernels have rates in 32 bits: squares of energies within these are far from their ends. */
const fits = (...energies: number[]): boolean =>
  energies.every((e) => Math.abs(e) < 1e6 && Math.abs(e) > 1e-6);

/**
 * f(x) = x/(e^{x/T} − 1): |x| far downhill, T at x = 0, detailed balance at T; −x downhill and 0 uphill at T = 0.
 * Falls with x and rises with T.
 */
export class OhmicLaw implements FlipLaw {
  readonly steepest = false;

  rate(cost: number, temperature: number): number {
    if (temperature === 0) return cost < 0 ? -cost : 0;
    return cost === 0 ? temperature : cost / Math.expm1(cost / temperature);
  }
  bound(least: number, _most: number, temperature: number): number {
    return this.rate(least, temperature);
  }
  compiled(temperature: number): CompiledLaw {
    if (temperature === 0) return { law: 'linear', numbers: {}, slope: 1, weight: 1 };
    const slope = Math.LOG2E / temperature;
    return { law: 'ohmic', numbers: {}, slope, weight: temperature * Math.LN2 };
  }
  entropy(cost: number, temperature: number): number {
    return temperature === 0 ? NaN : -cost / temperature;
  }
}

/** f(x) = −x/(Γ̂² + x²) downhill, 0 uphill: the drift of a dephased bath; largest at x = −Γ̂ (hazard HZ2). */
export class DephasedLaw implements FlipLaw {
  readonly steepest = false;

  /** @param width Γ̂ > 0, in the program's energy */
  constructor(private readonly width: number) {}

  rate(cost: number): number {
    return cost < 0 ? -cost / (this.width * this.width + cost * cost) : 0;
  }
  bound(least: number, most: number): number {
    if (least <= -this.width && most >= -this.width) return 0.5 / this.width;
    return Math.max(this.rate(least), this.rate(most));
  }
  compiled(): CompiledLaw | null {
    if (!fits(this.width)) return null;
    return { law: 'dephased', numbers: { a: this.width * this.width }, slope: 1, weight: 1 };
  }
  entropy(): number {
    return NaN;
  }
}

/**
 * f(x) = (Δ² + κ²)/{(x² + γ²)[(Δ − x)² + κ²]}: the weak-coupling rate of physics page §3.6 for a red mode. γ > 0 is the
 * dephasing by scattered photons, g²κ/(Δ² + κ²), which keeps the rate finite at x = 0 and leaves the ratio of downhill
 * to uphill flips as it is. Normalised to 1/(x² + γ²) for |x| ≪ |Δ|. Downhill flips exceed uphill ones by
 * [(|Δ|+|x|)² + κ²]/[(|Δ|−|x|)² + κ²]: one temperature, T_eff, for small costs only.
 */
export class CavityLaw implements FlipLaw {
  readonly steepest = false;
  private readonly square: number;

  /** @param detuning Δ < 0; @param linewidth κ > 0; @param width γ > 0; all in the program's energy */
  constructor(
    private readonly detuning: number,
    private readonly linewidth: number,
    private readonly width: number,
  ) {
    this.square = detuning * detuning + linewidth * linewidth;
  }

  rate(cost: number): number {
    return this.from(cost * cost, (this.detuning - cost) ** 2);
  }
  bound(least: number, most: number): number {
    const near = nearest(0, least, most);
    const off = this.detuning - nearest(this.detuning, least, most);
    return this.from(near * near, off * off);
  }
  compiled(): CompiledLaw | null {
    const { square, width, detuning, linewidth } = this;
    if (!fits(detuning, linewidth, width)) return null;
    const numbers = { a: square, b: width * width, c: detuning, d: linewidth * linewidth };
    return { law: 'cavity', numbers, slope: 1, weight: 1 };
  }
  entropy(cost: number): number {
    const square = this.linewidth * this.linewidth;
    return Math.log(
      ((this.detuning + cost) ** 2 + square) / ((this.detuning - cost) ** 2 + square),
    );
  }
  /** T_eff of small costs. */
  get temperature(): number {
    return effectiveTemperature(this.detuning, this.linewidth);
  }

  private from(costSquare: number, offSquare: number): number {
    return (
      this.square /
      ((costSquare + this.width * this.width) * (offSquare + this.linewidth * this.linewidth))
    );
  }
}

/** Sums of rates stay finite. */
const MOST_RATE = 1e300;

/** f(x) = |x|^p downhill, 0 uphill: p = 0 is random descent, p = 1 the ohmic law at T = 0, p → ∞ steepest descent. */
export class PowerLaw implements FlipLaw {
  readonly steepest = false;

  /** @param p ≥ 0 */
  constructor(private readonly p: number) {}

  rate(cost: number): number {
    return cost < 0 ? Math.min((-cost) ** this.p, MOST_RATE) : 0;
  }
  bound(least: number): number {
    return this.rate(least);
  }
  compiled(): CompiledLaw | null {
    if (this.p !== 0 && this.p !== 1) return null;
    return { law: this.p === 0 ? 'step' : 'linear', numbers: {}, slope: 1, weight: 1 };
  }
  entropy(): number {
    return NaN;
  }
}

/**
 * Each unstable spin calls at rate 1, and whoever calls, the one of the largest downhill step flips (the lowest index at
 * a tie): the order of steepest descent, with the clock of `power` at p = 0.
 */
export class SteepestLaw implements FlipLaw {
  readonly steepest = true;

  rate(cost: number): number {
    return cost < 0 ? 1 : 0;
  }
  bound(least: number): number {
    return this.rate(least);
  }
  compiled(): null {
    return null;
  }
  entropy(): number {
    return NaN;
  }
}

function nearest(to: number, least: number, most: number): number {
  return Math.min(Math.max(to, least), most);
}
