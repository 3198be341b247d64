import type { RandomStream } from '../../../core/index.js';
import { KNOB, type Knobs } from '../protocol.js';
import type { CircuitState } from './circuit-state.js';
import type { Flow } from './flows.js';
import type { RealCircuit } from './real-circuit.js';

/**
 * Euler–Maruyama: x' = x + μF(x)h + √(2μTh) ξ, all nodes at once. Poles follow the nodes as they were at the step's start,
 * exactly, so that a pole faster than the step does no harm. For path actions and comparisons.
 */
export class EulerFlow implements Flow {
  readonly name = 'euler-maruyama';
  readonly exact = false;
  readonly holdsFlicker = true;
  private readonly sources: Float64Array;
  private readonly amplitude: Float64Array;
  private readonly quadratic: Float64Array;
  private readonly quartic: Float64Array;
  private h = NaN;
  private coupling = 1;

  constructor(
    private readonly circuit: RealCircuit,
    private readonly state: CircuitState,
    private readonly stiffestStep: number,
  ) {
    const n = circuit.layout.nodes;
    this.sources = new Float64Array(n);
    this.amplitude = new Float64Array(n);
    this.quadratic = new Float64Array(n);
    this.quartic = new Float64Array(n);
  }

  reset(): void {
    this.h = NaN;
  }

  prepare(h: number, knobs: Knobs): void {
    const { circuit, amplitude, quadratic, quartic } = this;
    this.h = h;
    this.coupling = knobs[KNOB.coupling]!;
    this.state.flicker.prepare(h);
    circuit.sources(knobs, this.sources);
    for (let i = 0; i < amplitude.length; i++) {
      amplitude[i] = Math.sqrt(2 * circuit.nodes.mobility[i]! * circuit.temperature(i, knobs) * h);
      quadratic[i] = circuit.quadratic(i, knobs);
      quartic[i] = circuit.quartic(i, knobs);
    }
  }

  advance(stream: RandomStream): number {
    const { circuit, state, sources, amplitude, quadratic, quartic, h, coupling } = this;
    const { x, w, r, flicker } = state;
    const { mobility } = circuit.nodes;
    const { couplingPole, readoutPole } = circuit.layout;
    for (let i = 0; i < x.length; i++) {
      if (4 * mobility[i]! * quartic[i]! * x[i]! * x[i]! * h > this.stiffestStep) return i;
    }
    flicker.advance(stream);
    const kept = w === null ? 0 : Math.exp(-h / couplingPole);
    const read = r === null ? 0 : Math.exp(-h / readoutPole);
    for (let i = 0; i < x.length; i++) {
      const x0 = x[i]!;
      const u = coupling * circuit.received[i]!;
      const force =
        sources[i]! +
        flicker.sum[i]! +
        (w === null ? u : w[i]!) -
        (2 * quadratic[i]! + 4 * quartic[i]! * x0 * x0) * x0;
      x[i] = x0 + h * mobility[i]! * force + amplitude[i]! * stream.normal();
      if (w !== null) w[i] = u + (w[i]! - u) * kept;
      if (r !== null) r[i] = x0 + (r[i]! - x0) * read;
    }
    return -1;
  }
}
