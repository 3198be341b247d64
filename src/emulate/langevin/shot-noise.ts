import { BOLTZMANN_J_PER_K, type RandomStream } from '../../core/index.js';

/** Elementary charge, coulombs (exact since 2019). */
export const ELEMENTARY_CHARGE_C = 1.602176634e-19;

/**
 * Density of the current noise of a passive nonlinear conductor whose carriers obey λ₊/λ₋ = exp(qV/kT):
 * S_I = 2qI coth(qV/2kT), one-sided, A²/Hz; 4kT·dI/dV at V = 0, 2qI (shot) far from it (thermodynamic-circuits §4.2).
 *
 * @param conductanceS dI/dV at V = 0, for V = 0 itself
 */
export function shotNoiseDensity(
  currentA: number,
  voltageV: number,
  temperatureK: number,
  conductanceS: number,
): number {
  const kT = BOLTZMANN_J_PER_K * temperatureK;
  const u = (ELEMENTARY_CHARGE_C * voltageV) / (2 * kT);
  if (Math.abs(u) < 1e-8) return 4 * kT * conductanceS;
  return (2 * ELEMENTARY_CHARGE_C * currentA) / Math.tanh(u);
}

/** How the noise of a conductor is modelled. */
export type ShotNoiseModel = 'jumps' | 'state-dependent' | 'constant';

/**
 * A node of capacitance C behind a junction-like conductor I = (2kT/qR) sinh(qV/2kT), in V₀, t₀ = 2RC and kT. One electron
 * moves x by ε = q/(C V₀); in those units I is 2 sinh(εx)/ε and S_I gives the diffusion cosh(εx).
 *
 * - `jumps`: electrons one by one, up at rate e^{−εx}/ε² and down at e^{εx}/ε²: local detailed balance with the charging
 *   energy x². The stationary law is exp(−x²) on the lattice, ⟨V²⟩ = kT/C.
 * - `state-dependent`: Gaussian noise of that density, Ito: kT/C up to ε⁴.
 * - `constant`: Gaussian noise of the density at V = 0: ⟨x²⟩ = ½ − ε²/8 + …, so a diode would charge its capacitor from
 *   heat (Brillouin's paradox); what must not be done.
 */
export class ShotNoiseNode {
  x = 0;

  constructor(
    private readonly epsilon: number,
    private readonly model: ShotNoiseModel,
  ) {}

  /**
   * Moves by a time.
   * @param h of one step of the Gaussian models; jumps are exact
   */
  run(duration: number, h: number, stream: RandomStream): void {
    if (this.model === 'jumps') {
      this.jump(duration, stream);
      return;
    }
    const steps = Math.max(1, Math.round(duration / h));
    const dt = duration / steps;
    for (let k = 0; k < steps; k++) {
      const u = this.epsilon * this.x;
      const diffusion = this.model === 'constant' ? 1 : Math.cosh(u);
      this.x +=
        (-2 * Math.sinh(u) * dt) / this.epsilon + Math.sqrt(2 * diffusion * dt) * stream.normal();
    }
  }

  private jump(duration: number, stream: RandomStream): void {
    const { epsilon } = this;
    let left = duration;
    for (;;) {
      const { up, down } = this.rates();
      const wait = stream.exponential() / (up + down);
      if (wait > left) return;
      left -= wait;
      this.x += stream.uniform() * (up + down) < up ? epsilon : -epsilon;
    }
  }

  /** Rates of one electron more or less: ratio e^{−ΔE} of x² over the jump, mean current as above. */
  rates(): { readonly up: number; readonly down: number } {
    const u = this.epsilon * this.x;
    const unit = 1 / this.epsilon ** 2;
    return { up: unit * Math.exp(-u), down: unit * Math.exp(u) };
  }
}
