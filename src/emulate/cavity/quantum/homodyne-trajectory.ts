import type { RandomStream } from '../../../core/index.js';
import {
  bitCount,
  lowering,
  makeKet,
  normalise,
  setAlongX,
  setDown,
  totalSz,
  type Ket,
} from './ket.js';
import { PairOperator } from './pair-operator.js';
import type { SpinLight } from './spin-light.js';

/** Terms of the exponential of a step: its error is ‖K dt‖⁵/120. */
const TERMS = 4;

/**
 * A pure state of N spins ½ under homodyne detection of every mode (physics page §4.3c):
 * d|ψ⟩ = {−iH − ½ΣL†L + Σ(x/2 L − x²/8)}|ψ⟩dt + Σ(L − x/2)|ψ⟩dW, x = ⟨L + L†⟩, record dY = x dt + dW.
 *
 * It is run in its linear form, d|ψ̃⟩ = (−iH − ½ΣL†L)|ψ̃⟩dt + ΣL|ψ̃⟩dY, and normalised: the same state for the same
 * record. A step is e^{L·dY₁} e^{K dt} e^{L·dY₂}, dY₁ and dY₂ the records of its halves, each drawn with the x of the
 * state it meets. The L commute, so each e^{L·dY} is a product of exact one-spin matrices; e^{K dt} is its series. The
 * splitting is symmetric: second order in the mean.
 *
 * Times in 1/ω_z. Nothing is allocated in a step.
 */
export class HomodyneTrajectory {
  readonly ket: Ket;
  /** dY of every mode in the last step. */
  readonly record: Float64Array;
  /** ⟨S_i^x⟩, valid after {@link observe}. */
  readonly meanX: Float64Array;
  private readonly coherence: Float64Array;
  private readonly drift: PairOperator;
  private readonly interaction: PairOperator;
  private readonly magnetisation: Float64Array;
  private readonly term: Ket;
  private readonly image: Ket;
  /** x_m of the present state, and Σ_m g_im dY_m. */
  private readonly signal: Float64Array;
  private readonly kick: Float64Array;

  constructor(private readonly system: SpinLight) {
    const { sites, gamma, numbers, modeCount } = system;
    this.ket = makeKet(sites);
    this.term = makeKet(sites);
    this.image = makeKet(sites);
    this.drift = new PairOperator(gamma, sites, numbers.drift);
    this.interaction = new PairOperator(gamma, sites, numbers.interaction);
    this.record = new Float64Array(modeCount);
    this.signal = new Float64Array(modeCount);
    this.kick = new Float64Array(sites);
    this.meanX = new Float64Array(sites);
    this.coherence = new Float64Array(sites);
    this.magnetisation = Float64Array.from(this.ket.re, (_, s) => bitCount(s) - sites / 2);
    setDown(this.ket);
  }

  /** All spins down, or along ±x with the given signs. */
  begin(signs: ArrayLike<number> | null): void {
    if (signs === null) setDown(this.ket);
    else setAlongX(this.ket, signs);
    this.record.fill(0);
  }

  /**
   * @param pump power over threshold during the step
   * @param field h of H = … − Σ h_i S_i^x
   */
  step(dt: number, pump: number, field: Float64Array, stream: RandomStream): void {
    this.record.fill(0);
    this.detect(0.5 * dt, pump, stream);
    this.evolve(dt, pump, field);
    this.detect(0.5 * dt, pump, stream);
    normalise(this.ket);
  }

  /** Brings {@link meanX} up to the present state. */
  observe(): void {
    lowering(this.ket, this.meanX, this.coherence);
  }

  get sz(): number {
    return totalSz(this.ket, this.system.sites);
  }

  /** ⟨H_int⟩ at threshold: the pump p multiplies it. */
  interactionEnergy(): number {
    const { ket, image } = this;
    image.re.fill(0);
    image.im.fill(0);
    this.interaction.add(ket, 1, image);
    let sum = 0;
    for (let s = 0; s < ket.re.length; s++) {
      sum += ket.re[s]! * image.re[s]! + ket.im[s]! * image.im[s]!;
    }
    return sum;
  }

  /** Draws the record of a time h with the signal of the present state, and what it does to the state. */
  private detect(h: number, pump: number, stream: RandomStream): void {
    const { system, ket, record, signal, kick, meanX, coherence } = this;
    const { sites, modes, modeCount, light, numbers } = system;
    const { lower, raise } = numbers;
    const amplitude = Math.sqrt(2 * light.kappa * pump);
    const cos = Math.cos(light.localOscillatorPhase);
    const sin = Math.sin(light.localOscillatorPhase);
    normalise(ket);
    lowering(ket, meanX, coherence);
    signal.fill(0);
    for (let i = 0; i < sites; i++) {
      // ⟨a⟩ = lower ⟨S⁻⟩ + raise ⟨S⁻⟩*, and the part of it in phase with the local oscillator
      const c = meanX[i]!;
      const d = coherence[i]!;
      const real = (lower[0] + raise[0]) * c + (raise[1] - lower[1]) * d;
      const imaginary = (lower[1] + raise[1]) * c + (lower[0] - raise[0]) * d;
      const inPhase = 2 * amplitude * (cos * real + sin * imaginary);
      for (let m = 0; m < modeCount; m++) {
        signal[m] = signal[m]! + modes[m * sites + i]! * inPhase;
      }
    }
    kick.fill(0);
    const width = Math.sqrt(h);
    for (let m = 0; m < modeCount; m++) {
      const dY = signal[m]! * h + width * stream.normal();
      record[m] = record[m]! + dY;
      for (let i = 0; i < sites; i++) kick[i] = kick[i]! + modes[m * sites + i]! * dY;
    }
    if (amplitude === 0) return;
    for (let i = 0; i < sites; i++) {
      this.kickSpin(i, amplitude * kick[i]! * cos, -amplitude * kick[i]! * sin);
    }
  }

