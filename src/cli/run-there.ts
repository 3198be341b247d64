import { isErrorCode, RelaxdError } from '../core/index.js';
import { descriptorAt, type Descriptor } from '../device/index.js';
import { Interrupt } from './interrupt.js';
import type { LocalRun } from './run-here.js';
import type { Output } from './output.js';
import type { ShownResult } from './render-result.js';
import { jobFraction, type JobView, type ServiceClient } from './service-client.js';

/** Submits a job's body to a service, waits for its end, and answers as {@link runHere} does. */
export async function runThere(
  client: ServiceClient,
  output: Output,
  body: Readonly<Record<string, unknown>>,
): Promise<LocalRun> {
  const result = resultOf<ShownResult>(
    await endOfJob(client, output, body, String(body['device'])),
  );
  if (output.json) return { result, firstState: null, units: null };
  return {
    result,
    firstState: await firstState(client, result.run),
    units: await unitsOf(client, body),
  };
}

/** Submits a job's body to a service and waits for its end, however that is; Ctrl-C cancels the job. */
export async function endOfJob(
  client: ServiceClient,
  output: Output,
  body: Readonly<Record<string, unknown>>,
  title: string,
): Promise<JobView> {
  const interrupt = new Interrupt();
  let bar: ReturnType<Output['progress']> | null = null;
  try {
    const { id } = await client.post<JobView>('/v1/jobs', body);
    output.note(`job ${id}`);
    bar = output.progress(title);
    return await client.waitForJob(
      id,
      (now) => bar?.update(jobFraction(now), now.state),
      interrupt.signal,
    );
  } finally {
    bar?.stop();
    interrupt[Symbol.dispose]();
  }
}

/** Where to look for what a job that measures has measured all the same, if it fails. */
export const IN_ITS_RUNS = 'what was measured is in its runs';

/**
 * What a job has ended with.
 * @param hint where to look, if it failed; null: nowhere
 * @throws RelaxdError what it failed of, with its id
 */
export function resultOf<T>(
  job: JobView,
  hint: string | null = `relaxd job ${job.id} shows it`,
): T {
  if (job.state === 'completed' && job.result !== null) return job.result as T;
  const code = job.error !== null && isErrorCode(job.error.code) ? job.error.code : 'aborted';
  const reason = job.error === null ? '' : `: ${job.error.message}`;
  throw new RelaxdError(code, `job ${job.id} ended as '${job.state}'${reason}`, {
    ...(hint === null ? {} : { hint }),
    ...job.error?.details,
    job: job.id,
  });
}

/** State of shot 0 at t = 0, out of the record; null where the run does not read states out. */
async function firstState(client: ServiceClient, run: string): Promise<number[] | null> {
  const part = await client.get<{ states: { row: number; state: number[] }[] }>(
    `/v1/runs/${encodeURIComponent(run)}/samples?fromRow=0&rows=1`,
  );
  return part.states.find(({ row }) => row === 0)?.state ?? null;
}

/** Units of the job's device at its program's fidelity; null where the service does not tell. */
async function unitsOf(
  client: ServiceClient,
  body: Readonly<Record<string, unknown>>,
): Promise<LocalRun['units']> {
  const program = body['program'] as { dynamics?: { fidelity?: string | null } | null } | undefined;
  const path = `/v1/devices/${encodeURIComponent(String(body['device']))}/descriptor`;
  return client.get<Descriptor>(path).then(
    (descriptor) => descriptorAt(descriptor, program?.dynamics?.fidelity ?? null).units,
    () => null,
  );
}
