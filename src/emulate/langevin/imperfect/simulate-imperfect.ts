import { RandomStream } from '../../../core/index.js';
import type { ResolvedProgram } from '../../../device/index.js';
import type { Simulate, SimulationTask } from '../../simulation.js';
import { bathsOf } from '../../baths.js';
import { divergedError, tooStiffError } from '../divergence.js';
import { EquilibriumSampler } from '../equilibrium.js';
import { InitialStates } from '../initial-state.js';
import { energyFromScratch } from '../potential.js';
import {
  between,
  KNOB,
  knobVaries,
  makeProtocol,
  type Knobs,
  type Protocol,
  type Segment,
} from '../protocol.js';
import { runShots, type ShotRun } from '../run-shots.js';
import { SignOverlaps } from '../sign-overlaps.js';
import {
  chooseFlow,
  heatRate,
  imperfectStep,
  isLinearCircuit,
  stiffnessOf,
} from './choose-flow.js';
import { CircuitState } from './circuit-state.js';
import type { Flow, FlowName } from './flows.js';
import { ImperfectAccount } from './imperfect-account.js';
import {
  imperfectThermodynamics,
  startOnBoard,
  uniformTemperature,
} from './imperfect-thermodynamics.js';
import type { Imperfections } from './imperfections.js';
import { ReadoutChain } from './readout-chain.js';
import { RealCircuit } from './real-circuit.js';
import { StationaryStart } from './stationary-start.js';
import { temperatureDrift } from './temperature-drift.js';

const STEPS_A_REPORT = 1024;

/** Runs a block of shots on a board as it is (thermodynamic-circuits §5). */
export function simulateImperfect(
  task: SimulationTask,
  sink: Parameters<Simulate>[1],
  imperfections: Imperfections,
): void {
  runShots(task, sink, new ImperfectRun(task.program, task.times, imperfections));
}

/** Everything that the shots of a block share. */
class ImperfectRun implements ShotRun {
  readonly protocol: Protocol;
  readonly account: ImperfectAccount;
  readonly overlaps: SignOverlaps;
  readonly entropyDefined: boolean;
  private readonly circuit: RealCircuit;
  private readonly state: CircuitState;
  private readonly flow: Flow;
  private readonly states: InitialStates;
  private readonly chain: ReadoutChain;
  private readonly start: ReturnType<typeof startOnBoard>;
  private readonly stationary: StationaryStart | null;
  private readonly middle: Knobs;
  private readonly left: Knobs;
  private readonly right: Knobs;
  private readonly dt: number;
  private readonly burnIn: number;
  private readonly shown: Float64Array;
  private stream = RandomStream.of(0);

  constructor(
    private readonly program: ResolvedProgram,
    times: Float64Array,
    private readonly imperfections: Imperfections,
  ) {
    const circuit = new RealCircuit(program, imperfections);
    this.circuit = circuit;
    this.state = new CircuitState(circuit);
    const { baths, siteBath } = bathsOf(program);
    const coarse = makeProtocol(program, times, Infinity);
    const named = program.dynamics.integrator ?? 'auto';
    this.flow = chooseFlow(
      circuit,
      this.state,
      coarse,
      named === 'auto' ? null : (named as FlowName),
    );
    const still = coarse.before.every((_, k) => !knobVaries(coarse, k));
    // One temperature and an energy: then heat is −ΔV whatever the step.
    const resolved =
      !circuit.conservative ||
      imperfections.flickerCorner > 0 ||
      Number.isNaN(uniformTemperature(circuit, coarse.before));
    const stiffness = stiffnessOf(circuit, coarse);
    const rate = resolved ? heatRate(this.flow, circuit, stiffness) : stiffness;
    const longest = imperfectStep(this.flow, rate, {
      resolved,
      still: still && imperfections.rail === 0,
    });
    this.dt = program.dynamics.dt ?? longest;
    this.protocol = makeProtocol(program, times, this.dt);
    this.account = new ImperfectAccount(
      circuit,
      this.state,
      siteBath === null ? null : Int32Array.from(circuit.potential.free, (i) => siteBath[i]!),
      baths.length,
      this.flow.holdsFlicker,
    );
    this.start = startOnBoard(program, circuit);
    const wanted = program.initial.kind === 'equilibrium';
    this.stationary =
      wanted && this.start.kind === 'stationary'
        ? new StationaryStart(circuit, coarse.before)
        : null;
    this.states = new InitialStates(
      circuit.real,
      circuit.potential,
      wanted && this.start.kind === 'gibbs' ? this.gibbs(coarse.before) : null,
    );
    this.burnIn = wanted && this.start.kind !== 'burn-in' ? 0 : (program.dynamics.burnIn ?? 0);
    this.overlaps = new SignOverlaps(program.references);
    this.entropyDefined = imperfectThermodynamics(program, imperfections).noEntropy === null;
    this.chain = new ReadoutChain(program.sites, imperfections);
    this.shown = new Float64Array(program.sites);
    const knobCount = coarse.before.length;
    this.middle = new Float64Array(knobCount);
    this.left = new Float64Array(knobCount);
    this.right = new Float64Array(knobCount);
  }

