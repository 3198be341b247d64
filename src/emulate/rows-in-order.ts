import type { ShotLedger } from '../thermo/index.js';
import type { Readout, SimulationSink } from './simulation.js';

/** Bytes that rows which have to wait may take up. */
const MOST_BYTES = 32 * 2 ** 20;

/** Values of a row that are numbers. */
type Numbers = Pick<Readout, 'energy' | 'work' | 'heat'>;
const NUMBERS = 3;

/**
 * Rows of shots that run side by side, for a sink that wants them shot by shot: those of the first shot go through, the
 * others wait for the end of the group.
 */
export class RowsInOrder {
  /** Shots side by side for which there is room, 1 … the most wanted. It depends on the program only. */
  readonly width: number;
  private readonly numbers: Float64Array;
  private readonly overlaps: Float64Array;
  private readonly states: Int8Array | Float64Array;
  private first = 0;

  /**
   * @param of numbers of readouts a shot, of sites and of references
   * @param most shots that could run side by side
   */
  constructor(
    private readonly sink: Pick<SimulationSink, 'readout' | 'shotEnd'>,
    private readonly of: {
      readonly steps: number;
      readonly sites: number;
      readonly references: number;
      /** Whether states are ±1; else real numbers. */
      readonly ising: boolean;
    },
    most: number,
  ) {
    const { steps, sites, references, ising } = of;
    const bytes = steps * (8 * (NUMBERS + references) + (ising ? 1 : 8) * sites);
    this.width = Math.max(1, Math.min(most, 1 + Math.floor(MOST_BYTES / bytes)));
    const waiting = (this.width - 1) * steps;
    this.numbers = new Float64Array(waiting * NUMBERS);
    this.overlaps = new Float64Array(waiting * references);
    this.states = ising ? new Int8Array(waiting * sites) : new Float64Array(waiting * sites);
  }

  /** A group begins: column c is shot `first` + c. */
  begin(first: number): void {
    this.first = first;
  }

  add(
    column: number,
    step: number,
    { energy, work, heat }: Numbers,
    overlaps: Float64Array,
    state: Int8Array | Float64Array,
  ): void {
    if (column === 0) {
      this.sink.readout({ shot: this.first, step, energy, work, heat, overlaps, state });
      return;
    }
    const { steps, sites, references } = this.of;
    const row = (column - 1) * steps + step;
    this.numbers.set([energy, work, heat], row * NUMBERS);
    this.overlaps.set(overlaps, row * references);
    this.states.set(state, row * sites);
  }

  /** The shots have ended: one ledger a column, in order. */
  end(ledgers: readonly ShotLedger[]): void {
    const { sink, first, numbers, overlaps, states } = this;
    const { steps, sites, references } = this.of;
    ledgers.forEach((ledger, column) => {
      for (let step = 0; column > 0 && step < steps; step++) {
        const row = (column - 1) * steps + step;
        sink.readout({
          shot: first + column,
          step,
          energy: numbers[row * NUMBERS]!,
          work: numbers[row * NUMBERS + 1]!,
          heat: numbers[row * NUMBERS + 2]!,
          overlaps: overlaps.subarray(row * references, (row + 1) * references),
          state: states.subarray(row * sites, (row + 1) * sites),
        });
      }
      sink.shotEnd(ledger);
    });
  }
}
