import {
  SHOWN_SHOTS,
  type DeviceResult,
  type ResolvedProgram,
  type SampleChunk,
} from '../device/index.js';
import {
  GaussianEnds,
  ReadoutMoments,
  RunLedger,
  SpinMarginals,
  summariseLedger,
  type ThermoContext,
} from '../thermo/index.js';
import { ledgersOf } from './shot-table.js';
import type { BlockEnd } from './simulation-worker.js';

/** Gathers a run's chunks and ledgers, in the order of the shots, into the device's result. */
export class ResultBuilder {
  private readonly ledger: RunLedger;
  private readonly readouts: ReadoutMoments;
  private readonly states: number[][] = [];
  private readonly overlaps: number[][] = [];
  /** What the simulator said that it did. */
  private algorithm: string | null = null;

  constructor(
    private readonly program: ResolvedProgram,
    private readonly times: Float64Array,
    context: ThermoContext,
  ) {
    this.ledger = new RunLedger(context);
    if (context.start?.entropy != null) {
      if (context.start.freeSpins !== null) this.ledger.ends = SpinMarginals.of(program.sites);
      else if (context.start.continuousSites != null) {
        this.ledger.ends = GaussianEnds.of(program.sites);
      }
    }
    const { readout, references } = program;
    const { channels } = readout;
    this.readouts = new ReadoutMoments({ times, channels, references: references.length });
  }

  get shots(): number {
    return this.ledger.shots;
  }

  addChunk(chunk: SampleChunk): void {
    this.readouts.add(chunk);
    const { sites } = this.program;
    const { ends } = this.ledger;
    chunk.stateRows.forEach((row, k) => {
      if (chunk.step[row] !== this.times.length - 1) return;
      ends?.add(chunk.state, k * sites);
      if (this.states.length < SHOWN_SHOTS) {
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
      observables: this.readouts.means(),
      final: { states: this.states, overlaps: this.overlaps },
      thermodynamics,
      warnings: [...warnings, ...ledgerWarnings],
    };
  }
}
