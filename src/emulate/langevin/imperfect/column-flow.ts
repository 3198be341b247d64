import {
  BOARD_NUMBER,
  BOARD_ROW,
  BoardColumns,
  boardReceive,
  boardSteps,
  COLUMNS,
  fillNormal,
  LANE_STATE,
  seedShotLanes,
  type Engine,
} from '../../../kernels/index.js';
import type { StreamPurpose } from '../../../core/index.js';
import { isLinear, STIFFEST_EXPLICIT_STEP } from '../integrators.js';
import { KNOB, sameKnobs, type Knobs } from '../protocol.js';
import type { CircuitState } from './circuit-state.js';
import { DenseFlow } from './dense-flow.js';
import { EulerFlow } from './euler-flow.js';
import { HEUN_SIZE, HeunFlow } from './heun-flow.js';
import type { Flow } from './flows.js';
import type { RealCircuit } from './real-circuit.js';

/** Rows of noise that are drawn at once, at least those of one step. */
const NOISE_ROWS = 4096;
/** Steps of one call, at most: what a call takes stays below 20 ms wherever one step does. */
const MOST_STEPS = 64;

/** What steps are called in a result's provenance. */
const ALGORITHM = {
  heun: 'exponential Heun steps, 16 shots side by side',
  dense: 'exact linear steps, 16 shots side by side',
  euler: 'Euler–Maruyama steps, 16 shots side by side',
} as const;

/**
 * A flow of one circuit run for sixteen shots at once: what the flow prepares is copied into columns, one shot a column, and
 * compiled kernels take the steps.
 */
export class ColumnFlow {
  readonly board: BoardColumns;
  readonly algorithm: string;
  private readonly lanes: Uint32Array<SharedArrayBuffer>;
  /** Factors of the noises of `heun` at unit strength: [n][3][16]. */
  private readonly factors: Float64Array;
  private readonly sources: Float64Array;
  /** Of each node: wells and temperature as prepared, and what is being copied into columns. */
  private readonly quadratic: Float64Array;
  private readonly temperature: Float64Array;
  private readonly values: Float64Array;
  /** The noise of so many rows, by their number. */
  private readonly noises = new Map<number, Float32Array<SharedArrayBuffer>>();
  private readonly taken = { steps: 0, stiff: -1 };
  private readonly bent: boolean;
  private h = NaN;
  private prepared: Knobs;

  /**
   * @param shots.select turns the circuit into that of a column's shot: its temperature and what its clamped sites are held at
   * @param shots.each whether the board's temperature is another one in every shot
   * @param shots.siteBath the program's bath of each free node; null: one
   */
  constructor(
    private readonly engine: Engine,
    private readonly circuit: RealCircuit,
    private readonly state: CircuitState,
    private readonly flow: Flow,
    private readonly shots: {
      readonly select: (column: number) => void;
      readonly each: boolean;
      /** Whether shots differ in their temperature or in what their clamped sites are held at. */
      readonly differ: boolean;
      readonly knobs: number;
      readonly siteBath: Int32Array | null;
      readonly baths: number;
    },
  ) {
    const { layout, couplings, imperfections } = circuit;
    const { nodes: n } = layout;
    const scheme =
      flow instanceof DenseFlow ? 'dense' : flow instanceof EulerFlow ? 'euler' : 'heun';
    this.algorithm = ALGORITHM[scheme];
    this.bent = !isLinear(circuit.potential);
    const starts = new Int32Array(n + 1);
    const columns: number[] = [];
    const values: number[] = [];
    for (let i = 0; i < n; i++) {
      couplings.row(i, (j, J) => {
        columns.push(j);
        values.push(J);
      });
      starts[i + 1] = columns.length;
    }
    const sparse = values.length < (n * n) / 4;
    this.board = new BoardColumns(engine.scratch, {
      ...{ nodes: n, size: layout.size, w: layout.w, r: layout.r, flicker: layout.flicker },
      poles: layout.flickerRates.length,
      baths: shots.siteBath === null ? 0 : shots.baths,
      couplings: sparse ? values.length : n * n,
      sparse,
      scheme,
      each: shots.each,
      noiseRows: NOISE_ROWS + 2 * n + Math.max(layout.size, n * layout.flickerRates.length),
    });
    const { board } = this;
    if (sparse) {
      board.matrix.set(values);
      board.starts.set(starts);
      board.columns.set(columns);
    } else {
      values.forEach((J, k) => {
        const i = rowOf(starts, k);
        board.matrix[i * n + columns[k]!] = J;
      });
    }
    if (shots.siteBath !== null) board.siteBath.set(shots.siteBath);
    board.numbers[BOARD_NUMBER.rail] = imperfections.rail;
    board.numbers[BOARD_NUMBER.otaRange] = imperfections.otaRange;
    board.numbers[BOARD_NUMBER.stiffest] = STIFFEST_EXPLICIT_STEP;
    this.lanes = engine.scratch.uint32(LANE_STATE);
    this.factors = new Float64Array(scheme === 'heun' ? 3 * n * COLUMNS : 0);
    this.sources = new Float64Array(n);
    this.quadratic = new Float64Array(n);
    this.temperature = new Float64Array(n);
    this.values = new Float64Array(n);
    this.prepared = new Float64Array(shots.knobs).fill(NaN);
  }

