import { RandomStream } from '../../../core/index.js';
import { COLUMNS } from '../../../kernels/index.js';
import { requireAlgorithm } from '../../require-algorithm.js';
import { RowsInOrder } from '../../rows-in-order.js';
import type { ResolvedProgram } from '../../../device/index.js';
import type { Simulate, SimulationTask } from '../../simulation.js';
import { bathsOf } from '../../baths.js';
import { divergedError, tooStiffError } from '../divergence.js';
import { EquilibriumSampler } from '../equilibrium.js';
import { InitialStates } from '../initial-state.js';
import { energyFromScratch, energyOf } from '../potential.js';
import {
  between,
  KNOB,
  knobVaries,
  makeProtocol,
  type Knobs,
  type Protocol,
  type Segment,
  sameKnobs,
} from '../protocol.js';
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
import { ColumnFlow } from './column-flow.js';
import { ColumnLedgers } from './column-ledgers.js';
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

/** Steps of a ramp between two reports of progress. */
const STEPS_A_REPORT = 16;

/** Runs a block of shots on a board as it is (thermodynamic-circuits §5), sixteen side by side. */
export function simulateImperfect(
  task: SimulationTask,
  sink: Parameters<Simulate>[1],
  imperfections: Imperfections,
): void {
  const { program, times, firstShot, shots } = task;
  const run = new BoardRun(task, imperfections);
  requireAlgorithm(
    task.algorithm,
    [run.algorithm],
    'leave it out: dynamics.integrator chooses the scheme',
  );
  sink.algorithm(run.algorithm);
  const rows = new RowsInOrder(
    sink,
    {
      steps: times.length,
      sites: program.sites,
      references: program.references.length,
      ising: false,
    },
    COLUMNS,
  );
  for (let done = 0; done < shots; done += rows.width) {
    const live = Math.min(rows.width, shots - done);
    run.group(firstShot + done, live, rows, (fraction) =>
      sink.progress((done + fraction * live) / shots),
    );
  }
}

/** What one shot of a group has to itself, beside its column. */
interface Lane {
  /** Of the board's temperature from its mean, kelvin. */
  deviation: number;
  /** What the clamped sites are held at. */
  readonly held: Float64Array;
  /** Energy of the couplings among clamped sites, over the coupling factor. */
  clampedTerm: number;
  readonly chain: ReadoutChain;
  /** Energy of the start. */
  before: number;
}

/** Everything that the shots of a block share. */
class BoardRun {
  readonly algorithm: string;
  private readonly program: ResolvedProgram;
  private readonly protocol: Protocol;
  private readonly ledgers: ColumnLedgers;
  private readonly overlaps: SignOverlaps;
  private readonly entropyDefined: boolean;
  private readonly circuit: RealCircuit;
  private readonly state: CircuitState;
  private readonly flow: Flow;
  private readonly columns: ColumnFlow;
  private readonly states: InitialStates;
  private readonly lanes: readonly Lane[];
  private readonly start: ReturnType<typeof startOnBoard>;
  private readonly stationary: StationaryStart | null;
  private readonly middle: Knobs;
  private readonly left: Knobs;
  private readonly dt: number;
  private readonly burnIn: number;
  private readonly shown: Float64Array;
  /** Column whose shot the circuit is that of; −1: none. */
  private selected = -1;
  private first = 0;
  private live = 0;

