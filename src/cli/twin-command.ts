import { TWIN_BODY_SCHEMA, type TwinBody, type TwinReport } from '../calibrate/index.js';
import { checkDocument, RelaxdError, throwViolations } from '../core/index.js';
import { parseProgram, programDocument } from '../device/index.js';
import { loadMemories, readCueFile } from '../memory/index.js';
import { calibrationFrom } from './calibration-from.js';
import type { Composition } from './composition.js';
import { given } from './given.js';
import { jobHere } from './job-here.js';
import { memoriesInBody } from './memories-in-body.js';
import type { Output } from './output.js';
import { readReference } from './read-reference.js';
import { renderTwin } from './render-twin.js';
import { endOfJob, resultOf } from './run-there.js';
import type { JobView, ServiceClient } from './service-client.js';
import { readText } from './text-files.js';

export interface TwinCommandOptions {
  readonly device: string;
  readonly memories?: string;
  readonly rule?: string;
  readonly target?: string;
  readonly cue?: string;
  readonly corrupt?: number;
  readonly temperature?: number;
  readonly shots?: number;
  readonly seed?: number;
  readonly calibration?: string;
  readonly draws?: number;
  readonly reference?: readonly string[];
}

/** `relaxd twin`: one job on a device and on its twin, in this process or by a service. */
export async function twinCommand(
  composition: Composition,
  output: Output,
  client: ServiceClient | null,
  program: string | undefined,
  options: TwinCommandOptions,
): Promise<void> {
  const { device, reference, calibration } = options;
  const body = {
    kind: 'twin',
    device,
    base: program === undefined ? await retrieval(options) : await run(program, options),
    ...(calibration === undefined
      ? {}
      : { calibration: await calibrationFrom(calibration, client) }),
    ...(reference === undefined ? {} : { references: reference.map(readReference) }),
    ...(program === undefined || options.target === undefined
      ? {}
      : { target: Number(options.target) }),
    ...given(options, ['draws']),
  };
  const { kind: _kind, device: _device, ...own } = body;
  throwViolations('invalid-input', 'twin', checkDocument(TWIN_BODY_SCHEMA, own satisfies TwinBody));
  const job =
    client === null
      ? await here(composition, output, device, body)
      : await endOfJob(client, output, body, device);
  const report = resultOf<TwinReport>(job, null);
  if (output.json) output.printJson(report);
  else renderTwin(output, report);
}

async function run(file: string, options: TwinCommandOptions): Promise<TwinBody['base']> {
  if (options.memories !== undefined) {
    throw new RelaxdError('wrong-call', 'a program and --memories are two jobs', {
      path: '--memories',
      hint: 'relaxd twin PROGRAM.json, or relaxd twin --memories SRC',
    });
  }
  const document = programDocument(parseProgram(await readText(file)));
  return { kind: 'run', program: document, ...given(options, ['seed', 'shots']) };
}

async function retrieval(options: TwinCommandOptions): Promise<TwinBody['base']> {
  const { memories, cue: cueFile } = options;
  if (memories === undefined) {
    throw new RelaxdError('wrong-call', 'what is to run on both?', {
      path: '--memories',
      hint: 'relaxd twin PROGRAM.json --device ID, or relaxd twin --device ID --memories SRC',
    });
  }
  const set = await loadMemories(memories);
  const cue = cueFile === undefined ? null : await readCueFile(cueFile, set.shape);
  return {
    kind: 'retrieve',
    memories: memoriesInBody(memories, set),
    ...(cue === null ? {} : { cue: Array.from(cue) }),
    ...given(options, ['rule', 'target', 'corrupt', 'temperature', 'shots', 'seed']),
  };
}

async function here(
  composition: Composition,
  output: Output,
  device: string,
  body: Readonly<Record<string, unknown>>,
): Promise<JobView> {
  await using devices = await composition.openDevices(device);
  return await jobHere(composition, output, {
    devices,
    body,
    title: device,
    textOf: (state) => (state === 'finalizing' ? 'running the twin' : state),
    read: async (_, job) => job,
  });
}