  /** A group of shots begins, column c being shot `first` + c. */
  begin(live: number): void {
    this.board.set({ live, bent: this.bent });
    this.board.clock[0] = 0;
    this.h = NaN;
  }

  /** Noise comes from these streams from now on. */
  seed(seed: number, purpose: StreamPurpose, first: number): void {
    seedShotLanes(this.lanes, seed, purpose, first);
  }

  /** Puts the circuit's state, selected for a column, into it. */
  place(column: number): void {
    const { board, state, circuit } = this;
    const { z } = state;
    for (let i = 0; i < z.length; i++) board.z[i * COLUMNS + column] = z[i]!;
    for (let i = 0; i < circuit.layout.nodes; i++) {
      board.sum[i * COLUMNS + column] = state.flicker.sum[i]!;
      board.held[i * COLUMNS + column] = circuit.heldField(i);
    }
  }

  /** All shots have been placed: columns beyond the last are copies of the first. */
  placed(): void {
    const { board } = this;
    for (const array of [board.z, board.sum, board.held]) {
      for (let column = board.live; column < COLUMNS; column++) copyColumn(array, column);
    }
    boardReceive(board);
  }

  /** Takes a column's state, and what its nodes receive, into the circuit. */
  lift(column: number): void {
    const { board, state, circuit } = this;
    const { z } = state;
    for (let i = 0; i < z.length; i++) z[i] = board.z[i * COLUMNS + column]!;
    for (let i = 0; i < circuit.layout.nodes; i++) {
      circuit.received[i] = board.received[i * COLUMNS + column]!;
    }
  }

  /** Sets the step and the knobs. */
  prepare(h: number, knobs: Knobs): void {
    const { prepared, board } = this;
    if (h === this.h && sameKnobs(prepared, knobs)) return;
    const other = h !== this.h;
    const wells = other || knobs[KNOB.quadratic] !== prepared[KNOB.quadratic];
    this.h = h;
    prepared.set(knobs);
    board.numbers[BOARD_NUMBER.coupling] = knobs[KNOB.coupling]!;
    this.circuit.sources(knobs, this.sources);
    board.sources.set(this.sources);
    const { each, select } = this.shots;
    for (let column = 0; column < (each ? board.live : 1); column++) {
      select(column);
      this.prepareNodes(column, h, knobs, wells, each ? 1 : COLUMNS);
    }
    if (this.flow instanceof DenseFlow && !each) this.preparePushed(this.flow, h, knobs);
    for (let column = board.live; column < COLUMNS; column++) this.copyStep(column);
    if (board.strides.length > 0 && !(this.flow instanceof DenseFlow)) {
      board.strides.set(this.state.flicker.strides);
      board.decay.set(this.state.flicker.decay);
      board.spread.set(this.state.flicker.spread);
    }
  }