  constructor(
    { program, times, engine }: SimulationTask,
    private readonly imperfections: Imperfections,
  ) {
    this.program = program;
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
    const knobCount = coarse.before.length;
    const drifts = imperfections.driftK > 0;
    this.columns = new ColumnFlow(engine, circuit, this.state, this.flow, {
      select: (column) => this.select(column),
      each: drifts,
      differ: drifts || program.clamped.length > 0,
      knobs: knobCount,
      siteBath:
        siteBath === null ? null : Int32Array.from(circuit.potential.free, (i) => siteBath[i]!),
      baths: baths.length,
    });
    this.algorithm = this.columns.algorithm;
    this.ledgers = new ColumnLedgers(siteBath === null ? 0 : baths.length, circuit.conservative);
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
    this.lanes = Array.from({ length: COLUMNS }, () => ({
      deviation: 0,
      held: new Float64Array(program.clamped.length),
      clampedTerm: 0,
      chain: new ReadoutChain(program.sites, imperfections),
      before: 0,
    }));
    this.shown = new Float64Array(program.sites);
    this.middle = new Float64Array(knobCount);
    this.left = new Float64Array(knobCount);
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

  /** Runs shots `first` … `first` + live − 1. @param progress takes the fraction of it that is done */
  group(
    first: number,
    live: number,
    rows: RowsInOrder,
    progress: (fraction: number) => void,
  ): void {
    const { protocol, program } = this;
    this.first = first;
    this.live = live;
    this.begin();
    rows.begin(first);
    let knobs = protocol.segments[0]!.start;
    this.turn(protocol.before, knobs);
    this.read(0, knobs, rows);
    for (const segment of protocol.segments) {
      this.cross(segment, (fraction) =>
        progress((segment.t0 + fraction * (segment.t1 - segment.t0)) / program.duration),
      );
      this.turn(segment.end, segment.after);
      knobs = segment.after;
      if (segment.readout >= 0) this.read(segment.readout, knobs, rows);
    }
    rows.end(
      this.lanes.slice(0, live).map((lane, column) => {
        this.select(column);
        this.columns.lift(column);
        const change = this.energyFromScratch(knobs) - lane.before;
        return this.ledgers.close(column, change, this.entropyDefined);
      }),
    );
  }

  /** Places the states at t = 0⁻, lets everything settle, and opens the ledgers. */
  private begin(): void {
    const { program, circuit, columns, protocol, burnIn, lanes, first, live } = this;
    columns.begin(live);
    for (let column = 0; column < live; column++) {
      this.beginShot(column);
      columns.place(column);
    }
    const { before } = protocol;
    columns.placed();
    if (burnIn > 0) {
      columns.seed(program.seed, 'burnIn', first);
      columns.board.set({ account: false });
      const dt = Math.min(this.dt, burnIn);
      const steps = Math.max(1, Math.ceil(burnIn / dt - 1e-9));
      columns.prepare(burnIn / steps, before);
      this.steps(0, steps, -burnIn, burnIn / steps);
    }
    columns.seed(program.seed, 'dynamics', first);
    columns.board.set({ account: true });
    columns.board.totals.fill(0);
    this.ledgers.begin();
    for (let column = 0; column < live; column++) {
      this.select(column);
      columns.lift(column);
      lanes[column]!.before = circuit.conservative ? this.energyFromScratch(before) : NaN;
    }
  }

  private beginShot(column: number): void {
    const { program, circuit, state, states, protocol, imperfections, burnIn, lanes } = this;
    const shot = this.first + column;
    const lane = lanes[column]!;
    if (imperfections.driftK > 0) {
      const { driftK, driftTime } = imperfections;
      lane.deviation = temperatureDrift(program.seed, shot, driftK, program.duration / driftTime);
      circuit.warm(lane.deviation);
      this.stationary?.reset();
    }
    states.place(shot, state.x);
    circuit.hold(states.state);
    program.clamped.forEach((site, k) => (lane.held[k] = states.state[site]!));
    this.selected = column;
    this.clip();
    const stream = RandomStream.of(program.seed, burnIn > 0 ? 'burnIn' : 'dynamics', shot);
    if (this.stationary === null) state.settle(protocol.before, stream);
    else this.stationary.draw(RandomStream.of(program.seed, 'initial', shot), state);
    lane.clampedTerm = this.couplingTermOfClamped();
    lane.chain.begin(program.seed, shot);
  }

  /** −½ xᵀJx of the clamped sites by themselves: what is left of the couplings' term where all others are at 0. */
  private couplingTermOfClamped(): number {
    const { circuit, program, state } = this;
    if (!circuit.conservative || program.clamped.length === 0) return 0;
    circuit.receive(this.shown.subarray(0, state.x.length).fill(0));
    return circuit.terms[KNOB.coupling]!;
  }

  /** Turns the circuit into that of a column's shot. */
  private select(column: number): void {
    if (column === this.selected) return;
    this.selected = column;
    const { circuit, lanes, imperfections, program, states } = this;
    const lane = lanes[column]!;
    const drifts = imperfections.driftK > 0;
    if (drifts) circuit.warm(lane.deviation);
    if (program.clamped.length === 0) return;
    program.clamped.forEach((site, k) => (states.state[site] = lane.held[k]!));
    circuit.potential.setClamped(lane.held);
    circuit.hold(states.state);
  }

  /** Terms of the energy of the selected column's lifted state. */
  private takeTerms(): Float64Array {
    const { circuit, state, lanes, selected } = this;
    const { terms, received, potential } = circuit;
    const { x } = state;
    potential.localTerms(x, terms);
    let energy = lanes[selected]!.clampedTerm;
    for (let i = 0; i < x.length; i++) {
      energy -= 0.5 * x[i]! * (received[i]! + potential.clampedField[i]!);
    }
    terms[KNOB.coupling] = energy;
    return terms;
  }

  /** The knobs move at the states as they are. */
  private turn(from: Knobs, to: Knobs): void {
    const { circuit, columns, ledgers, live } = this;
    if (!circuit.conservative || from === to || sameKnobs(from, to)) return;
    for (let column = 0; column < live; column++) {
      this.select(column);
      columns.lift(column);
      ledgers.turn(column, this.takeTerms(), from, to);
    }
  }

  private energyFromScratch(knobs: Knobs): number {
    const { circuit } = this;
    if (!circuit.conservative) return NaN;
    return energyFromScratch(
      circuit.real,
      this.states.scatter(this.state.x),
      knobs,
      circuit.weights,
    );
  }

  private read(step: number, knobs: Knobs, rows: RowsInOrder): void {
    const { circuit, columns, ledgers, overlaps, live, lanes } = this;
    for (let column = 0; column < live; column++) {
      this.select(column);
      columns.lift(column);
      const energy = circuit.conservative ? energyOf(this.takeTerms(), knobs) : NaN;
      const state = lanes[column]!.chain.convert(this.seen(knobs));
      const numbers = { energy, work: ledgers.work(column), heat: ledgers.heat(column) };
      rows.add(column, step, numbers, overlaps.read(state), state);
    }
  }

  /** All N sites of the lifted state as the low-pass shows them. */
  private seen(knobs: Knobs): Float64Array {
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
    }
    return shown;
  }

