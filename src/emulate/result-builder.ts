import {
  SHOWN_SHOTS,
  type Channel,
  type DeviceResult,
  type Observables,
  type ResolvedProgram,
  type SampleChunk,
  type Series,
} from '../device/index.js';
import {
  MomentList,
  RunLedger,
  RunningMoments,
  summariseLedger,
  type ShotLedger,
  type ThermoContext,
} from '../thermo/index.js';

const finite = (x: number): number | null => (Number.isFinite(x) ? x : null);

/** Gathers a run's chunks and ledgers, in the order of the shots, into the device's result. */
export class ResultBuilder {
  private readonly ledger: RunLedger;
  private readonly series = new Map<Channel, RunningMoments[]>();
  /** Of (readout, memory); there may be very many. */
  private readonly overlapSeries: MomentList | null;
  private readonly states: number[][] = [];
  private readonly overlaps: number[][] = [];
  private readonly references: number;
  /** What the simulator said that it did. */
  algorithm: string | null = null;

  constructor(
    private readonly program: ResolvedProgram,
    private readonly times: Float64Array,
    context: ThermoContext,
  ) {
    this.ledger = new RunLedger(context);
    this.references = program.references.length;
    const fresh = (n: number): RunningMoments[] =>
      Array.from({ length: n }, () => new RunningMoments());
    for (const channel of ['energy', 'work', 'heat'] as const) {
      if (program.readout.channels.includes(channel)) this.series.set(channel, fresh(times.length));
    }
    this.overlapSeries = program.readout.channels.includes('overlaps')
      ? new MomentList(times.length * this.references)
      : null;
  }

  get shots(): number {
    return this.ledger.shots;
  }

  addChunk(chunk: SampleChunk): void {
    for (const [channel, running] of this.series) {
      const column = chunk[channel as 'energy' | 'work' | 'heat'];
      if (column === null) continue;
      for (let k = 0; k < chunk.rows; k++) running[chunk.step[k]!]!.add(column[k]!);
    }
    if (chunk.overlaps !== null && this.overlapSeries !== null) {
      for (let k = 0; k < chunk.rows; k++) {
        const at = chunk.step[k]! * this.references;
        for (let m = 0; m < this.references; m++) {
          this.overlapSeries.add(at + m, chunk.overlaps[k * this.references + m]!);
        }
      }
    }
    const { sites } = this.program;
    chunk.stateRows.forEach((row, k) => {
      if (chunk.step[row] === this.times.length - 1 && this.states.length < SHOWN_SHOTS) {
        this.states.push(Array.from(chunk.state.subarray(k * sites, (k + 1) * sites)));
      }
    });
  }

  addShots(ledgers: readonly ShotLedger[], finalOverlaps: readonly Float64Array[]): void {
    for (const ledger of ledgers) this.ledger.add(ledger);
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
    const series = (running: readonly RunningMoments[]): Series => ({
      mean: running.map((m) => finite(m.count === 0 ? NaN : m.mean)),
      sem: running.map((m) => finite(m.sem)),
    });
    const out: Record<string, unknown> = { t: Array.from(this.times) };
    for (const [channel, running] of this.series) out[channel] = series(running);
    const { overlapSeries } = this;
    if (overlapSeries !== null && overlapSeries.length > 0) {
      const all = (value: (at: number) => number): (number | null)[][] =>
        Array.from({ length: this.references }, (_, m) =>
          Array.from(this.times, (_, k) => finite(value(k * this.references + m))),
        );
      out['overlaps'] = {
        mean: all((at) => overlapSeries.mean(at)),
        sem: all((at) => overlapSeries.sem(at)),
      };
    }
    return out as unknown as Observables;
  }
}
