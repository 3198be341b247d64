import type { ResolvedProgram } from '../../../device/index.js';
import type { ShotLedger } from '../../../thermo/index.js';
import type { Readout, SimulationSink } from '../../simulation.js';

const NO_STATE = new Float64Array(0);

/** Readouts of shots that run side by side, kept until they can be told shot by shot. */
export class ReadoutBuffer {
  private readonly numbers: Float64Array;
  private readonly overlaps: Float64Array;
  private readonly states: Float64Array;
  private readonly ledgers: (ShotLedger | null)[];
  private readonly references: number;
  private readonly sites: number;

  /**
   * @param readouts of a shot
   * @param shots side by side
   * @param everyState whether every readout's state is kept; else the last one's, and others are told as empty
   */
  constructor(
    program: ResolvedProgram,
    private readonly readouts: number,
    shots: number,
    private readonly everyState: boolean,
  ) {
    this.references = program.references.length;
    this.sites = program.sites;
    this.numbers = new Float64Array(3 * readouts * shots);
    this.overlaps = new Float64Array(this.references * readouts * shots);
    this.states = new Float64Array(this.sites * (everyState ? readouts : 1) * shots);
    this.ledgers = new Array<ShotLedger | null>(shots).fill(null);
  }

  put(column: number, step: number, row: Omit<Readout, 'shot' | 'step'>): void {
    const at = column * this.readouts + step;
    this.numbers[3 * at] = row.energy;
    this.numbers[3 * at + 1] = row.work;
    this.numbers[3 * at + 2] = row.heat;
    this.overlaps.set(row.overlaps, at * this.references);
    const place = this.placeOfState(column, step);
    if (place >= 0) this.states.set(row.state, place);
  }

  ledger(column: number, ledger: ShotLedger): void {
    this.ledgers[column] = ledger;
  }

  /** Tells everything, shot by shot. */
  deliver(firstShot: number, shots: number, sink: SimulationSink): void {
    const { readouts, references, sites, numbers, overlaps, states } = this;
    for (let column = 0; column < shots; column++) {
      for (let step = 0; step < readouts; step++) {
        const at = column * readouts + step;
        const place = this.placeOfState(column, step);
        sink.readout({
          shot: firstShot + column,
          step,
          energy: numbers[3 * at]!,
          work: numbers[3 * at + 1]!,
          heat: numbers[3 * at + 2]!,
          overlaps: overlaps.subarray(at * references, (at + 1) * references),
          state: place < 0 ? NO_STATE : states.subarray(place, place + sites),
        });
      }
      sink.shotEnd(this.ledgers[column]!);
    }
  }

  private placeOfState(column: number, step: number): number {
    if (this.everyState) return (column * this.readouts + step) * this.sites;
    return step === this.readouts - 1 ? column * this.sites : -1;
  }
}
