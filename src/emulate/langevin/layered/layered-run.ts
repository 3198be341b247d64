import type { ResolvedProgram } from '../../../device/index.js';
import { bathsOf } from '../../baths.js';
import type { SimulationTask } from '../../simulation.js';
import { CircuitAccount } from '../circuit-account.js';
import { circuitThermodynamics, drawsEquilibrium } from '../circuit-thermodynamics.js';
import { divergedError, tooStiffError } from '../divergence.js';
import { EquilibriumSampler } from '../equilibrium.js';
import type { ReadoutChain } from '../imperfect/readout-chain.js';
import { InitialStates } from '../initial-state.js';
import { isLinear, STIFFEST_EXPLICIT_STEP, type IntegratorName } from '../integrators.js';
import { energyFromScratch, Potential } from '../potential.js';
import {
  between,
  KNOB,
  knobVaries,
  makeProtocol,
  mostOf,
  type Knobs,
  type Protocol,
  type Segment,
} from '../protocol.js';
import type { ShotRun } from '../run-shots.js';
import { SignOverlaps } from '../sign-overlaps.js';
import { defaultStep } from '../step-length.js';
import { LayeredCircuit } from './layered-circuit.js';
import { layersOf, type Layers } from './layers-of.js';

/** Name of the algorithm: each coupling between layers is read once a step, for both directions. */
export const LAYERED = 'layered';
/** Fewer coupled pairs than this are left to the algorithms that move many shots at once. */
const LEAST_PAIRS = 2048;
/** Weights that are kept for a coupled pair, zeros included, before sparse couplings are faster. */
const MOST_WEIGHTS_A_PAIR = 16;
const SCHEMES: readonly string[] = ['euler-maruyama', 'leimkuhler-matthews'];

/**
 * Whether a program can be run in layers: sites in layers, an explicit scheme with one force a step, one bath, a coupling factor and
 * a temperature that stay.
 * @param asked whether it has been asked for: then small circuits are taken, too
 * @returns null where it cannot
 */
export function layersFor(program: ResolvedProgram, asked: boolean): Layers | null {
  const { dynamics, controls } = program;
  if (!SCHEMES.includes(dynamics.integrator ?? 'auto')) return null;
  if (bathsOf(program).siteBath !== null) return null;
  const ends = Float64Array.of(0, program.duration);
  const protocol = makeProtocol(program, ends, Infinity);
  if (controls.coupling !== undefined && knobVaries(protocol, KNOB.coupling)) return null;
  if (controls.temperature !== undefined && knobVaries(protocol, KNOB.temperature)) return null;
  const layers = layersOf(new Potential(program).coupling);
  if (layers === null || asked) return layers;
  const { sizes, pairs } = layers;
  let weights = 0;
  for (let l = 0; l + 1 < sizes.length; l++) weights += sizes[l]! * sizes[l + 1]!;
  return pairs >= LEAST_PAIRS && weights <= MOST_WEIGHTS_A_PAIR * pairs ? layers : null;
}

/** The shots of a block, one after the other, with the sites of a layer side by side. */
export class LayeredRun implements ShotRun {
  readonly protocol: Protocol;
  readonly account: CircuitAccount;
  readonly overlaps: SignOverlaps;
  readonly entropyDefined: boolean;
  private readonly program: ResolvedProgram;
  private readonly potential: Potential;
  private readonly states: InitialStates;
  private readonly circuit: LayeredCircuit;
  private readonly integrator: IntegratorName;
  /** The free sites. */
  private readonly z: Float64Array;
  private readonly middle: Knobs;
  private readonly left: Knobs;
  private readonly right: Knobs;
  private readonly dt: number;
  private readonly burnIn: number;

