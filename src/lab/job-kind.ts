import type { TSchema } from 'typebox';
import type { EngineKind } from '../core/index.js';
import type { Descriptor, DeviceResult, Program, SampleChunk } from '../device/index.js';

/** Watches the samples of one run and adds to its result. */
export interface RunObserver {
  onSamples(chunk: SampleChunk): void;
  /**
   * Further members of the result, e.g. `{ retrieval: { … } }`; its `warnings` join those of the run. The device is free meanwhile,
   * and may run another job.
   */
  finish(result: DeviceResult): Observation | Promise<Observation>;
}
type Observation = Record<string, unknown> & { readonly warnings?: readonly string[] };

/** A job's body, compiled: everything that one run needs. */
export interface PreparedRun {
  readonly device: string;
  readonly program: Program;
  /** The learning rule that made the couplings, where one did. */
  readonly rule: string | null;
  /** Kernel engine and algorithm of emulators that the body asks for; null or left out: chosen. */
  readonly engine?: EngineKind | null;
  readonly algorithm?: string | null;
  readonly observer: RunObserver | null;
  readonly warnings: readonly string[];
}

export interface PrepareContext {
  /** @throws RelaxdError `unknown-device`, `device-offline` */
  descriptor(device: string): Promise<Descriptor>;
  /** A stored memory set's document; null: there is none of that id. */
  memorySet(id: string): Promise<unknown>;
  /** A stored program; null: there is none of that hash. */
  program(hash: string): Promise<Program | null>;
}

/** A kind of job, registered with the lab. */
export interface JobKind {
  readonly name: string;
  /** A queued job of this kind may have a run put aside at a shot, where the device can do that, and goes first. */
  readonly mayPreempt?: boolean;
  /** `prepare` compiles nothing: a sweep has each value of its axes prepared at the door. */
  readonly cheap?: boolean;
  /** What the schema leaves open, by the names of members: sweeps look for their paths there. */
  readonly members?: Readonly<Record<string, TSchema>>;
  /** Schema of the body without the common fields (kind, device, priority, deadline, …): an object. */
  readonly schema: TSchema;
  /**
   * Compiles a body that fits the schema; gets the whole body, common fields too. Called at submission, so that
   * what cannot work is refused at the door, and again before dispatch where the lab has dropped what it got.
   */
  prepare(body: unknown, context: PrepareContext): Promise<PreparedRun>;
}
