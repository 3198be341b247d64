import type { ResolvedProgram } from '../../../device/index.js';
import { bathsOf } from '../../baths.js';
import { CircuitAccount } from '../circuit-account.js';
import type { CircuitPlan } from '../circuit-plan.js';
import { divergedError, tooStiffError } from '../divergence.js';
import type { ReadoutChain } from '../imperfect/readout-chain.js';
import { isLinear, type IntegratorName } from '../integrators.js';
import { energyFromScratch, Potential } from '../potential.js';
import {
  KNOB,
  knobVaries,
  makeProtocol,
  type Knobs,
  type Protocol,
  type Segment,
} from '../protocol.js';
import { Ramp } from '../ramp.js';
import type { ShotRun } from '../run-shots.js';
import { SignOverlaps } from '../sign-overlaps.js';
import type { Engine } from '../../../kernels/index.js';
import { LayeredCircuit } from './layered-circuit.js';
import { layersOf, type Layers } from './layers-of.js';

/** Name of the algorithm: each coupling between layers is read once a step, for both directions. */
export const layeredName = (integrator: IntegratorName): string =>
  `${integrator}, layered, shot by shot, float32`;

/** Fewer coupled pairs than this are left to the algorithms that move many shots at once. */
const LEAST_PAIRS = 2048;
/** Weights that are kept for a coupled pair, zeros included, before sparse couplings are faster. */
const MOST_WEIGHTS_A_PAIR = 16;
const SCHEMES: readonly IntegratorName[] = ['euler-maruyama', 'leimkuhler-matthews'];

/**
 * The layers of a program that is to be run in layers: sites are in layers, the scheme is explicit with one force a step, there is one
 * bath, the coupling factor and the temperature stay.
 * @param algorithm that has been asked for: small circuits are taken, too, where it is this one; null: none
 * @returns null where it cannot be, or another algorithm is better or asked for
 */
export function layersFor(program: ResolvedProgram, algorithm: string | null): Layers | null {
  const scheme = SCHEMES.find((name) => name === program.dynamics.integrator);
  if (scheme === undefined || (algorithm !== null && algorithm !== layeredName(scheme)))
    return null;
  if (bathsOf(program).siteBath !== null) return null;
  const protocol = makeProtocol(program, Float64Array.of(0, program.duration), Infinity);
  if (knobVaries(protocol, KNOB.coupling) || knobVaries(protocol, KNOB.temperature)) return null;
  const layers = layersOf(new Potential(program).coupling);
  if (layers === null || algorithm !== null) return layers;
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
  private readonly circuit: LayeredCircuit;
  /** The free sites. */
  private readonly z: Float64Array;
  private readonly ramp: Ramp;

  constructor(
    engine: Engine,
    private readonly plan: CircuitPlan,
    layers: Layers,
    private readonly chain: ReadoutChain | null,
  ) {
    const { potential, integrator, setting, program, before } = plan;
    this.circuit = new LayeredCircuit(
      engine,
      potential,
      program.couplings,
      layers,
      integrator.name === 'leimkuhler-matthews',
      setting.stiffestStep,
    );
    this.protocol = plan.protocol;
    this.account = new CircuitAccount(potential, null, [], before.length);
    this.overlaps = new SignOverlaps(program.references);
    this.entropyDefined = plan.entropyDefined;
    this.z = new Float64Array(potential.sites);
    this.ramp = new Ramp(before.length);
  }

  /** Places the state of a shot at t = 0⁻ and opens the ledger. */
  begin(shot: number): void {
    const { z, circuit } = this;
    const { program, states, burnIn, before, dt } = this.plan;
    states.place(shot, z);
    circuit.put(z);
    if (burnIn > 0) {
      const steps = Math.max(1, Math.ceil(burnIn / Math.min(dt, burnIn) - 1e-9));
      circuit.begin(program.seed, 'burnIn', shot, true);
      circuit.prepare(burnIn / steps, before);
      this.run(steps, { shot, t0: -burnIn, dt: burnIn / steps }, () => undefined);
    }
    circuit.begin(program.seed, 'dynamics', shot, burnIn === 0);
    circuit.take(z);
    this.account.begin(z);
    this.chain?.begin(program.seed, shot);
  }

  energyFromScratch(knobs: Knobs): number {
    return energyFromScratch(this.plan.program, this.plan.states.scatter(this.z), knobs);
  }

  readOut(): Float64Array {
    const x = this.plan.states.scatter(this.z);
    return this.chain === null ? x : this.chain.convert(x);
  }

  /** Runs through a segment: knobs at each step's middle, work booked before and after, heat in between. */
  cross(segment: Segment, shot: number, progress: (fraction: number) => void): void {
    const { circuit, account, z } = this;
    const { steps, dt, t0, start, end, constant } = segment;
    if (constant) {
      circuit.prepare(dt, start);
      this.run(steps, { shot, t0, dt }, (done) => {
        progress(done / steps);
      });
      circuit.take(z);
      account.move(z, start);
    } else {
      this.ramp.run(segment, account, (s, knobs) => {
        circuit.prepare(dt, knobs);
        this.run(1, { shot, t0: t0 + s * dt, dt }, () => undefined);
        circuit.take(z);
        account.moveLocal(z, knobs);
        if (s % circuit.stepsACall === 0) progress((s + 1) / steps);
      });
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
    const { circuit, z } = this;
    const { potential, integrator } = this.plan;
    circuit.take(z);
    const where = { shot, t, dt, integrator: integrator.name };
    const lost = z.findIndex((x) => !Number.isFinite(x));
    const stiff = circuit.stiffSite();
    if (lost < 0 && stiff >= 0) throw tooStiffError(where, potential.free[stiff]!, z[stiff]!);
    throw divergedError(where, potential.free[Math.max(0, lost)]!, isLinear(potential));
  }
}
