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
export const MOST_CHANGING_STATES = 12;

export interface Step {
  readonly propagator: Float64Array;
  readonly response: Matrix;
  /** Lower triangle; zeros above. */
  readonly factor: Float64Array;
}
/** The steps of a circuit that have been worked out, by length and knobs. */
interface Steps {
  readonly fingerprint: Float64Array;
  readonly known: Map<string, Step>;
}
/** The last circuits of this thread: blocks of shots come one after the other and have the same one. */
const kept: Steps[] = [];
const KEPT = 2;
/** Numbers that the steps of a circuit may take up: 64 MiB. */
const MOST_NUMBERS = 8 * 2 ** 20;

/** Everything but the knobs that the matrices of a circuit depend on. */
function fingerprintOf(circuit: RealCircuit): Float64Array {
  const { nodes, layout, couplings, temperatures, potential } = circuit;
  const { quadraticControlled, quadratic } = potential;
  return Float64Array.from([
    layout.couplingPole,
    layout.readoutPole,
    layout.flickerVariance,
    ...layout.flickerRates,
    ...nodes.mobility,
    ...nodes.leak,
    ...nodes.extra,
    Number(quadraticControlled),
    ...(quadraticControlled ? nodes.weight : quadratic),
    Number(temperatures !== null),
    ...(temperatures ?? []),
    ...couplings.toDense(),
  ]);
}

function stepsOf(circuit: RealCircuit): Steps {
  const fingerprint = fingerprintOf(circuit);
  const found = kept.find(
    (steps) =>
      steps.fingerprint.length === fingerprint.length &&
      steps.fingerprint.every((v, k) => v === fingerprint[k]),
  );
  if (found !== undefined) return found;
  const steps = { fingerprint, known: new Map<string, Step>() };
  kept.unshift(steps);
  kept.length = Math.min(kept.length, KEPT);
  return steps;
}

function makeStep(circuit: RealCircuit, knobs: Knobs, h: number): Step {
  const { A, D } = extendedSystem(circuit, knobs);
  const { propagator, covariance, response } = generalOrnsteinUhlenbeck(A, D, h);
  const factor = Float64Array.from(covariance.to1DArray());
  choleskyInPlace(factor, A.rows);
  for (let i = 0; i < A.rows; i++) factor.fill(0, i * A.rows + i + 1, (i + 1) * A.rows);
  return { propagator: Float64Array.from(propagator.to1DArray()), response, factor };
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
  /** What sources and clamped sites add to the state in a step. */
  readonly pushed: Float64Array;
  private readonly noise: Float64Array;
  private readonly next: Float64Array;
  private readonly wells: WellFlow;
  /** The prepared step. */
  step: Step | null = null;
  private steps: Steps | null = null;
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
    this.steps = null;
  }

  prepare(h: number, knobs: Knobs): void {
    const { circuit, force, pushed, prepared } = this;
    const fresh = [h, knobs[KNOB.temperature]!, knobs[KNOB.coupling]!, knobs[KNOB.quadratic]!];
    if (this.step === null || fresh.some((v, k) => v !== prepared[k])) {
      this.step = this.stepAt(fresh, knobs);
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

  private stepAt(at: readonly number[], knobs: Knobs): Step {
    const { circuit } = this;
    this.steps ??= stepsOf(circuit);
    const { known } = this.steps;
    const key = at.join();
    let step = known.get(key);
    if (step === undefined) {
      step = makeStep(circuit, knobs, at[0]!);
      if ((known.size + 1) * 3 * circuit.layout.size ** 2 > MOST_NUMBERS) known.clear();
      known.set(key, step);
    }
    return step;
  }

  advance(stream: RandomStream): number {
    const { state, noise, next, pushed, wells, exact } = this;
    const { propagator, factor } = this.step!;
    const { z, x } = state;
    const size = z.length;
    if (!exact) wells.advance(x);
    stream.fillNormal(noise, size);
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
