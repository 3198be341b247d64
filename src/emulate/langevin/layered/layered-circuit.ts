import {
  fillNormal,
  LANE_STATE,
  LayeredNetwork,
  layeredSteps,
  LayerPlaces,
  seedLanes,
  type ArenaArray,
  type Engine,
} from '../../../kernels/index.js';
import type { ResolvedProgram } from '../../../device/index.js';
import type { CouplingMatrix } from '../coupling-matrix.js';
import type { Potential } from '../potential.js';
import { KNOB, type Knobs } from '../protocol.js';
import type { Layers } from './layers-of.js';

/** Number of the arena's derived arrays that hold weights in tiles. */
const WEIGHT_TILES = 501;
/** Steps of couplings that are looked for, 2⁻ᵏ: those of DACs over −8 … 8. */
const STEP_BITS = [4, 8, 12];
const MOST_OF_16_BITS = 0x7fff;
/** Weights times steps of one call of the kernel: about 5 ms. */
const WEIGHTS_A_CALL = 5e7;

/** The free sites of a circuit in layers, with the explicit scheme that moves them. */
export class LayeredCircuit {
  private readonly network: LayeredNetwork;
  private readonly lanes: Uint32Array;
  private readonly constant: Float64Array;
  private readonly h = { step: NaN, coupling: 1 };

  /**
   * @param paired Leimkuhler–Matthews; else Euler–Maruyama
   * @param stiffest steps end where 4 r x² dt is above this
   */
  constructor(
    private readonly engine: Engine,
    private readonly potential: Potential,
    couplings: ResolvedProgram['couplings'],
    layers: Layers,
    private readonly paired: boolean,
    private readonly stiffest: number,
  ) {
    const step = engine.kind === 'native' ? commonStep(potential.coupling) : null;
    const places = new LayerPlaces(layers.sizes, engine.kind, step !== null);
    const weights = sharedWeights(engine, couplings, potential, places, step ?? 1);
    this.network = new LayeredNetwork(engine.scratch, places, weights, step ?? 1);
    this.lanes = engine.scratch.uint32(LANE_STATE);
    this.constant = new Float64Array(potential.sites);
  }

  /** Starts a shot, or its burn-in: 16 streams of its own. @param earlier whether there is no noise of a step before */
  begin(seed: number, purpose: 'dynamics' | 'burnIn', shot: number, earlier: boolean): void {
    seedLanes(this.lanes, seed, purpose, shot);
    if (this.paired && earlier) fillNormal(this.engine, this.lanes, this.network.earlier);
  }

  /** Sets the step's length and knobs. */
  prepare(step: number, knobs: Knobs): void {
    const { potential, network, constant, h } = this;
    const { field, twiceQuadratic, fourQuartic, amplitude } = network;
    const { unitOf } = network.places;
    h.step = step;
    h.coupling = knobs[KNOB.coupling]!;
    const strength = Math.sqrt(2 * knobs[KNOB.temperature]! * step);
    potential.constantForce(knobs, constant);
    for (let i = 0; i < unitOf.length; i++) {
      const unit = unitOf[i]!;
      field[unit] = constant[i]!;
      twiceQuadratic[unit] = 2 * (potential.quadratic[i]! + knobs[KNOB.quadratic]!);
      fourQuartic[unit] = 4 * (potential.quartic[i]! + knobs[KNOB.quartic]!);
      amplitude[unit] = strength;
    }
  }

  /** Takes a state, at the precision of the network. */
  put(z: Float64Array): void {
    const { x, places } = this.network;
    for (let i = 0; i < z.length; i++) x[places.unitOf[i]!] = z[i]!;
  }

  /** Gives the state. */
  take(z: Float64Array): void {
    const { x, places } = this.network;
    for (let i = 0; i < z.length; i++) z[i] = x[places.unitOf[i]!]!;
  }

  /** Steps that one call should take at most: so that a run can be stopped and tells how far it is. */
  get stepsACall(): number {
    return Math.max(1, Math.floor(WEIGHTS_A_CALL / this.network.places.weights));
  }

  /** @returns steps done: fewer than asked for where a site has become too stiff for the next one, or is no number */
  run(steps: number): number {
    if (this.stiffSite() >= 0) return 0;
    const { engine, network, lanes, paired, stiffest, h } = this;
    return layeredSteps(engine, network, lanes, steps, {
      dt: h.step,
      coupling: h.coupling,
      stiffest,
      paired,
    });
  }

  /** The free site whose quartic force is too stiff for a step, or that is no number; −1: none. */
  stiffSite(): number {
    const { x, fourQuartic, places } = this.network;
    for (let i = 0; i < places.unitOf.length; i++) {
      const unit = places.unitOf[i]!;
      if (!(fourQuartic[unit]! * x[unit]! * x[unit]! * this.h.step <= this.stiffest)) return i;
    }
    return -1;
  }
}

/** Largest power of two that all couplings are multiples of by whole numbers of 16 bits, as a DAC sets them; null: none. */
function commonStep(coupling: CouplingMatrix): number | null {
  for (const bits of STEP_BITS) {
    const step = 2 ** -bits;
    let fits = true;
    for (let i = 0; fits && i < coupling.sites; i++) {
      coupling.row(i, (_, J) => {
        if (!Number.isInteger(J / step) || Math.abs(J / step) > MOST_OF_16_BITS) fits = false;
      });
    }
    if (fits) return step;
  }
  return null;
}

/** Weights between the layers of the free sites, in units of a step, once for all threads of a run. */
function sharedWeights(
  { arena }: Engine,
  couplings: ResolvedProgram['couplings'],
  { coupling }: Potential,
  places: LayerPlaces,
  step: number,
): Float32Array | Int16Array {
  const at = arena.derived(arrayOf(couplings), WEIGHT_TILES, () => {
    const weights = places.halves ? arena.int16(places.weights) : arena.float32(places.weights);
    let low = 0;
    places.sizes.forEach((size, l) => {
      const high = low + size;
      for (let j = low; l + 1 < places.sizes.length && j < high; j++) {
        coupling.row(j, (i, J) => {
          if (i >= high) weights[places.weightAt(l, i - high, j - low)]! += J / step;
        });
      }
      low = high;
    });
    return weights.byteOffset;
  });
  return places.halves
    ? new Int16Array(arena.buffer, at, places.weights)
    : new Float32Array(arena.buffer, at, places.weights);
}

/** The array of a program's couplings, which lies in the run's arena. */
function arrayOf(couplings: ResolvedProgram['couplings']): ArenaArray {
  if (couplings.kind === 'dense') return couplings.data as Float64Array<SharedArrayBuffer>;
  if (couplings.kind === 'coo') return couplings.entries as Float64Array<SharedArrayBuffer>;
  throw new Error(`no circuit for couplings of kind ${couplings.kind}`);
}
