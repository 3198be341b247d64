import { RelaxdError, type Clock, type EngineKind, type IdSource } from '../core/index.js';
import type { Device, DeviceRegistry } from '../device/index.js';
import { executeRun, type JobKind, type PrepareContext } from '../lab/index.js';
import { listBuiltins } from '../memory/index.js';
import type { Contestant, Sample } from './contestant.js';

/** Devices of this process, and what is needed to run a job's body on them. */
export interface Laboratory {
  readonly devices: DeviceRegistry;
  readonly retrieve: JobKind;
  readonly context: PrepareContext;
  readonly ids: IdSource;
  readonly clock: Clock;
}

/** Memory sets and devices of the zero-config retrievals; a workload is called `letters@glauber`. */
export const RETRIEVAL_SETS: readonly string[] = listBuiltins().map(({ name }) => name);
export const RETRIEVAL_DEVICES = [
  'glauber',
  'cavity-qed',
  'rc-langevin',
  'rlc-langevin',
  'spiking',
  'board-sim',
] as const;
/** Without kernels: measured once, among what is TypeScript, whatever engines are asked for. */
const WITHOUT_KERNELS: readonly string[] = ['board-sim'];
/** The engines that a device's retrieval is measured on. */
export const enginesFor = (device: string, asked: readonly EngineKind[]): readonly EngineKind[] =>
  WITHOUT_KERNELS.includes(device) ? ['reference'] : asked;

export interface RetrievalWorkload {
  readonly name: string;
  readonly set: string;
  readonly device: string;
}
export const RETRIEVALS: readonly RetrievalWorkload[] = RETRIEVAL_SETS.flatMap((set) =>
  RETRIEVAL_DEVICES.map((device) => ({ name: `${set}@${device}`, set, device })),
);

/** Shots of one sample. */
export const RETRIEVAL_SHOTS = 4;
const CORRUPT = 0.1;
const SEED = 1;

/** Runs `relaxd retrieve` without a store: compiles the memories, loads the device, runs, and reads the result. */
export async function retrieveOnce(
  laboratory: Laboratory,
  ask: {
    readonly set: string;
    readonly device: string;
    readonly engine: EngineKind;
    readonly shots: number;
    /** Share of the cue's signs that are wrong. */
    readonly corrupt?: number;
    readonly threads: number | null;
  },
  signal: AbortSignal,
): Promise<{
  readonly seconds: number;
  readonly firstLawResidual: number | null;
  readonly algorithm: string | null;
}> {
  const { clock, ids, retrieve, context } = laboratory;
  const device: Device = laboratory.devices.get(ask.device);
  const beganMs = clock.monotonicMs();
  const prepared = await retrieve.prepare(
    {
      device: ask.device,
      memories: ask.set,
      corrupt: ask.corrupt ?? CORRUPT,
      shots: ask.shots,
      engine: ask.engine,
    },
    context,
  );
  const result = await executeRun({
    device,
    prepared,
    seed: SEED,
    runId: ids.next(),
    jobId: ids.next(),
    clock,
    threads: ask.threads,
    signal,
  });
  return {
    seconds: (clock.monotonicMs() - beganMs) / 1000,
    firstLawResidual: result.thermodynamics.firstLawResidual,
    algorithm: result.algorithm ?? null,
  };
}

/** A zero-config retrieval on an engine: what a user of `relaxd retrieve` waits for once the program has started. */
export class RetrievalContestant implements Contestant {
  private algorithm: string | null = null;

  constructor(
    private readonly workload: RetrievalWorkload,
    readonly engine: EngineKind,
    private readonly laboratory: Laboratory,
    private readonly signal: AbortSignal,
  ) {}

  get variant(): string | null {
    return this.algorithm;
  }

  /** @throws RelaxdError where the set cannot be had on the device: {@link cannotGoTogether} */
  async prepare(): Promise<void> {
    await this.sample();
  }

  async sample(): Promise<Sample> {
    const { seconds, algorithm } = await retrieveOnce(
      this.laboratory,
      {
        set: this.workload.set,
        device: this.workload.device,
        engine: this.engine,
        shots: RETRIEVAL_SHOTS,
        threads: 1,
      },
      this.signal,
    );
    this.algorithm = algorithm;
    return { seconds, figure: 1000 * seconds };
  }

  pace(): null {
    return null;
  }

  /** The first law is asserted in every run. */
  async check(): Promise<null> {
    return null;
  }

  async close(): Promise<void> {}
}

/** Why a memory set is not for a device; null: the error is of another kind. */
export function cannotGoTogether(error: unknown): string | null {
  const refusals = ['cannot-compile', 'program-refused', 'not-supported', 'diverged'];
  return error instanceof RelaxdError && refusals.includes(error.code) ? error.message : null;
}
