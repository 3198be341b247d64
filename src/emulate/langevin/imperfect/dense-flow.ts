import type { Matrix } from 'ml-matrix';
import type { RandomStream } from '../../../core/index.js';
import { dot } from '../coupling-matrix.js';
import { generalOrnsteinUhlenbeck } from '../general-ornstein-uhlenbeck.js';
import { LocalFlow } from '../local-flow.js';
import { choleskyInPlace } from '../ornstein-uhlenbeck.js';
import { KNOB, type Knobs } from '../protocol.js';
import type { CircuitState } from './circuit-state.js';
import { extendedForce, extendedSystem } from './extended-system.js';
import type { Flow } from './flows.js';
import type { RealCircuit } from './real-circuit.js';

/** Most states whose step is taken as one dense matrix; and where that matrix changes from step to step or shot to shot. */
export const MOST_DENSE_STATES = 320;
export const MOST_CHANGING_STATES = 32;

interface Step {
  readonly A: Matrix;
  readonly D: Matrix;
  readonly h: number;
  readonly propagator: Float64Array;
  readonly response: Matrix;
  readonly factor: Float64Array;
}
/** The last steps of this thread: blocks of shots come one after the other and have the same ones. */
const kept: Step[] = [];
const KEPT = 4;

function stepOf(A: Matrix, D: Matrix, h: number): Step {
  const same = (a: Matrix, b: Matrix): boolean => {
    if (a.rows !== b.rows) return false;
    for (let i = 0; i < a.rows; i++) {
      for (let j = 0; j < a.columns; j++) if (a.get(i, j) !== b.get(i, j)) return false;
    }
    return true;
  };
  const found = kept.find((step) => step.h === h && same(step.A, A) && same(step.D, D));
  if (found !== undefined) return found;
  const { propagator, covariance, response } = generalOrnsteinUhlenbeck(A, D, h);
  const factor = Float64Array.from(covariance.to1DArray());
  choleskyInPlace(factor, A.rows);
  const step = { A, D, h, propagator: Float64Array.from(propagator.to1DArray()), response, factor };
  kept.unshift(step);
  kept.length = Math.min(kept.length, KEPT);
  return step;
}

/**
 * The linear part of the circuit, nodes, poles and 1/f currents together, in exact Ornstein–Uhlenbeck steps; quartic
 * wells by half an exact single-node flow before and after (Strang, second order). Not for limited couplings.
 */
export class DenseFlow implements Flow {
  readonly name: 'exact' | 'strang';
  readonly exact: boolean;
  readonly holdsFlicker = false;
  private readonly force: Float64Array;
  private readonly sources: Float64Array;
  private readonly pushed: Float64Array;
  private readonly noise: Float64Array;
  private readonly next: Float64Array;
  private readonly wells: WellFlow;
  private step: Step | null = null;
  private prepared = [NaN, NaN, NaN, NaN];

  constructor(
    private readonly circuit: RealCircuit,
    private readonly state: CircuitState,
    bent: boolean,
  ) {
    const { size, nodes } = circuit.layout;
    this.name = bent ? 'strang' : 'exact';
    this.exact = !bent;
    this.force = new Float64Array(size);
    this.pushed = new Float64Array(size);
    this.noise = new Float64Array(size);
    this.next = new Float64Array(size);
    this.sources = new Float64Array(nodes);
    this.wells = new WellFlow(circuit);
  }

  reset(): void {
    this.prepared[0] = NaN;
  }

  prepare(h: number, knobs: Knobs): void {
    const { circuit, force, pushed, prepared } = this;
    const fresh = [h, knobs[KNOB.temperature]!, knobs[KNOB.coupling]!, knobs[KNOB.quadratic]!];
    if (this.step === null || fresh.some((v, k) => v !== prepared[k])) {
      const { A, D } = extendedSystem(circuit, knobs);
      this.step = stepOf(A, D, h);
      this.prepared = fresh;
    }
    extendedForce(circuit, knobs, this.sources, force);
    const { response } = this.step;
    for (let i = 0; i < pushed.length; i++) {
      let sum = 0;
      for (let j = 0; j < force.length; j++) {
        if (force[j] !== 0) sum += response.get(i, j) * force[j]!;
      }
      pushed[i] = sum;
    }
    if (!this.exact) this.wells.prepare(h / 2, knobs);
  }

  advance(stream: RandomStream): number {
    const { state, noise, next, pushed, wells, exact } = this;
    const { propagator, factor } = this.step!;
    const { z, x } = state;
    const size = z.length;
    if (!exact) wells.advance(x);
    for (let i = 0; i < size; i++) noise[i] = stream.normal();
    for (let i = 0; i < size; i++) {
      next[i] =
        dot(propagator, i * size, z, size) + dot(factor, i * size, noise, i + 1) + pushed[i]!;
    }
    z.set(next);
    if (!exact) wells.advance(x);
    state.flicker.sumUp();
    return -1;
  }
}

/** The exact flow of the quartic wells, at each node's own mobility. */
export class WellFlow {
  private readonly flow: LocalFlow;
  private readonly quartic: Float64Array;

  constructor(private readonly circuit: RealCircuit) {
    this.flow = new LocalFlow(circuit.layout.nodes);
    this.quartic = new Float64Array(circuit.layout.nodes);
  }

  prepare(tau: number, knobs: Knobs): void {
    const { circuit, quartic } = this;
    for (let i = 0; i < quartic.length; i++) {
      quartic[i] = circuit.nodes.mobility[i]! * circuit.quartic(i, knobs);
    }
    this.flow.prepare(tau, null, quartic, 0);
  }

  advance(x: Float64Array): void {
    this.flow.advance(x);
  }
}
