import { RelaxdError } from '../../../core/index.js';
import { over, plus, scaled, times, type Complex } from '../complex.js';

/**
 * A cavity mode as a spin feels it. All in one unit of angular frequency (ħ = 1, physics page §1).
 */
export interface CavityMode {
  /** g_im of the spin with the mode, in H = … + g S^x (a† + a). */
  readonly coupling: number;
  /** Δ_m = ω_pump − ω_m; red is negative. */
  readonly detuning: number;
  /** κ, the field decay rate (half width at half maximum), with D[a] = 2aρa† − a†aρ − ρa†a. */
  readonly linewidth: number;
}

/** An ohmic bath of oscillators: J_b(ω) = η ω e^{−ω/ω_c}. */
export interface OhmicBath {
  /** η, dimensionless. */
  readonly strength: number;
  /** ω_c. */
  readonly cutoff: number;
  /** T, as an angular frequency. */
  readonly temperature: number;
}

/** Everything that makes S^x of a spin fluctuate: what its flip rate depends on. */
export interface FlipBath {
  readonly modes: readonly CavityMode[];
  /** Γ of white noise: decay rate of the coherence between neighbouring levels of S^x. */
  readonly dephasing: number;
  readonly ohmic: OhmicBath | null;
}

/** @throws RelaxdError `invalid-input` naming the first number that makes no sense */
export function checkFlipBath(bath: FlipBath): void {
  const refuse = (path: string, value: number, limit: string): never => {
    throw new RelaxdError('invalid-input', `${path} is ${value}, not ${limit}`, {
      path,
      value,
      limit,
    });
  };
  bath.modes.forEach((mode, m) => {
    if (!(mode.linewidth > 0)) refuse(`modes[${m}].linewidth`, mode.linewidth, '> 0');
    if (!Number.isFinite(mode.coupling)) refuse(`modes[${m}].coupling`, mode.coupling, 'finite');
    if (!Number.isFinite(mode.detuning)) refuse(`modes[${m}].detuning`, mode.detuning, 'finite');
  });
  if (!(bath.dephasing >= 0)) refuse('dephasing', bath.dephasing, '≥ 0');
  if (bath.ohmic === null) return;
  const { strength, cutoff, temperature } = bath.ohmic;
  if (!(strength > 0)) refuse('ohmic.strength', strength, '> 0');
  if (!(cutoff > 0)) refuse('ohmic.cutoff', cutoff, '> 0');
  if (!(temperature >= 0)) refuse('ohmic.temperature', temperature, '≥ 0');
}

/**
 * The cavity's part of C(τ) split as γτ − c + Σ_m c_m e^{−(κ_m − iΔ_m)τ} (physics page §3.6): photons scattered into
 * the cavity dephase the spin at rate γ = Σ g²κ/(Δ² + κ²), after a transient of the mode's own life time.
 */
export interface CavityCorrelation {
  /** γ. */
  readonly rate: number;
  /** c = Σ c_m, c_m = g²(κ + iΔ)²/(Δ² + κ²)². */
  readonly offset: Complex;
  /** Per mode: Re c_m, Im c_m, κ_m, Δ_m. */
  readonly transients: Float64Array;
}

export function cavityCorrelation(modes: readonly CavityMode[]): CavityCorrelation {
  const transients = new Float64Array(4 * modes.length);
  let rate = 0;
  let offset: Complex = [0, 0];
  modes.forEach(({ coupling, detuning, linewidth }, m) => {
    const size = detuning * detuning + linewidth * linewidth;
    const pole: Complex = [linewidth, detuning];
    const weight = scaled(times(pole, pole), (coupling * coupling) / (size * size));
    rate += (coupling * coupling * linewidth) / size;
    offset = plus(offset, weight);
    transients.set([...weight, linewidth, detuning], 4 * m);
  });
  return { rate, offset, transients };
}

/**
 * C_χ(τ) of an ohmic bath in closed form, as [real, imaginary]: from (1/π)∫dω J_b/ω² [coth(ω/2T)(1 − cos ωτ) +
 * i(sin ωτ − ωτ)], the zero-point part is (η/2π) ln(1 + ω_c²τ²), the thermal part (2η/π) ln|Γ(1+a)/Γ(1+a+iTτ)| with
 * a = T/ω_c (expand coth in e^{−nω/T} and use Γ's product), the phase (η/π)[arctan(ω_cτ) − ω_cτ]. It grows as ηTτ.
 */
export function ohmicCorrelation(bath: OhmicBath, tau: number): Complex {
  const { strength, cutoff, temperature } = bath;
  const scale = strength / Math.PI;
  const reach = cutoff * tau;
  let real = 0.5 * scale * Math.log1p(reach * reach);
  if (temperature > 0) {
    const start = 1 + temperature / cutoff;
    real += 2 * scale * (logGammaSize(start, 0) - logGammaSize(start, temperature * tau));
  }
  return [real, scale * (Math.atan(reach) - reach)];
}

/**
 * ln|Γ(x + iy)|, x ≥ 1: Stirling's series of six terms after moving up to Re z ≥ 12; good to 1e-13 relative to
 * max(1, |ln Γ|).
 */
export function logGammaSize(x: number, y: number): number {
  let shift = 0;
  let re = x;
  while (re < 12) {
    shift += 0.5 * Math.log(re * re + y * y);
    re++;
  }
  const size = re * re + y * y;
  // (z − ½) ln z − z + ½ ln 2π, real part
  const logSize = 0.5 * Math.log(size);
  const angle = Math.atan2(y, re);
  let sum = (re - 0.5) * logSize - y * angle - re + 0.5 * Math.log(2 * Math.PI);
  const inverse = over([1, 0], [re, y]);
  const square = times(inverse, inverse);
  let power = inverse;
  for (const coefficient of STIRLING) {
    sum += coefficient * power[0];
    power = times(power, square);
  }
  return sum - shift;
}

/** B_{2k}/(2k(2k−1)), k = 1 … 6. */
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360];