  /** Runs through a segment: knobs at each step's middle, work booked in between, heat by the steps. */
  private cross(segment: Segment, progress: (fraction: number) => void): void {
    const { columns, middle, left } = this;
    const { steps, dt, t0, start, end, constant } = segment;
    if (constant) {
      columns.prepare(dt, start);
      this.steps(0, steps, t0, dt, progress);
    } else {
      left.set(start);
      for (let s = 0; s < steps; s++) {
        between(start, end, 2 * s + 1, steps, middle);
        this.turn(left, middle);
        columns.prepare(dt, middle);
        this.steps(s, 1, t0, dt);
        left.set(middle);
        if (s % STEPS_A_REPORT === STEPS_A_REPORT - 1) progress((s + 1) / steps);
      }
      this.turn(left, end);
    }
    this.requireFinite(segment.t1, dt);
  }

  /** Steps as prepared, from step `first` on, which are of length dt and began at t0. */
  private steps(
    first: number,
    count: number,
    t0: number,
    dt: number,
    progress?: (fraction: number) => void,
  ): void {
    const { columns, ledgers } = this;
    for (let done = 0; done < count;) {
      const { steps, stiff } = columns.advance(count - done);
      if (stiff >= 0) this.refuseStiff(stiff, t0 + (first + done) * dt, dt);
      done += steps;
      ledgers.drain(columns.board.totals);
      progress?.(done / count);
    }
  }

  private refuseStiff(place: number, t: number, dt: number): never {
    const { flow, first, columns, circuit } = this;
    this.requireFinite(t, dt);
    const where = { shot: first + (place % COLUMNS), t, dt, integrator: flow.name };
    throw tooStiffError(
      where,
      circuit.potential.free[Math.floor(place / COLUMNS)]!,
      columns.board.z[place]!,
    );
  }

  private requireFinite(t: number, dt: number): void {
    const { first, live, flow, circuit } = this;
    const { z, shape } = this.columns.board;
    for (let column = 0; column < live; column++) {
      for (let i = 0; i < shape.nodes; i++) {
        if (Number.isFinite(z[i * COLUMNS + column]!)) continue;
        throw divergedError(
          { shot: first + column, t, dt, integrator: flow.name },
          circuit.potential.free[i]!,
          isLinearCircuit(circuit),
        );
      }
    }
  }

  /** A start beyond the rails is a start at them. */
  private clip(): void {
    const { rail } = this.imperfections;
    if (rail === 0) return;
    const { x } = this.state;
    for (let i = 0; i < x.length; i++) x[i] = Math.max(-rail, Math.min(rail, x[i]!));
  }
}
