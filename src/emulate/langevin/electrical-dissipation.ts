import type { ResolvedProgram } from '../../device/index.js';
import { circuitUnits, type CircuitComponents } from './circuit-units.js';
import { CouplingMatrix } from './coupling-matrix.js';

/**
 * What a circuit of conductances dissipates, from a record of its states: ∫ Σ V_i I_i dt over the leaks and cubic
 * conductances, I_i = (2q V_i + 4r V_i³ in the program's units). Not the heat of the effective potential: in equilibrium that
 * is 0 on average, while here the noise generators feed every node k_B T_eff/(RC), by the virial theorem whatever the wells
 * (q = 1). For programs without quadratic and quartic controls, on an ideal board.
 */
export class ElectricalDissipation {
  private sum = 0;
  private earlier = NaN;
  private readonly free: readonly number[];

  /** @param every time between samples, in t₀ */
  constructor(
    private readonly program: ResolvedProgram,
    private readonly components: CircuitComponents,
    private readonly every: number,
  ) {
    const clamped = new Set(program.clamped);
    this.free = Array.from({ length: program.sites }, (_, i) => i).filter((i) => !clamped.has(i));
  }

  /** @param x all N sites */
  add(x: Float64Array): void {
    const { quadratic, quartic } = this.program.wells!;
    let power = 0;
    for (const i of this.free) {
      const square = x[i]! * x[i]!;
      power += square * (2 * quadratic[i]! + 4 * quartic[i]! * square);
    }
    if (!Number.isNaN(this.earlier)) this.sum += 0.5 * (this.earlier + power) * this.every;
    this.earlier = power;
  }

  /** Joules since the first sample: the unit of V²·C is C V₀² = 2 k_B T_eff. */
  get joules(): number {
    const { voltageV } = circuitUnits(this.components);
    return this.sum * this.components.capacitanceF * voltageV ** 2;
  }

  /** The same in k_B T_eff. */
  get kT(): number {
    return this.joules / circuitUnits(this.components).energyJ;
  }
}

/**
 * Power of the couplings' bias currents, watts: every transconductor of |g| = |J| C/t₀, one a direction, takes
 * |g|/(g_m/I) from the supply.
 *
 * @param efficiencyPerV g_m/I of the transistors, 20 … 28 per volt in weak inversion
 */
export function couplingBiasPowerW(
  program: ResolvedProgram,
  components: CircuitComponents,
  supply: { readonly supplyV: number; readonly efficiencyPerV: number },
): number {
  const matrix = CouplingMatrix.of(program.couplings, program.sites);
  const clamped = new Set(program.clamped);
  let sum = 0;
  for (let i = 0; i < program.sites; i++) {
    if (clamped.has(i)) continue;
    matrix.row(i, (_, J) => {
      sum += Math.abs(J);
    });
  }
  const { transconductanceS } = circuitUnits(components);
  return (sum * transconductanceS * supply.supplyV) / supply.efficiencyPerV;
}
