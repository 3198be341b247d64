import type { RandomStream } from '../../../core/index.js';
import type { CavityLight } from '../cavity-light.js';
import { NO_STRENGTH, type MediatedCouplings } from '../mediated-couplings.js';
import type { SemiclassicalKernel } from './semiclassical-kernel.js';
import { flowAboutX, flowAboutZ } from './spin-flows.js';
import { makeSpins, type VectorSpins } from './vector-spins.js';

/**
 * Truncated Wigner description with the light kept (physics page §4.3a):
 * dα_m = [(iΔ−κ)α_m − i Σ_i g_im X_i]dt + √(κ/2)(dW₁+i dW₂), dS_i/dt = B_i×S_i, B_i = (2Σ_m g_im Re α_m − h_i, 0, ω_z),
 * with one mode for each eigenvector of J: g_im = √p γ_m v_im, γ_m² = λ̂_m (Δ²+κ²)/(2S|Δ|) ω_z, so that the eliminated
 * model has J = p Ĵ/(2S). Cue fields act on the spins directly, as what a longitudinal pump leaves after elimination; α
 * of the device's damping is added to the spins, and 0 for the page's equations.
 *
 * Strang splitting: spins in light that stands still and light driven by spins that stand still both move exactly, so
 * the vacuum has ⟨|α|²⟩ = ½ at any step; the step is bound by what one does to the other within it (hazard HZ13).
 */
export class WignerSpins implements SemiclassicalKernel {
  readonly spins: VectorSpins;
  /** Number of modes. */
  readonly count: number;
  /** Amplitudes α of the modes, real and imaginary parts. */
  readonly real: Float64Array;
  readonly imaginary: Float64Array;
  /** γ_m at threshold. */
  readonly strength: Float64Array;
  private readonly along: Float64Array;
  /** Of the step `prepared`: e^{(iΔ−κ)dt}, (e^{(iΔ−κ)dt} − 1)/(iΔ−κ), and the noise of one quadrature. */
  private prepared = NaN;
  private turnReal = 0;
  private turnImaginary = 0;
  private pushReal = 0;
  private pushImaginary = 0;
  private width = 0;

  constructor(
    private readonly couplings: MediatedCouplings,
    private readonly light: CavityLight,
  ) {
    const { sites, strengths } = couplings;
    const { delta, kappa, spinSize } = light;
    const weak = strengths.findIndex((s) => s <= NO_STRENGTH);
    this.count = weak < 0 ? sites : weak;
    this.spins = makeSpins(sites);
    this.real = new Float64Array(this.count);
    this.imaginary = new Float64Array(this.count);
    this.along = new Float64Array(sites);
    const square = (delta * delta + kappa * kappa) / (2 * spinSize * Math.abs(delta));
    this.strength = strengths.slice(0, this.count).map((s) => Math.sqrt(s * square));
  }

  /** The vacuum: both quadratures of every mode N(0, ¼). */
  begin(stream: RandomStream): void {
    for (let m = 0; m < this.count; m++) {
      this.real[m] = 0.5 * stream.normal();
      this.imaginary[m] = 0.5 * stream.normal();
    }
  }

  moved(): void {
    // Nothing is kept of a state.
  }

  /** What a time dt does to the light: e^{(iΔ−κ)dt}, (e^{(iΔ−κ)dt} − 1)/(iΔ−κ), and the noise of one quadrature. */
  lightOver(
    dt: number,
  ): Record<'turnReal' | 'turnImaginary' | 'pushReal' | 'pushImaginary' | 'width', number> {
    this.prepare(dt);
    const { turnReal, turnImaginary, pushReal, pushImaginary, width } = this;
    return { turnReal, turnImaginary, pushReal, pushImaginary, width };
  }

  step(dt: number, pump: number, field: Float64Array, stream: RandomStream): void {
    const { spins, along } = this;
    const { damping, spinSize } = this.light;
    const root = Math.sqrt(pump);
    this.prepare(dt);
    flowAboutZ(spins, 0.5 * dt, damping);
    this.gather(root, field);
    flowAboutX(spins, along, 0.5 * dt, damping, spins);
    this.moveLight(root * spinSize, stream);
    this.gather(root, field);
    flowAboutX(spins, along, 0.5 * dt, damping, spins);
    flowAboutZ(spins, 0.5 * dt, damping);
  }

  control(pump: number): number {
    return Math.sqrt(pump);
  }

  /** 2 Σ_m γ_m Re α_m Σ_i v_im x_i */
  pumpTerm(): number {
    let sum = 0;
    for (let m = 0; m < this.count; m++) {
      sum += 2 * this.strength[m]! * this.real[m]! * this.projection(m);
    }
    return sum;
  }

  /** −Δ Σ (|α|² − ½)/S: the Weyl symbol of the light's own energy in the pump's frame. */
  restTerm(): number {
    let quanta = -0.5 * this.count;
    for (let m = 0; m < this.count; m++) quanta += this.real[m]! ** 2 + this.imaginary[m]! ** 2;
    return (-this.light.delta * quanta) / this.light.spinSize;
  }

  /** Σ_i v_im x_i */
  private projection(m: number): number {
    const { modes, sites } = this.couplings;
    const { x } = this.spins;
    let sum = 0;
    for (let i = 0; i < sites; i++) sum += modes[m * sites + i]! * x[i]!;
    return sum;
  }

  private gather(root: number, field: Float64Array): void {
    const { along, real, strength } = this;
    const { modes, sites } = this.couplings;
    for (let i = 0; i < sites; i++) along[i] = -field[i]!;
    for (let m = 0; m < this.count; m++) {
      const amount = 2 * root * strength[m]! * real[m]!;
      for (let i = 0; i < sites; i++) along[i] = along[i]! + amount * modes[m * sites + i]!;
    }
  }

  /** α → e^{λdt} α − i F (e^{λdt} − 1)/λ + noise, λ = iΔ − κ, F = √p γ_m S Σ v x. */
  private moveLight(scale: number, stream: RandomStream): void {
    const { real, imaginary, strength, width } = this;
    for (let m = 0; m < this.count; m++) {
      const force = scale * strength[m]! * this.projection(m);
      const a = real[m]!;
      const b = imaginary[m]!;
      real[m] =
        this.turnReal * a -
        this.turnImaginary * b +
        force * this.pushImaginary +
        width * stream.normal();
      imaginary[m] =
        this.turnReal * b +
        this.turnImaginary * a -
        force * this.pushReal +
        width * stream.normal();
    }
  }

  private prepare(dt: number): void {
    if (dt === this.prepared) return;
    this.prepared = dt;
    const { delta, kappa } = this.light;
    const decay = Math.exp(-kappa * dt);
    this.turnReal = decay * Math.cos(delta * dt);
    this.turnImaginary = decay * Math.sin(delta * dt);
    const size = delta * delta + kappa * kappa;
    const a = this.turnReal - 1;
    const b = this.turnImaginary;
    this.pushReal = (b * delta - a * kappa) / size;
    this.pushImaginary = (-a * delta - b * kappa) / size;
    this.width = Math.sqrt(-0.25 * Math.expm1(-2 * kappa * dt));
  }
}
