import type { ResolvedProgram } from '../device/index.js';
import type { Engine } from '../kernels/index.js';
import type { ShotLedger } from '../thermo/index.js';

/** A block of shots for one worker, as it is sent to it. Typed arrays of the program lie in the run's arena. */
export interface BlockOfShots {
  readonly program: ResolvedProgram;
  /** The device's parameters, by name. */
  readonly parameters: Readonly<Record<string, number>>;
  readonly firstShot: number;
  readonly shots: number;
  /** Readout times, the first 0 and the last the duration. */
  readonly times: Float64Array;
  /** Name of the algorithm that is to be used; null: the simulator's own choice, by the program's shape. */
  readonly algorithm: string | null;
}

/** The same in the worker, with its engine on the run's arena. */
export interface SimulationTask extends BlockOfShots {
  readonly engine: Engine;
}

/** One readout. Arrays are copied by the sink, so a simulator may reuse them. */
export interface Readout {
  readonly shot: number;
  readonly step: number;
  readonly energy: number;
  readonly work: number;
  readonly heat: number;
  /** Overlaps with the program's references. */
  readonly overlaps: Float64Array;
  readonly state: Int8Array | Float64Array;
}

export interface SimulationSink {
  /** Tells which algorithm runs, for the result's provenance; the same for every block of a run. */
  algorithm(name: string): void;
  /** Called once a readout time of a shot, in order. */
  readout(row: Readout): void;
  /** Called after the last readout of a shot. */
  shotEnd(ledger: ShotLedger): void;
  /** Fraction of the block that is done, for progress; cheap, call it a few times a second or more. */
  progress(fraction: number): void;
}

/**
 * A simulator: runs the shots of a block one after the other. Shot k draws from `RandomStream.of(seed, purpose, k)`
 * only, so that a result does not depend on how shots are dealt to threads. Pure but for the sink; it is ended
 * from outside by ending its thread.
 */
export type Simulate = (task: SimulationTask, sink: SimulationSink) => void;

export interface SimulatorModule {
  readonly simulate: Simulate;
}
