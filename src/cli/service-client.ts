import { abortedError, isErrorCode, RelaxdError, type ErrorDetails } from '../core/index.js';

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
  ) {
    if (/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : '')) return;
    throw new RelaxdError('wrong-call', `'${url}' is no address of a service`, {
      path: '--url',
      value: url,
      limit: 'http://… or https://…',
      hint: `--url or RELAXD_URL, e.g. ${DEFAULT_URL}`,
    });
  }

  private async request(
    method: string,
    path: string,
    body?: unknown,
    signal: AbortSignal | null = null,
  ): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(new URL(path, this.url), {
        method,
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(this.key === null ? {} : { authorization: `Bearer ${this.key}` }),
        },
        signal,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (error) {
      if (signal?.aborted) throw abortedError(signal);
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

  async get<T>(path: string, signal: AbortSignal | null = null): Promise<T> {
    return (await (await this.request('GET', path, undefined, signal)).json()) as T;
  }

  async post<T>(path: string, body: unknown): Promise<T> {
    return (await (await this.request('POST', path, body)).json()) as T;
  }

  /** What a call answers with, piece by piece. */
  async pieces(method: string, path: string): Promise<AsyncIterable<Uint8Array>> {
    const response = await this.request(method, path);
    return response.body as unknown as AsyncIterable<Uint8Array>;
  }

  async bytes(path: string): Promise<Uint8Array> {
    return new Uint8Array(await (await this.request('GET', path)).arrayBuffer());
  }

  /** Waits for a job's end by long polls; `onChange` sees every revision. The signal cancels the job. */
  async waitForJob(
    id: string,
    onChange: (job: JobView) => void,
    cancel: AbortSignal,
  ): Promise<JobView> {
    const path = `/v1/jobs/${encodeURIComponent(id)}`;
    let job = await this.get<JobView>(path);
    onChange(job);
    let cancelled = false;
    while (!ENDED.has(job.state)) {
      try {
        job =
          cancel.aborted && !cancelled
            ? await this.post<JobView>(`${path}/actions/cancel`, {})
            : await this.get<JobView>(
                `${path}?wait=30&revision=${job.revision}`,
                cancelled ? null : cancel,
              );
        cancelled = cancel.aborted;
      } catch (error) {
        // The poll was cut off by the signal: the job is cancelled next.
        if (!cancel.aborted || cancelled || !isAborted(error)) throw error;
        continue;
      }
      onChange(job);
    }
    return job;
  }
}

const isAborted = (error: unknown): boolean =>
  error instanceof RelaxdError && error.code === 'aborted';

async function problemOf(response: Response): Promise<RelaxdError> {
  const text = await response.text();
  try {
    const problem = JSON.parse(text) as Record<string, unknown>;
    const { code, detail, type: _type, title: _title, status: _status, ...details } = problem;
    if (typeof code === 'string' && isErrorCode(code)) {
      return new RelaxdError(code, typeof detail === 'string' ? detail : code, details);
    }
  } catch {
    // not a relaxd answer: said below
  }
  return new RelaxdError(
    'service-unreachable',
    `${response.url} answered ${response.status}: ${text.slice(0, 200)}`,
  );
}

export function jobFraction(job: JobView): number {
  const { progress } = job;
  if (progress === null) return 0;
  return typeof progress === 'number' ? progress : progress.fraction;
}
