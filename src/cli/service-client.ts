import { isErrorCode, RelaxdError, type ErrorDetails } from '../core/index.js';

export const DEFAULT_URL = 'http://127.0.0.1:7070';

/** A job as the service answers it; the members that commands read. */
export interface JobView {
  readonly id: string;
  readonly revision: number;
  readonly kind: string;
  readonly state: string;
  readonly device: string;
  readonly priority: number;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly progress: number | { readonly fraction: number } | null;
  readonly run: string | null;
  readonly result: unknown;
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly details?: ErrorDetails;
  } | null;
  readonly actions: readonly string[];
}

const ENDED = new Set(['completed', 'failed', 'cancelled', 'aborted', 'expired']);

/** Speaks the public API of a running service. */
export class ServiceClient {
  constructor(
    readonly url: string,
    private readonly key: string | null,
  ) {}

  private async request(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(new URL(path, this.url), {
        method,
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(this.key === null ? {} : { authorization: `Bearer ${this.key}` }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (error) {
      throw new RelaxdError(
        'service-unreachable',
        `no relaxd service answers at ${this.url}`,
        { value: this.url, hint: 'start one with `npm start` or `relaxd serve`, or give --url' },
        error,
      );
    }
    if (response.ok) return response;
    throw await problemOf(response);
  }

  async get<T>(path: string): Promise<T> {
    return (await (await this.request('GET', path)).json()) as T;
  }

  async post<T>(path: string, body: unknown): Promise<T> {
    return (await (await this.request('POST', path, body)).json()) as T;
  }

  async bytes(path: string): Promise<Uint8Array> {
    return new Uint8Array(await (await this.request('GET', path)).arrayBuffer());
  }

  /** Waits for a job's end by long polls; `onChange` sees every revision. */
  async waitForJob(
    id: string,
    onChange: (job: JobView) => void,
    signal?: AbortSignal,
  ): Promise<JobView> {
    let job = await this.get<JobView>(`/v1/jobs/${encodeURIComponent(id)}`);
    onChange(job);
    while (!ENDED.has(job.state)) {
      if (signal?.aborted) {
        await this.post(`/v1/jobs/${encodeURIComponent(id)}/actions/cancel`, {});
      }
      const path = `/v1/jobs/${encodeURIComponent(id)}?wait=30&revision=${job.revision}`;
      job = await this.get<JobView>(path);
      onChange(job);
    }
    return job;
  }
}

async function problemOf(response: Response): Promise<RelaxdError> {
  const text = await response.text();
  try {
    const problem = JSON.parse(text) as Record<string, unknown>;
    const { code, detail, type: _type, title: _title, status: _status, ...details } = problem;
    if (typeof code === 'string' && isErrorCode(code)) {
      return new RelaxdError(
        code,
        typeof detail === 'string' ? detail : code,
        details,
      );
    }
  } catch {
    // not a relaxd answer: said below
  }
  return new RelaxdError(
    'service-unreachable',
    `${response.url} answered ${response.status}: ${text.slice(0, 200)}`,
  );
}

export const jobEnded = (job: JobView): boolean => ENDED.has(job.state);
export function jobFraction(job: JobView): number {
  const { progress } = job;
  if (progress === null) return 0;
  return typeof progress === 'number' ? progress : progress.fraction;
}
