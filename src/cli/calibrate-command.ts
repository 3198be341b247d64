import { isErrorCode, RelaxdError } from '../core/index.js';
import type { Descriptor } from '../device/index.js';
import { calibrationCost, type CalibrateBody } from '../calibrate/index.js';
import type { Composition } from './composition.js';
import { given } from './given.js';
import { jobHere } from './job-here.js';
import type { Output } from './output.js';
import { renderCalibration, renderCost, type CalibrateResult } from './render-calibration.js';
import { endOfJob } from './run-there.js';
import type { JobView, ServiceClient } from './service-client.js';

export interface CalibrateOptions {
  readonly device: string;
  readonly against?: string;
  readonly sites?: number;
  readonly effort?: number;
  readonly reference?: readonly string[];
  readonly kernel?: string;
  readonly temperature?: number;
  readonly validFor?: number;
  readonly activate?: boolean;
  readonly reason?: string;
  readonly seed?: number;
  readonly dryRun?: boolean;
}

/** `relaxd calibrate`: in this process, or by a service. */
export async function calibrateCommand(
  composition: Composition,
  output: Output,
  client: ServiceClient | null,
  options: CalibrateOptions,
): Promise<void> {
  const { device, reference, validFor, kernel } = options;
  const request: CalibrateBody = {
    probes: 'standard',
    ...given(options, ['against', 'sites', 'effort', 'temperature', 'activate', 'reason', 'seed']),
    ...(validFor === undefined ? {} : { validForHours: validFor }),
    ...(kernel === undefined ? {} : { kernel: readKernel(kernel) }),
    ...(reference === undefined ? {} : { references: reference.map(readReference) }),
  };
  const work = client === null ? here(composition, output, device) : there(client, output, device);
  try {
    const descriptor = await work.descriptor();
    const cost = calibrationCost(request, descriptor);
    if (options.dryRun === true) {
      if (output.json) output.printJson({ device, cost });
      else renderCost((line) => output.print(line), device, cost);
      return;
    }
    if (!output.json) renderCost((line) => output.note(line), device, cost);
    const job = await work.run({ kind: 'calibrate', device, ...request });
    const result = resultOf(job);
    if (output.json) output.printJson(result);
    else renderCalibration(output, result, client !== null);
  } finally {
    await work.close();
  }
}

interface Work {
  descriptor(): Promise<Descriptor>;
  run(body: Readonly<Record<string, unknown>>): Promise<JobView>;
  close(): Promise<void>;
}

function there(client: ServiceClient, output: Output, device: string): Work {
  return {
    descriptor: () => client.get(`/v1/devices/${encodeURIComponent(device)}/descriptor`),
    run: (body) => endOfJob(client, output, body, device),
    close: async () => undefined,
  };
}

/** With the device that is asked for. */
function here(composition: Composition, output: Output, device: string): Work {
  const registry = composition.openDevices(device);
  registry.catch(() => undefined); // whoever needs it hears of it
  return {
    descriptor: async () => (await registry).get(device).describe(),
    run: async (body) =>
      jobHere(composition, output, {
        devices: await registry,
        body,
        title: device,
        textOf: (state) => (state === 'finalizing' ? 'estimating' : state),
        read: async (_, job) => job,
      }),
    async close() {
      await (await registry.catch(() => null))?.[Symbol.asyncDispose]();
    },
  };
}

/** A law's name, or the object of `dynamics.kernel`. */
function readKernel(text: string): NonNullable<CalibrateBody['kernel']> {
  if (!text.startsWith('{')) return text;
  try {
    return JSON.parse(text) as { kind: string };
  } catch {
    throw new RelaxdError('wrong-call', `--kernel ${text} is no JSON`, {
      path: '--kernel',
      value: text,
      limit: '{"kind":"power","p":2}',
    });
  }
}

/** `fieldGain=1±0.005`, or with a colon between. */
function readReference(text: string): NonNullable<CalibrateBody['references']>[number] {
  const parts = /^([\w[\],<-]+)=([^:±]+)[:±](.+)$/.exec(text);
  const [value, standardError] = [Number(parts?.[2]), Number(parts?.[3])];
  if (parts !== null && Number.isFinite(value) && standardError >= 0) {
    return { parameter: parts[1]!, value, standardError };
  }
  throw new RelaxdError('wrong-call', `--reference ${text} is not NAME=VALUE:ERROR`, {
    path: '--reference',
    value: text,
    limit: 'fieldGain=1:0.005',
  });
}

function resultOf(job: JobView): CalibrateResult {
  if (job.state === 'completed' && job.result !== null) return job.result as CalibrateResult;
  const code = job.error !== null && isErrorCode(job.error.code) ? job.error.code : 'aborted';
  const reason = job.error === null ? '' : `: ${job.error.message}`;
  throw new RelaxdError(code, `job ${job.id} ended as '${job.state}'${reason}`, {
    hint: 'what was measured is in its runs',
    ...job.error?.details,
    job: job.id,
  });
}
