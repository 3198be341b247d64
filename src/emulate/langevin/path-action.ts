import { RelaxdError } from '../../core/index.js';
import type { ResolvedProgram } from '../../device/index.js';
import { KNOB, makeProtocol } from './protocol.js';
import { imperfectionsOf } from './imperfect/imperfections.js';
import { RealCircuit } from './imperfect/real-circuit.js';

/**
 * Onsager–Machlup action of a sampled Euler–Maruyama path (thermodynamic-circuits §9.3):
 *
 * S = Σ_k Σ_i (Δx_i + μ_i ∂_i V dt)²/(4 μ_i T_i dt),  exp(−S) its probability up to a factor of the steps alone.
 *
 * Every term is ½ξ² of the step's own noise: over n terms S has mean n/2 and variance n/2, whatever the circuit. Other schemes
 * have increments whose noise is not independent of each other and of x (exact and split steps, Heun, Leimkuhler–Matthews):
 * of them this is no path probability, and it is refused. For programs whose knobs stay at their first values.
 */
export class PathAction {
  /** Over the free sites, since the first sample. */
  value = 0;
  /** Number of terms added: steps × free sites. */
  terms = 0;
  private readonly circuit: RealCircuit;
  private readonly knobs: Float64Array;
  private readonly sources: Float64Array;
  private readonly state: Float64Array;
  private readonly drift: Float64Array;
  private readonly weight: Float64Array;
  private samples = 0;

  /**
   * @param dt of the scheme; the samples are of every step
   * @param parameters of the device, in SI; an ideal circuit by default
   * @throws RelaxdError `not-supported` for schemes, boards and temperatures that it is not defined for
   */
  constructor(
    program: ResolvedProgram,
    private readonly dt: number,
    parameters: Readonly<Record<string, number>> = {},
  ) {
    const imperfections = imperfectionsOf(parameters);
    const { integrator } = program.dynamics;
    const refuse = (message: string, path: string, value: unknown, limit: unknown): never => {
      throw new RelaxdError('not-supported', `no path action: ${message}`, { path, value, limit });
    };
    if (integrator !== 'euler-maruyama') {
      refuse(
        'increments of this scheme are coloured; only those of euler-maruyama are independent',
        'dynamics.integrator',
        integrator ?? 'auto',
        'euler-maruyama',
      );
    }
    for (const name of ['couplingPole', 'flickerCorner', 'rail', 'driftK'] as const) {
      if (imperfections[name] > 0) {
        refuse(`${name} is a state or a limit that no sample shows`, name, imperfections[name], 0);
      }
    }
    this.circuit = new RealCircuit(program, imperfections);
    this.knobs = makeProtocol(program, Float64Array.of(0, program.duration), Infinity).before;
    const n = this.circuit.layout.nodes;
    this.sources = new Float64Array(n);
    this.state = new Float64Array(n);
    this.drift = new Float64Array(n);
    this.weight = Float64Array.from({ length: n }, (_, i) => {
      const T = this.circuit.temperature(i, this.knobs);
      if (!(T > 0)) refuse('it is infinite at T = 0', 'dynamics.temperature', T, '> 0');
      return 1 / (4 * this.circuit.nodes.mobility[i]! * T * dt);
    });
    this.circuit.sources(this.knobs, this.sources);
  }

  /** @param x all N sites; clamped ones must not change */
  add(x: Float64Array): void {
    const { circuit, knobs, sources, state, drift, weight, dt } = this;
    const { potential, nodes } = circuit;
    if (this.samples++ === 0) {
      potential.setClamped(Float64Array.from(potential.clamped, (i) => x[i]!));
      circuit.hold(x);
    } else {
      for (let k = 0; k < state.length; k++) {
        const noise = x[potential.free[k]!]! - state[k]! - drift[k]! * dt;
        this.value += noise * noise * weight[k]!;
      }
      this.terms += state.length;
    }
    for (let k = 0; k < state.length; k++) state[k] = x[potential.free[k]!]!;
    circuit.receive(state);
    const c = knobs[KNOB.coupling]!;
    for (let k = 0; k < state.length; k++) {
      const z = state[k]!;
      const wells = 2 * circuit.quadratic(k, knobs) + 4 * circuit.quartic(k, knobs) * z * z;
      drift[k] = nodes.mobility[k]! * (sources[k]! + c * circuit.received[k]! - wells * z);
    }
  }
}
