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
import { KNOB, type Knobs } from '../protocol.js';
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
    if (h === this.h && prepared.every((v, k) => v === knobs[k])) return;
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

  /** Everything of one shot's nodes, into so many columns from `column` on. */
  private prepareNodes(
    column: number,
    h: number,
    knobs: Knobs,
    wells: boolean,
    count: number,
  ): void {
    const { circuit, board, flow } = this;
    const { mobility } = circuit.nodes;
    const { nodes: n, couplingPole, readoutPole } = circuit.layout;
    const spread = (array: Float64Array, row: number, value: number): void => {
      const at = row * COLUMNS + column;
      array.fill(value, at, at + count);
    };
    if (wells || !(flow instanceof HeunFlow)) {
      if (this.shots.each) flow.reset();
      flow.prepare(h, knobs);
    }
    for (let i = 0; i < n; i++) {
      const quartic = circuit.quartic(i, knobs);
      board.quartic[i] = quartic;
      spread(board.bend, i, 4 * mobility[i]! * quartic * h);
      spread(board.quadratic, i, circuit.quadratic(i, knobs));
      spread(board.coldness, i, 1 / circuit.temperature(i, knobs));
    }
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
      if (wells) this.copyHeun(flow, spread, h);
      for (let i = 0; i < n; i++) {
        const strength = Math.sqrt(2 * mobility[i]! * circuit.temperature(i, knobs));
        const row = i * HEUN_ROWS;
        const factor = (k: number): number =>
          strength * this.factors[(3 * i + k) * COLUMNS + column]!;
        spread(board.coefficients, row + BOARD_ROW.xNoise, factor(0));
        spread(board.coefficients, row + BOARD_ROW.rNoise, factor(1));
        spread(board.coefficients, row + BOARD_ROW.rOwn, factor(2));
      }
      return;
    }
    for (let i = 0; i < n; i++) {
      const m = mobility[i]!;
      spread(board.coefficients, 3 * i, m);
      spread(board.coefficients, 3 * i + 1, Math.sqrt(2 * m * circuit.temperature(i, knobs) * h));
      spread(board.coefficients, 3 * i + 2, circuit.quadratic(i, knobs));
    }
    board.numbers[BOARD_NUMBER.step] = h;
    board.numbers[BOARD_NUMBER.wKept] = couplingPole > 0 ? Math.exp(-h / couplingPole) : 0;
    board.numbers[BOARD_NUMBER.rKept] = readoutPole > 0 ? Math.exp(-h / readoutPole) : 0;
  }

  private copyHeun(
    flow: HeunFlow,
    spread: (array: Float64Array, row: number, value: number) => void,
    h: number,
  ): void {
    const { coefficients } = this.board;
    const { nodes: n } = this.circuit.layout;
    for (let i = 0; i < n; i++) {
      const of = (part: number, input: number): number =>
        flow.coefficients[(3 * i + part) * HEUN_SIZE + input]!;
      const set = (row: number, value: number): void =>
        spread(coefficients, i * HEUN_ROWS + row, value);
      const [X, W, R, U, V, F] = [0, 1, 2, 3, 4, 5];
      set(BOARD_ROW.xx, of(X!, X!));
      set(BOARD_ROW.xw, of(X!, W!));
      set(BOARD_ROW.xu, of(X!, U!));
      set(BOARD_ROW.xf, of(X!, F!));
      set(BOARD_ROW.xRise, of(X!, V!) / h);
      set(BOARD_ROW.ww, of(W!, W!));
      set(BOARD_ROW.wu, of(W!, U!));
      set(BOARD_ROW.wRise, of(W!, V!) / h);
      set(BOARD_ROW.rx, of(R!, X!));
      set(BOARD_ROW.rw, of(R!, W!));
      set(BOARD_ROW.rr, of(R!, R!));
      set(BOARD_ROW.ru, of(R!, U!));
      set(BOARD_ROW.rf, of(R!, F!));
      set(BOARD_ROW.rRise, of(R!, V!) / h);
      for (let k = 0; k < 3; k++) spread(this.factors, 3 * i + k, flow.factors[3 * i + k]!);
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
   * @returns steps taken, and −1 or 16·node + column of a shot that was too stiff for the next one
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
        for (const stride of board.strides) if (clock % stride === 0) rows += n;
      }
    }
    fillNormal(engine, lanes, board.noise.subarray(0, rows * COLUMNS));
    return { steps, stiff: boardSteps(engine, board, steps) };
  }
}

const HEUN_ROWS = 1 + Math.max(...Object.values(BOARD_ROW));

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
