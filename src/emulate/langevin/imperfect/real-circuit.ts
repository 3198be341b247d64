import type { ResolvedProgram } from '../../../device/index.js';
import { bathsOf } from '../../baths.js';
import type { CouplingMatrix } from '../coupling-matrix.js';
import { Potential } from '../potential.js';
import { KNOB, type Knobs } from '../protocol.js';
import { boardOf, type Board } from './board.js';
import type { Imperfections } from './imperfections.js';
import { layoutOf, type Layout } from './layout.js';
import { Nodes, siteWeights } from './nodes.js';

/**
 * A program on a board: the forces on the free nodes, and the energy function where there is one. Shared by the flows,
 * the account and the starting states.
 */
export class RealCircuit {
  readonly board: Board;
  readonly nodes: Nodes;
  readonly layout: Layout;
  /** The program with the parts as they are: wells of the present temperature, couplings (symmetric part), offsets. */
  readonly real: ResolvedProgram;
  readonly potential: Potential;
  /** Whether the coupling forces are those of an energy: alike in both directions, at once, and not limited. */
  readonly conservative: boolean;
  /** Field that the free nodes receive, before the coupling factor; of the last {@link receive}. */
  readonly received: Float64Array;
  /** Temperature of each free node in the program; null: that of the knobs. */
  readonly temperatures: Float64Array | null;
  readonly terms: Float64Array;
  /** What quadratic controls are multiplied by, one a site; as of the present temperature. */
  readonly weights: Float64Array;
  private readonly among: CouplingMatrix;
  private readonly held: Float64Array;
  private readonly limited: Float64Array;
  private readonly meanWeights: Float64Array;

  constructor(
    program: ResolvedProgram,
    readonly imperfections: Imperfections,
  ) {
    const board = boardOf(program, imperfections);
    this.board = board;
    this.meanWeights = siteWeights(board, imperfections);
    this.weights = this.meanWeights.slice();
    const { quartic } = program.wells!;
    this.real = {
      ...program,
      couplings: board.couplings,
      fields: program.fields.map((h, i) => h + board.offset[i]!),
      wells: { quadratic: board.quadratic.map((q, i) => q * this.weights[i]!), quartic },
    };
    this.potential = new Potential(this.real, this.weights);
    const { free } = this.potential;
    this.nodes = new Nodes(board, imperfections, free);
    this.layout = layoutOf(free.length, imperfections);
    this.conservative =
      board.reciprocal && imperfections.couplingPole === 0 && imperfections.otaRange === 0;
    this.among = board.matrix.among(free);
    this.received = this.conservative ? this.potential.received : new Float64Array(free.length);
    this.held = new Float64Array(free.length);
    this.limited = new Float64Array(free.length);
    const { siteTemperature } = bathsOf(program);
    this.temperatures =
      siteTemperature === null ? null : Float64Array.from(free, (i) => siteTemperature[i]!);
    this.terms = new Float64Array(KNOB.drives + program.drives.length);
  }

  /** The board at another temperature: what changes with it is computed anew. */
  warm(deviation: number): void {
    const { nodes, weights, meanWeights, board, real, potential, imperfections } = this;
    nodes.warm(deviation);
    const { resistanceTempco, capacitanceTempco, wells } = imperfections;
    const factor =
      wells === 'conductance'
        ? 1 / Math.max(0.01, 1 + resistanceTempco * deviation)
        : 1 / Math.max(0.01, 1 + capacitanceTempco * deviation);
    for (let i = 0; i < weights.length; i++) {
      weights[i] = meanWeights[i]! * factor;
      real.wells!.quadratic[i] = board.quadratic[i]! * weights[i]!;
    }
    potential.refresh();
  }

  /** Tells what the clamped sites are held at, after the potential has been told: with directed or limited couplings. */
  hold(state: Float64Array): void {
    if (this.conservative) return;
    const { held, board, potential } = this;
    const { free, clamped } = potential;
    held.fill(0);
    if (clamped.length === 0) return;
    const isClamped = new Uint8Array(state.length);
    for (const site of clamped) isClamped[site] = 1;
    for (let k = 0; k < free.length; k++) {
      board.matrix.row(free[k]!, (j, J) => {
        if (isClamped[j] === 1) held[k]! += J * this.limit(state[j]!);
      });
    }
  }

  private limit(x: number): number {
    const { otaRange } = this.imperfections;
    return otaRange === 0 ? x : otaRange * Math.tanh(x / otaRange);
  }

  /** Fills {@link received} (and the couplings' term of the energy where there is one). */
  receive(x: Float64Array): void {
    if (this.conservative) {
      this.potential.receive(x, this.terms);
      return;
    }
    const { received, held, limited, among } = this;
    if (this.imperfections.otaRange === 0) among.product(x, received);
    else {
      for (let i = 0; i < x.length; i++) limited[i] = this.limit(x[i]!);
      among.product(limited, received);
    }
    for (let i = 0; i < received.length; i++) received[i]! += held[i]!;
  }

  /** Field of clamped sites on free node i. */
  heldField(i: number): number {
    return this.conservative ? this.potential.clampedField[i]! : this.held[i]!;
  }

  /** Couplings among free nodes, row i receives. */
  get couplings(): CouplingMatrix {
    return this.among;
  }

  /** Fields, offsets and drives on the free nodes: everything that acts without a coupling. */
  sources(knobs: Knobs, out: Float64Array): void {
    const { fields, drives } = this.potential;
    out.set(fields);
    for (let d = 0; d < drives.length; d++) {
      const A = knobs[KNOB.drives + d]!;
      if (A === 0) continue;
      const pattern = drives[d]!;
      for (let i = 0; i < out.length; i++) out[i]! += A * pattern[i]!;
    }
  }

  /** q of free node i, the control's share included. */
  quadratic(i: number, knobs: Knobs): number {
    const { potential } = this;
    return potential.quadraticControlled
      ? potential.weightOf(i) * knobs[KNOB.quadratic]!
      : potential.quadratic[i]!;
  }

  quartic(i: number, knobs: Knobs): number {
    return this.potential.quartic[i]! + knobs[KNOB.quartic]!;
  }

  /** {@link quadratic}, {@link quartic} and {@link temperature} of all free nodes. */
  nodeKnobs(
    knobs: Knobs,
    quadratic: Float64Array,
    quartic: Float64Array,
    temperature: Float64Array,
  ): void {
    const { potential, nodes, temperatures } = this;
    const { leak, extra } = nodes;
    const r = knobs[KNOB.quartic]!;
    const coupling = Math.abs(knobs[KNOB.coupling]!);
    for (let i = 0; i < quadratic.length; i++) quartic[i] = potential.quartic[i]! + r;
    potential.wellsAt(knobs, quadratic);
    for (let i = 0; i < quadratic.length; i++) {
      const T = temperatures === null ? knobs[KNOB.temperature]! : temperatures[i]!;
      temperature[i] = leak[i]! * T + extra[i]! * coupling;
    }
  }

  /** Effective temperature of free node i: {@link Nodes}. */
  temperature(i: number, knobs: Knobs): number {
    const T = this.temperatures === null ? knobs[KNOB.temperature]! : this.temperatures[i]!;
    return this.nodes.leak[i]! * T + this.nodes.extra[i]! * Math.abs(knobs[KNOB.coupling]!);
  }
}
