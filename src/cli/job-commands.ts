import { RelaxdError } from '../core/index.js';
import type { Output } from './output.js';
import { renderJobResult } from './render-job-result.js';
import { jobFraction, type JobView, type ServiceClient } from './service-client.js';
import { writeOut } from './text-files.js';

/** Columns from which a list of jobs has room for their runs. */
const WIDE = 120;
const UNDER_WAY = new Set(['running', 'paused', 'finalizing']);

/** `relaxd jobs`: the queue and what has ended, newest first. */
export async function listJobs(
  output: Output,
  client: ServiceClient,
  filter: { readonly state?: string; readonly device?: string; readonly limit: number },
): Promise<void> {
  const query = new URLSearchParams({ limit: String(filter.limit) });
  if (filter.state !== undefined) query.set('state', filter.state);
  if (filter.device !== undefined) query.set('device', filter.device);
  const page = await client.get<{ items: JobView[]; next: string | null }>(
    `/v1/jobs?${query.toString()}`,
  );
  if (output.json) return output.printJson(page);
  if (page.items.length === 0) return output.print('no jobs');
  const wide = output.room >= WIDE;
  output.table(
    ['job', 'kind', 'device', 'state', 'created', ...(wide ? ['run'] : [])],
    page.items.map((job) => [
      job.id,
      job.kind,
      job.device,
      UNDER_WAY.has(job.state) ? `${job.state} ${Math.round(100 * jobFraction(job))} %` : job.state,
      wide ? job.createdAt : job.createdAt.slice(5, 16).replace('T', ' '),
      ...(wide ? [job.run ?? '–'] : []),
    ]),
  );
  if (page.next !== null) output.print('… there are more: --limit');
}

export async function showJob(output: Output, client: ServiceClient, id: string): Promise<void> {
  printJob(output, await client.get<JobView>(`/v1/jobs/${encodeURIComponent(id)}`));
}

export async function cancelJob(output: Output, client: ServiceClient, id: string): Promise<void> {
  printJob(
    output,
    await client.post<JobView>(`/v1/jobs/${encodeURIComponent(id)}/actions/cancel`, {}),
  );
}

function printJob(output: Output, job: JobView): void {
  if (output.json) return output.printJson(job);
  output.table(
    ['job', job.id],
    [
      ['kind', job.kind],
      ['device', job.device],
      ['state', job.state],
      ['done', `${Math.round(100 * jobFraction(job))} %`],
      ['created', job.createdAt],
      ['started', job.startedAt ?? '–'],
      ['ended', job.endedAt ?? '–'],
      ['run', job.run ?? '–'],
      ['possible now', job.actions.join(', ') || 'nothing: it has ended'],
      ...(job.error === null ? [] : [['error', `${job.error.code}: ${job.error.message}`]]),
    ],
  );
  renderJobResult(output, job);
}

/** `relaxd export`: the record of a run in a format of others' programs. */
export async function exportRun(
  output: Output,
  client: ServiceClient,
  run: string,
  format: string,
  file: string,
): Promise<void> {
  const bytes = await exported(client, run, format);
  await writeOut(file, bytes);
  if (output.json) output.printJson({ run, format, file, bytes: bytes.length });
  else output.print(`${file}: ${bytes.length} bytes`);
}

/** A run's record or, where a format has both and there is no such run, the rows of a sweep. */
async function exported(client: ServiceClient, id: string, format: string): Promise<Uint8Array> {
  const query = `${encodeURIComponent(id)}/export?format=${format}`;
  if (format === 'json') return client.bytes(`/v1/jobs/${query}`);
  try {
    return await client.bytes(`/v1/runs/${query}`);
  } catch (error) {
    const noRun = error instanceof RelaxdError && error.code === 'unknown-run';
    if (format !== 'csv' || !noRun) throw error;
    try {
      return await client.bytes(`/v1/jobs/${query}`);
    } catch {
      throw error;
    }
  }
}