  /** e^{ηa} on one spin: cosh ζ + η a sinh ζ/ζ with ζ² = η² lower·raise, by its series (|ζ| ≪ 1). */
  private kickSpin(site: number, etaReal: number, etaImaginary: number): void {
    const { re, im } = this.ket;
    const { lower, raise } = this.system.numbers;
    const productReal = lower[0] * raise[0] - lower[1] * raise[1];
    const productImaginary = lower[0] * raise[1] + lower[1] * raise[0];
    const squareReal = etaReal * etaReal - etaImaginary * etaImaginary;
    const squareImaginary = 2 * etaReal * etaImaginary;
    const wr = squareReal * productReal - squareImaginary * productImaginary;
    const wi = squareReal * productImaginary + squareImaginary * productReal;
    // cosh √w = 1 + w/2 (1 + w/12 (1 + w/30 (…))), sinh √w/√w = 1 + w/6 (1 + w/20 (1 + w/42 (…)))
    let cr = 1;
    let ci = 0;
    let sr = 1;
    let si = 0;
    for (let k = 8; k >= 2; k -= 2) {
      const even = 1 / (k * (k - 1));
      const odd = 1 / (k * (k + 1));
      const tr = 1 + even * (wr * cr - wi * ci);
      ci = even * (wr * ci + wi * cr);
      cr = tr;
      const ur = 1 + odd * (wr * sr - wi * si);
      si = odd * (wr * si + wi * sr);
      sr = ur;
    }
    const er = etaReal * sr - etaImaginary * si;
    const ei = etaReal * si + etaImaginary * sr;
    const lowerReal = er * lower[0] - ei * lower[1];
    const lowerImaginary = er * lower[1] + ei * lower[0];
    const raiseReal = er * raise[0] - ei * raise[1];
    const raiseImaginary = er * raise[1] + ei * raise[0];
    const bit = 1 << site;
    for (let block = 0; block < re.length; block += 2 * bit) {
      for (let down = block; down < block + bit; down++) {
        const up = down + bit;
        const dr = re[down]!;
        const di = im[down]!;
        const ur = re[up]!;
        const ui = im[up]!;
        re[down] = cr * dr - ci * di + lowerReal * ur - lowerImaginary * ui;
        im[down] = cr * di + ci * dr + lowerReal * ui + lowerImaginary * ur;
        re[up] = cr * ur - ci * ui + raiseReal * dr - raiseImaginary * di;
        im[up] = cr * ui + ci * ur + raiseReal * di + raiseImaginary * dr;
      }
    }
  }

  /** |ψ⟩ → e^{K dt}|ψ⟩ */
  private evolve(dt: number, pump: number, field: Float64Array): void {
    const { ket, term, image } = this;
    term.re.set(ket.re);
    term.im.set(ket.im);
    for (let k = 1; k <= TERMS; k++) {
      this.generate(term, pump, field, image);
      const share = dt / k;
      for (let s = 0; s < ket.re.length; s++) {
        const a = share * image.re[s]!;
        const b = share * image.im[s]!;
        term.re[s] = a;
        term.im[s] = b;
        ket.re[s] = ket.re[s]! + a;
        ket.im[s] = ket.im[s]! + b;
      }
    }
  }

  /** out = K|in⟩ = (−iω_z ΣS^z + i Σ h S^x + p·drift)|in⟩ */
  private generate(from: Ket, pump: number, field: Float64Array, out: Ket): void {
    const { magnetisation } = this;
    const { re, im } = from;
    for (let s = 0; s < re.length; s++) {
      out.re[s] = magnetisation[s]! * im[s]!;
      out.im[s] = -magnetisation[s]! * re[s]!;
    }
    for (let i = 0; i < field.length; i++) {
      const h = 0.5 * field[i]!;
      if (h === 0) continue;
      const bit = 1 << i;
      for (let s = 0; s < re.length; s++) {
        out.re[s] = out.re[s]! - h * im[s ^ bit]!;
        out.im[s] = out.im[s]! + h * re[s ^ bit]!;
      }
    }
    if (pump > 0) this.drift.add(from, pump, out);
  }
}
