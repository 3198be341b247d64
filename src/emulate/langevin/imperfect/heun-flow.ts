import type { RandomStream } from '../../../core/index.js';
import { KNOB, type Knobs } from '../protocol.js';
import type { CircuitState } from './circuit-state.js';
import { WellFlow } from './dense-flow.js';
import type { Flow } from './flows.js';
import type { RealCircuit } from './real-circuit.js';
import { SmallLinearStep } from './small-linear-step.js';

/** Order of a node's states: x, w, r, the couplings' input u, its slope, the sources f. */
export const HEUN_SIZE = 6;
const SIZE = HEUN_SIZE;
const [X, W, R, U, V, F] = [0, 1, 2, 3, 4, 5] as const;

/** Numbers that prepared steps may take up: 32 MiB. */
const MOST_NUMBERS = 4 * 2 ** 20;

/**
 * For circuits that are too large for one matrix, or whose couplings are limited: every node with its own poles takes an
 * exact step under an input that changes linearly in time, u₀ = c J φ(x) at its start and u₁ at a predicted end
 * (exponential Heun: second order, at any ratio of the step to the poles), between halves of the exact quartic flow.
 * 1/f currents stand still within a step. Nodes without couplings and quartic wells take exact steps of any length.
 */
export class HeunFlow implements Flow {
  readonly name: 'exact' | 'strang';
  readonly exact: boolean;
  readonly holdsFlicker = true;
  /** Three rows of SIZE coefficients a node: what x, w, r become. */
  coefficients: Float64Array;
  /** Factor of the noise of x and r at unit strength: xx, rx, rr a node; and its strength. */
  factors: Float64Array;
  private readonly strength: Float64Array;
  private readonly sources: Float64Array;
  private readonly u0: Float64Array;
  private readonly wells: WellFlow;
  private readonly small = new SmallLinearStep(SIZE);
  private readonly matrix = new Float64Array(SIZE * SIZE);
  /** What has been worked out at other knobs: a ramp comes by again in every shot. */
  private readonly known = new Map<string, readonly [Float64Array, Float64Array]>();
  private h = NaN;
  private control = NaN;
  private coupling = 1;

  constructor(
    private readonly circuit: RealCircuit,
    private readonly state: CircuitState,
    private readonly bent: boolean,
    uncoupled = false,
  ) {
    const n = circuit.layout.nodes;
    this.exact = uncoupled && !bent;
    this.name = this.exact ? 'exact' : 'strang';
    this.coefficients = new Float64Array(3 * SIZE * n);
    this.factors = new Float64Array(3 * n);
    this.strength = new Float64Array(n);
    this.sources = new Float64Array(n);
    this.u0 = new Float64Array(n);
    this.wells = new WellFlow(circuit);
  }

  reset(): void {
    this.h = NaN;
    this.known.clear();
  }

  prepare(h: number, knobs: Knobs): void {
    const { circuit, strength } = this;
    const { mobility } = circuit.nodes;
    const control = knobs[KNOB.quadratic]!;
    if (h !== this.h || control !== this.control) {
      this.h = h;
      this.control = control;
      this.state.flicker.prepare(h);
      const key = `${h},${control}`;
      const found = this.known.get(key);
      if (found !== undefined) [this.coefficients, this.factors] = found;
      else {
        this.coefficients = new Float64Array(this.coefficients.length);
        this.factors = new Float64Array(this.factors.length);
        for (let i = 0; i < strength.length; i++) {
          this.prepareNode(i, 2 * mobility[i]! * circuit.quadratic(i, knobs), mobility[i]!, h);
        }
        const numbers = this.coefficients.length + this.factors.length;
        if ((this.known.size + 1) * numbers > MOST_NUMBERS) this.known.clear();
        this.known.set(key, [this.coefficients, this.factors]);
      }
    }
    for (let i = 0; i < strength.length; i++) {
      strength[i] = Math.sqrt(2 * mobility[i]! * circuit.temperature(i, knobs));
    }
    this.coupling = knobs[KNOB.coupling]!;
    circuit.sources(knobs, this.sources);
    if (this.bent) this.wells.prepare(h / 2, knobs);
  }

  private prepareNode(i: number, rate: number, mobility: number, h: number): void {
    const { matrix, small, coefficients, factors } = this;
    const { couplingPole, readoutPole } = this.circuit.layout;
    const set = (row: number, column: number, v: number): void => {
      matrix[row * SIZE + column] = v;
    };
    matrix.fill(0);
    set(X, X, -rate);
    set(X, F, mobility);
    if (couplingPole > 0) {
      set(X, W, mobility);
      set(W, W, -1 / couplingPole);
      set(W, U, 1 / couplingPole);
    } else set(X, U, mobility);
    if (readoutPole > 0) {
      set(R, X, 1 / readoutPole);
      set(R, R, -1 / readoutPole);
    }
    set(U, V, 1);
    small.compute(matrix, h);
    coefficients.set(small.propagator.subarray(0, 3 * SIZE), 3 * SIZE * i);
    const { covariance } = small;
    const xx = Math.sqrt(Math.max(0, covariance[0]!));
    const rx = xx === 0 ? 0 : covariance[R * SIZE + X]! / xx;
    factors[3 * i] = xx;
    factors[3 * i + 1] = rx;
    factors[3 * i + 2] = Math.sqrt(Math.max(0, covariance[R * SIZE + R]! - rx * rx));
  }

  advance(stream: RandomStream): number {
    const { circuit, state, coefficients, factors, strength, sources, u0, coupling } = this;
    const { x, w, r, flicker } = state;
    const { received } = circuit;
    flicker.advance(stream);
    if (this.bent) {
      this.wells.advance(x);
      circuit.receive(x);
    }
    for (let i = 0; i < x.length; i++) {
      const at = 3 * SIZE * i;
      const u = coupling * received[i]!;
      const f = sources[i]! + flicker.sum[i]!;
      const x0 = x[i]!;
      const noise = strength[i]! * stream.normal();
      u0[i] = u;
      x[i] =
        coefficients[at + X]! * x0 +
        (w === null ? 0 : coefficients[at + W]! * w[i]!) +
        coefficients[at + U]! * u +
        coefficients[at + F]! * f +
        factors[3 * i]! * noise;
      if (r !== null) {
        const row = at + R * SIZE;
        const own = strength[i]! * stream.normal();
        r[i] =
          coefficients[row + X]! * x0 +
          (w === null ? 0 : coefficients[row + W]! * w[i]!) +
          coefficients[row + R]! * r[i]! +
          coefficients[row + U]! * u +
          coefficients[row + F]! * f +
          factors[3 * i + 1]! * noise +
          factors[3 * i + 2]! * own;
      }
      if (w !== null) {
        const row = at + W * SIZE;
        w[i] = coefficients[row + W]! * w[i]! + coefficients[row + U]! * u;
      }
    }
    circuit.receive(x);
    for (let i = 0; i < x.length; i++) {
      const at = 3 * SIZE * i;
      const slope = (coupling * received[i]! - u0[i]!) / this.h;
      x[i]! += coefficients[at + V]! * slope;
      if (w !== null) w[i]! += coefficients[at + W * SIZE + V]! * slope;
      if (r !== null) r[i]! += coefficients[at + R * SIZE + V]! * slope;
    }
    if (this.bent) this.wells.advance(x);
    return -1;
  }
}