  /** Everything of one shot's nodes, into so many columns from `column` on. Numbers go by arrays: passed, they would be objects. */
  private prepareNodes(
    column: number,
    h: number,
    knobs: Knobs,
    wells: boolean,
    count: number,
  ): void {
    const { circuit, board, flow, quadratic, temperature, values } = this;
    const { mobility } = circuit.nodes;
    const { nodes: n, couplingPole, readoutPole } = circuit.layout;
    if (wells || !(flow instanceof HeunFlow)) {
      if (this.shots.each) flow.reset();
      flow.prepare(h, knobs);
    }
    circuit.nodeKnobs(knobs, quadratic, board.quartic, temperature);
    for (let i = 0; i < n; i++) values[i] = 4 * mobility[i]! * board.quartic[i]! * h;
    spread(values, board.bend, 0, 1, column, count);
    spread(quadratic, board.quadratic, 0, 1, column, count);
    for (let i = 0; i < n; i++) values[i] = 1 / temperature[i]!;
    spread(values, board.coldness, 0, 1, column, count);
    if (flow instanceof DenseFlow) {
      const { propagator, factor } = flow.step!;
      if (!this.shots.each) {
        board.propagator.set(propagator);
        board.factor.set(factor);
        return;
      }
      for (let k = 0; k < propagator.length; k++) {
        board.propagator[k * COLUMNS + column] = propagator[k]!;
        board.factor[k * COLUMNS + column] = factor[k]!;
      }
      flow.pushed.forEach((v, i) => (board.pushed[i * COLUMNS + column] = v));
      return;
    }
    if (flow instanceof HeunFlow) {
      if (wells) this.copyHeun(flow, h, column, count);
      for (let k = 0; k < NOISES.length; k++) {
        for (let i = 0; i < n; i++) {
          const strength = Math.sqrt(2 * mobility[i]! * temperature[i]!);
          values[i] = strength * this.factors[(3 * i + k) * COLUMNS + column]!;
        }
        spread(values, board.coefficients, NOISES[k]!, HEUN_ROWS, column, count);
      }
      return;
    }
    spread(mobility, board.coefficients, 0, 3, column, count);
    for (let i = 0; i < n; i++) values[i] = Math.sqrt(2 * mobility[i]! * temperature[i]! * h);
    spread(values, board.coefficients, 1, 3, column, count);
    spread(quadratic, board.coefficients, 2, 3, column, count);
    board.numbers[BOARD_NUMBER.step] = h;
    board.numbers[BOARD_NUMBER.wKept] = couplingPole > 0 ? Math.exp(-h / couplingPole) : 0;
    board.numbers[BOARD_NUMBER.rKept] = readoutPole > 0 ? Math.exp(-h / readoutPole) : 0;
  }

  private copyHeun(flow: HeunFlow, h: number, column: number, count: number): void {
    const { values, factors } = this;
    const { coefficients } = this.board;
    for (let place = 0; place < HEUN_PLACES.length; place++) {
      const { row, part, input } = HEUN_PLACES[place]!;
      for (let i = 0; i < values.length; i++) {
        const value = flow.coefficients[(3 * i + part) * HEUN_SIZE + input]!;
        values[i] = input === V ? value / h : value;
      }
      spread(values, coefficients, row, HEUN_ROWS, column, count);
    }
    for (let k = 0; k < NOISES.length; k++) {
      for (let i = 0; i < values.length; i++) values[i] = flow.factors[3 * i + k]!;
      spread(values, factors, k, NOISES.length, column, count);
    }
  }

