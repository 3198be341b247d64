import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { asRelaxdError, RelaxdError } from '../core/index.js';
import {
  descriptorAt,
  descriptorHash,
  programHash,
  type Descriptor,
  type Device,
  type Program,
  type SampleChunk,
} from '../device/index.js';
import { executeRun, recordHeader, RunRecorder } from '../lab/index.js';
import type { Composition } from './composition.js';
import { Interrupt } from './interrupt.js';
import type { Output } from './output.js';
import { readyDevice } from './ready-device.js';
import type { ShownResult } from './render-result.js';

export interface LocalRun {
  readonly result: ShownResult;
  /** State of shot 0 at t = 0, where the program reads states out. */
  readonly firstState: number[] | null;
  /** The device's, at the program's fidelity; null where they are not known. */
  readonly units: Descriptor['units'] | null;
}

/** Runs a job's body in this process, with its devices, and without a store. */
export async function runHere(
  composition: Composition,
  output: Output,
  body: Readonly<Record<string, unknown>> & { readonly kind: string; readonly device: string },
  recordFile: string | null,
): Promise<LocalRun> {
  const registry = await composition.openDevices(body.device);
  const interrupt = new Interrupt();
  const bar = output.progress(body.device);
  /** The job, once its run has begun: from then on what goes wrong is no wrong call. */
  let armed: string | null = null;
  try {
    const device = readyDevice(registry.get(body.device));
    const kinds = await composition.jobKinds();
    const kind = kinds.find((candidate) => candidate.name === body.kind);
    if (kind === undefined)
      throw new RelaxdError('unknown-kind', `there is no job kind '${body.kind}'`);
    const { kind: _kind, ...rest } = body;
    const prepared = await kind.prepare(
      rest,
      composition.prepareContext((id) => registry.get(id)),
    );
    const seed = prepared.program.seed ?? composition.drawSeed();
    const runId = composition.ids.next();
    const jobId = composition.ids.next();
    let firstState: number[] | null = null;
    const observer = {
      onSamples(chunk: SampleChunk): void {
        if (firstState === null && chunk.firstRow === 0 && chunk.stateRows[0] === 0) {
          firstState = Array.from(chunk.state.subarray(0, prepared.program.sites));
        }
        prepared.observer?.onSamples(chunk);
      },
      finish: (result: Parameters<NonNullable<typeof prepared.observer>['finish']>[0]) =>
        prepared.observer?.finish(result) ?? {},
    };
    const record =
      recordFile === null
        ? null
        : await makeRecorder(composition, recordFile, {
            device,
            program: prepared.program,
            seed,
            run: runId,
            job: jobId,
          });
    const result = await executeRun({
      device,
      prepared: { ...prepared, observer },
      seed,
      runId,
      jobId,
      clock: composition.clock,
      record,
      signal: interrupt.signal,
      // Made once the device has taken the program: what is refused leaves no file behind.
      beforeArm: async () => {
        await record?.open();
        armed = jobId;
      },
      onProgress: ({ fraction, shots }) =>
        bar.update(fraction, `${shots}/${prepared.program.shots} shots`),
    });
    const { units } = descriptorAt(await device.describe(), prepared.program.dynamics.fidelity);
    return { result: result as unknown as ShownResult, firstState, units };
  } catch (error) {
    const { code, message, details, cause } = asRelaxdError(error);
    throw new RelaxdError(
      code,
      message,
      armed === null ? details : { ...details, job: armed },
      cause,
    );
  } finally {
    bar.stop();
    interrupt[Symbol.dispose]();
    await registry[Symbol.asyncDispose]();
  }
}

async function makeRecorder(
  composition: Composition,
  file: string,
  run: { device: Device; program: Program; seed: number; run: string; job: string },
): Promise<RunRecorder> {
  const descriptor = await run.device.describe();
  const header = recordHeader({
    run: run.run,
    job: run.job,
    origin: run.device.origin,
    seed: run.seed,
    program: run.program,
    programHash: programHash(run.program),
    descriptor,
    descriptorHash: descriptorHash(descriptor),
    clock: run.device.clockFit,
  });
  const folder = dirname(resolve(file));
  if (!existsSync(folder)) {
    throw new RelaxdError('file-unwritable', `${file}: there is no folder ${folder}`, {
      path: file,
      hint: 'make it first, or choose another place',
    });
  }
  return new RunRecorder(file, header, composition.clock);
}
