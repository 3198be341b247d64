import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../core/index.js';
import { openEngine, type Engine } from '../kernels/index.js';
import type { EngineKind } from '../core/index.js';
import type { Trial, Workload } from './workload.js';

/** One run of a fixed piece of work. */
export interface Sample {
  readonly seconds: number;
  /** In the workload's unit. */
  readonly figure: number;
}

/** Who does a workload: an engine of this process, a peer, or an outside program. */
export interface Contestant {
  /** `reference`, `wasm`, `native`, `numpy`, … */
  readonly engine: string;
  /** More exactly: `native-avx512`, `numpy 1.24.2`; null: nothing to add. Known once it is prepared. */
  readonly variant: string | null;
  /** Work of one second at the given sample's pace; null where it is not counted. */
  pace(sample: Sample): { readonly operations: number; readonly bytes: number } | null;
  /** Sets everything up; comes once, before the first sample. */
  prepare(): Promise<void>;
  sample(): Promise<Sample>;
  /** What is wrong with what the samples left behind; null: nothing. */
  check(): Promise<string | null>;
  close(): Promise<void>;
}

/** A sample takes at least so long: a shorter piece of work is repeated. */
const LEAST_SECONDS = 0.02;

/** A workload on an engine of this process. */
export class EngineContestant implements Contestant {
  private trial: Trial | null = null;
  private variantName: string | null = null;

  constructor(
    private readonly workload: Workload,
    readonly engine: EngineKind,
    private readonly clock: Clock,
  ) {}

  get variant(): string | null {
    return this.variantName;
  }

  async prepare(): Promise<void> {
    const engine: Engine = openEngine(this.engine);
    this.variantName = engine.name;
    this.trial = this.workload.on(engine);
  }

  async sample(): Promise<Sample> {
    const trial = this.trial!;
    let runs = 0;
    let seconds: number;
    const beganMs = this.clock.monotonicMs();
    do {
      trial.run();
      runs++;
      seconds = (this.clock.monotonicMs() - beganMs) / 1000;
    } while (seconds < LEAST_SECONDS);
    // The compiler of the optimising tier hands its code over between tasks.
    await setImmediate();
    return { seconds: seconds / runs, figure: trial.figure(seconds / runs) };
  }

  pace(sample: Sample): { operations: number; bytes: number } {
    const { operations, bytes } = this.trial!;
    return { operations: operations / sample.seconds, bytes: bytes / sample.seconds };
  }

  async check(): Promise<string | null> {
    try {
      this.trial!.check();
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  async close(): Promise<void> {
    this.trial = null;
  }
}