  /** What sources and clamped sites add: it differs where shots hold sites at other values. */
  private preparePushed(flow: DenseFlow, h: number, knobs: Knobs): void {
    const { board, shots } = this;
    for (let column = 0; column < board.live; column++) {
      if (shots.differ) {
        shots.select(column);
        flow.prepare(h, knobs);
      }
      for (let i = 0; i < flow.pushed.length; i++) {
        board.pushed[i * COLUMNS + column] = flow.pushed[i]!;
      }
    }
  }

  /** All that a step takes from a column but its noise: that of the first, into one beyond the last shot. */
  private copyStep(column: number): void {
    const { bend, quadratic, coldness, coefficients, propagator, factor, pushed } = this.board;
    copyColumn(pushed, column);
    if (!this.shots.each) return;
    for (const array of [bend, quadratic, coldness, coefficients, propagator, factor]) {
      copyColumn(array, column);
    }
  }

  /**
   * Takes so many steps as prepared, of those that are still wanted.
   * @returns until the next call: steps taken, and −1 or 16·node + column of a shot that was too stiff for the next one
   */
  advance(wanted: number): { readonly steps: number; readonly stiff: number } {
    const { board, engine, lanes } = this;
    const { nodes: n, size, r } = board.shape;
    let rows = 0;
    let steps = 0;
    for (; steps < Math.min(wanted, MOST_STEPS) && (steps === 0 || rows < NOISE_ROWS); steps++) {
      if (board.shape.scheme === 'dense') rows += size;
      else {
        rows += board.shape.scheme === 'heun' && r >= 0 ? 2 * n : n;
        const clock = board.clock[0]! + steps + 1;
        for (let k = 0; k < board.strides.length; k++) {
          if (clock % board.strides[k]! === 0) rows += n;
        }
      }
    }
    fillNormal(engine, lanes, this.noiseOf(rows));
    this.taken.steps = steps;
    this.taken.stiff = boardSteps(engine, board, steps);
    return this.taken;
  }

  private noiseOf(rows: number): Float32Array<SharedArrayBuffer> {
    const { noises, board } = this;
    let noise = noises.get(rows);
    if (noise === undefined) {
      noise = board.noise.subarray(0, rows * COLUMNS);
      noises.set(rows, noise);
    }
    return noise;
  }
}

const HEUN_ROWS = 1 + Math.max(...Object.values(BOARD_ROW));
/** Rows of a node's three noises. */
const NOISES = [BOARD_ROW.xNoise, BOARD_ROW.rNoise, BOARD_ROW.rOwn] as const;
/** Parts and inputs of a node's flow; V is the rise of the couplings' input over the step. */
const [X, W, R, U, V, F] = [0, 1, 2, 3, 4, 5] as const;
/** Where a row of coefficients comes from. */
const HEUN_PLACES = (
  [
    ['xx', X, X],
    ['xw', X, W],
    ['xu', X, U],
    ['xf', X, F],
    ['xRise', X, V],
    ['ww', W, W],
    ['wu', W, U],
    ['wRise', W, V],
    ['rx', R, X],
    ['rw', R, W],
    ['rr', R, R],
    ['ru', R, U],
    ['rf', R, F],
    ['rRise', R, V],
  ] as const
).map(([name, part, input]) => ({ row: BOARD_ROW[name], part, input }));

/** A value a node into row `row` of its `stride` rows, and there into so many columns from `column` on. */
function spread(
  values: Float64Array,
  out: Float64Array,
  row: number,
  stride: number,
  column: number,
  count: number,
): void {
  for (let i = 0; i < values.length; i++) {
    const at = (i * stride + row) * COLUMNS + column;
    for (let c = 0; c < count; c++) out[at + c] = values[i]!;
  }
}

/** The row that entry k belongs to. */
function rowOf(starts: Int32Array, k: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (starts[middle]! <= k) low = middle;
    else high = middle;
  }
  return low;
}

/** The first column of an array of rows of 16, into another one. */
function copyColumn(array: Float64Array, column: number): void {
  for (let k = 0; k < array.length; k += COLUMNS) array[k + column] = array[k]!;
}
