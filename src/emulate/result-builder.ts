import {
  SHOWN_SHOTS,
  type DeviceResult,
  type Observables,
  type ResolvedProgram,
  type SampleChunk,
  type Series,
} from '../device/index.js';
import { MomentList, RunLedger, summariseLedger, type ThermoContext } from '../thermo/index.js';
import { ledgersOf } from './shot-table.js';
import type { BlockEnd } from './simulation-worker.js';

const finite = (x: number): number | null => (Number.isFinite(x) ? x : null);

/** Gathers a run's chunks and ledgers, in the order of the shots, into the device's result. */
export class ResultBuilder {
  private readonly ledger: RunLedger;
  private readonly series = new Map<'energy' | 'work' | 'heat', MomentList>();
  /** Of (readout, memory); there may be very many. */
  private readonly overlapSeries: MomentList | null;
  private readonly states: number[][] = [];
  private readonly overlaps: number[][] = [];
  private readonly references: number;
  /** What the simulator said that it did. */
  private algorithm: string | null = null;

  constructor(
    private readonly program: ResolvedProgram,
    private readonly times: Float64Array,
    context: ThermoContext,
  ) {
    this.ledger = new RunLedger(context);
    this.references = program.references.length;
    for (const channel of ['energy', 'work', 'heat'] as const) {
      if (program.readout.channels.includes(channel)) {
        this.series.set(channel, new MomentList(times.length));
      }
    }
    this.overlapSeries = program.readout.channels.includes('overlaps')
      ? new MomentList(times.length * this.references)
      : null;
  }

  get shots(): number {
    return this.ledger.shots;
  }

  addChunk(chunk: SampleChunk): void {
    const { step, overlaps } = chunk;
    for (const [channel, running] of this.series) {
      const column = chunk[channel];
      if (column === null) continue;
      for (let k = 0; k < chunk.rows; k++) running.add(step[k]!, column[k]!);
    }
    if (overlaps !== null && this.overlapSeries !== null) {
      const { references, overlapSeries } = this;
      for (let k = 0; k < chunk.rows; k++) {
        overlapSeries.addRow(step[k]! * references, overlaps, k * references, references);
      }
    }
    const { sites } = this.program;
    chunk.stateRows.forEach((row, k) => {
      if (chunk.step[row] === this.times.length - 1 && this.states.length < SHOWN_SHOTS) {
        this.states.push(Array.from(chunk.state.subarray(k * sites, (k + 1) * sites)));
      }
    });
  }

  addShots({ algorithm, ledgers, finalOverlaps }: BlockEnd): void {
    this.algorithm = algorithm;
    for (const ledger of ledgersOf(ledgers)) this.ledger.add(ledger);
    for (const overlaps of finalOverlaps) {
      if (this.overlaps.length < SHOWN_SHOTS) this.overlaps.push(Array.from(overlaps));
    }
  }

  /** @throws RelaxdError `first-law-violated` */
  build(engine: string, warnings: readonly string[]): DeviceResult {
    const { warnings: ledgerWarnings, ...thermodynamics } = summariseLedger(
      this.ledger,
      this.program.duration,
    );
    return {
      shots: this.shots,
      deviceTime: this.program.duration,
      engine,
      algorithm: this.algorithm,
      observables: this.observables(),
      final: { states: this.states, overlaps: this.overlaps },
      thermodynamics,
      warnings: [...warnings, ...ledgerWarnings],
    };
  }

  private observables(): Observables {
    const each = (value: (at: number) => number): (number | null)[] =>
      Array.from(this.times, (_, k) => finite(value(k)));
    const series = (list: MomentList): Series => ({
      mean: each((k) => list.mean(k)),
      sem: each((k) => list.sem(k)),
    });
    const out: Record<string, unknown> = { t: Array.from(this.times) };
    for (const [channel, list] of this.series) out[channel] = series(list);
    const { overlapSeries } = this;
    if (overlapSeries !== null && overlapSeries.length > 0) {
      const all = (value: (at: number) => number): (number | null)[][] =>
        Array.from({ length: this.references }, (_, m) =>
          each((k) => value(k * this.references + m)),
        );
      out['overlaps'] = {
        mean: all((at) => overlapSeries.mean(at)),
        sem: all((at) => overlapSeries.sem(at)),
      };
    }
    return out as unknown as Observables;
  }
}