  /** Draws exp(−V/T) at the nodes' one effective temperature, which may be another one in every shot. */
  private gibbs(before: Knobs): Pick<EquilibriumSampler, 'draw'> {
    const { circuit, imperfections } = this;
    const knobs = before.slice();
    let sampler: EquilibriumSampler | null = null;
    return {
      draw: (stream, z) => {
        if (sampler === null || imperfections.driftK > 0) {
          knobs[KNOB.temperature] = uniformTemperature(circuit, before);
          sampler = new EquilibriumSampler(
            circuit.potential,
            knobs,
            imperfections.rail || Infinity,
          );
        }
        sampler.draw(stream, z);
      },
    };
  }

  /** Places the state of a shot at t = 0⁻, lets everything settle, and opens the ledger. */
  begin(shot: number): void {
    const { program, circuit, state, protocol, imperfections, burnIn } = this;
    const { before } = protocol;
    if (imperfections.driftK > 0) this.drift(shot);
    this.states.place(shot, state.x);
    circuit.hold(this.states.state);
    this.clip();
    this.stream = RandomStream.of(program.seed, burnIn > 0 ? 'burnIn' : 'dynamics', shot);
    if (this.stationary === null) state.settle(before, this.stream);
    else this.stationary.draw(RandomStream.of(program.seed, 'initial', shot), state);
    if (burnIn > 0) {
      const dt = Math.min(this.dt, burnIn);
      const steps = Math.max(1, Math.ceil(burnIn / dt - 1e-9));
      this.flow.prepare(burnIn / steps, before);
      for (let s = 0; s < steps; s++) {
        this.step(shot, -burnIn * (1 - s / steps), burnIn / steps);
        circuit.receive(state.x);
      }
      this.stream = RandomStream.of(program.seed, 'dynamics', shot);
    }
    this.chain.begin(program.seed, shot);
    this.account.begin();
  }

  private drift(shot: number): void {
    const { program, imperfections } = this;
    const { driftK, driftTime } = imperfections;
    this.circuit.warm(temperatureDrift(program.seed, shot, driftK, program.duration / driftTime));
    this.flow.reset();
    this.stationary?.reset();
  }

  energyFromScratch(knobs: Knobs): number {
    const { circuit } = this;
    if (!circuit.conservative) return NaN;
    return energyFromScratch(
      circuit.real,
      this.states.scatter(this.state.x),
      knobs,
      circuit.weights,
    );
  }

  /** All N sites as the readout shows them. */
  readOut(knobs: Knobs): Float64Array {
    const { circuit, state, shown } = this;
    const { free } = circuit.potential;
    const seen = state.r ?? state.x;
    shown.set(this.states.scatter(seen));
    if (this.imperfections.readsVoltage) {
      // V = C⁻¹ q: the linear part of −∂V/∂x of what the low-pass shows, in V₀.
      circuit.receive(seen);
      const c = knobs[KNOB.coupling]!;
      for (let k = 0; k < free.length; k++) {
        shown[free[k]!] = circuit.quadratic(k, knobs) * seen[k]! - 0.5 * c * circuit.received[k]!;
      }
      circuit.receive(state.x);
    }
    return this.chain.convert(shown);
  }

  /** Runs through a segment: knobs at each step's middle, work booked before and after, heat in between. */
  cross(segment: Segment, shot: number, progress: (fraction: number) => void): void {
    const { flow, account, middle, left, right } = this;
    const { steps, dt, t0, start, end, constant } = segment;
    if (constant) {
      flow.prepare(dt, start);
      account.prepare(start);
    } else left.set(start);
    for (let s = 0; s < steps; s++) {
      if (!constant) {
        between(start, end, (s + 0.5) / steps, middle);
        between(start, end, (s + 1) / steps, right);
        account.turn(left, middle);
        flow.prepare(dt, middle);
        account.prepare(middle);
      }
      const knobs = constant ? start : middle;
      account.depart(knobs);
      this.step(shot, t0 + s * dt, dt);
      account.arrive(knobs);
      if (!constant) {
        account.turn(middle, right);
        left.set(right);
      }
      if (s % STEPS_A_REPORT === STEPS_A_REPORT - 1) progress((s + 1) / steps);
    }
    if (!account.finite) this.fail(shot, segment.t1, dt);
  }

  private step(shot: number, t: number, dt: number): void {
    const { flow, state, circuit } = this;
    const stiff = flow.advance(this.stream);
    if (stiff >= 0) {
      if (!state.x.every(Number.isFinite)) this.fail(shot, t, dt);
      const where = { shot, t, dt, integrator: flow.name };
      throw tooStiffError(where, circuit.potential.free[stiff]!, state.x[stiff]!);
    }
    this.reflect();
  }

  /** Rails are walls: what went beyond them comes back by as much. */
  private reflect(): void {
    const { rail } = this.imperfections;
    if (rail === 0) return;
    const { x } = this.state;
    for (let i = 0; i < x.length; i++) {
      const beyond = Math.abs(x[i]!) - rail;
      if (beyond > 0) x[i] = Math.sign(x[i]!) * Math.max(0, rail - beyond);
    }
  }

  /** A start beyond the rails is a start at them. */
  private clip(): void {
    const { rail } = this.imperfections;
    if (rail === 0) return;
    const { x } = this.state;
    for (let i = 0; i < x.length; i++) x[i] = Math.max(-rail, Math.min(rail, x[i]!));
  }

  private fail(shot: number, t: number, dt: number): never {
    const at = this.state.x.findIndex((x) => !Number.isFinite(x));
    throw divergedError(
      { shot, t, dt, integrator: this.flow.name },
      this.circuit.potential.free[Math.max(0, at)]!,
      isLinearCircuit(this.circuit),
    );
  }
}