  constructor(
    { program, times, engine }: SimulationTask,
    layers: Layers,
    private readonly chain: ReadoutChain | null,
  ) {
    this.program = program;
    const potential = new Potential(program);
    this.potential = potential;
    this.integrator = program.dynamics.integrator as IntegratorName;
    this.circuit = new LayeredCircuit(
      engine,
      potential,
      program.couplings,
      layers,
      this.integrator === 'leimkuhler-matthews',
      STIFFEST_EXPLICIT_STEP,
    );
    const coarse = makeProtocol(program, times, Infinity);
    const well = potential.quadratic.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    const stiffness =
      2 * (well + Math.abs(coarse.before[KNOB.quadratic]!)) +
      mostOf(coarse, KNOB.coupling) * potential.coupling.largestRowSum();
    this.dt = program.dynamics.dt ?? defaultStep(this.integrator, stiffness, false, false);
    this.protocol = makeProtocol(program, times, this.dt);
    const knobCount = coarse.before.length;
    this.account = new CircuitAccount(potential, null, [], knobCount);
    const exact = drawsEquilibrium(program);
    this.states = new InitialStates(
      program,
      potential,
      exact ? new EquilibriumSampler(potential, coarse.before) : null,
    );
    this.burnIn = exact ? 0 : (program.dynamics.burnIn ?? 0);
    this.overlaps = new SignOverlaps(program.references);
    this.entropyDefined = circuitThermodynamics(program).noEntropy === null;
    this.z = new Float64Array(potential.sites);
    this.middle = new Float64Array(knobCount);
    this.left = new Float64Array(knobCount);
    this.right = new Float64Array(knobCount);
  }

  /** Places the state of a shot at t = 0⁻ and opens the ledger. */
  begin(shot: number): void {
    const { program, z, circuit, burnIn } = this;
    this.states.place(shot, z);
    circuit.put(z);
    if (burnIn > 0) {
      const steps = Math.max(1, Math.ceil(burnIn / Math.min(this.dt, burnIn) - 1e-9));
      circuit.begin(program.seed, 'burnIn', shot, true);
      circuit.prepare(burnIn / steps, this.protocol.before);
      this.run(steps, { shot, t0: -burnIn, dt: burnIn / steps }, () => undefined);
    }
    circuit.begin(program.seed, 'dynamics', shot, burnIn === 0);
    circuit.take(z);
    this.account.begin(z);
    this.chain?.begin(program.seed, shot);
  }

  energyFromScratch(knobs: Knobs): number {
    return energyFromScratch(this.program, this.states.scatter(this.z), knobs);
  }

  readOut(): Float64Array {
    const x = this.states.scatter(this.z);
    return this.chain === null ? x : this.chain.convert(x);
  }

  /** Runs through a segment: knobs at each step's middle, work booked before and after, heat in between. */
  cross(segment: Segment, shot: number, progress: (fraction: number) => void): void {
    const { circuit, account, z, middle, left, right } = this;
    const { steps, dt, t0, start, end, constant } = segment;
    if (constant) {
      circuit.prepare(dt, start);
      this.run(steps, { shot, t0, dt }, (done) => {
        progress(done / steps);
      });
      circuit.take(z);
      account.move(z, start);
    } else {
      left.set(start);
      for (let s = 0; s < steps; s++) {
        between(start, end, (s + 0.5) / steps, middle);
        between(start, end, (s + 1) / steps, right);
        account.turn(left, middle);
        circuit.prepare(dt, middle);
        this.run(1, { shot, t0: t0 + s * dt, dt }, () => undefined);
        circuit.take(z);
        account.moveLocal(z, middle);
        account.turn(middle, right);
        left.set(right);
        if (s % circuit.stepsACall === 0) progress((s + 1) / steps);
      }
      account.settleCouplings(z, end);
    }
    if (!account.finite) this.fail({ shot, t: segment.t1, dt });
  }

  private run(
    steps: number,
    { shot, t0, dt }: { shot: number; t0: number; dt: number },
    progress: (done: number) => void,
  ): void {
    const { circuit } = this;
    for (let done = 0; done < steps; progress(done)) {
      const wanted = Math.min(steps - done, circuit.stepsACall);
      const ran = circuit.run(wanted);
      done += ran;
      if (ran < wanted) this.fail({ shot, t: t0 + done * dt, dt });
    }
  }

  private fail({ shot, t, dt }: { shot: number; t: number; dt: number }): never {
    const { circuit, potential, z } = this;
    circuit.take(z);
    const where = { shot, t, dt, integrator: this.integrator };
    const lost = z.findIndex((x) => !Number.isFinite(x));
    const stiff = circuit.stiffSite();
    if (lost < 0 && stiff >= 0) throw tooStiffError(where, potential.free[stiff]!, z[stiff]!);
    throw divergedError(where, potential.free[Math.max(0, lost)]!, isLinear(potential));
  }
}
