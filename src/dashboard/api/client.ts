import type {
  CalibrationEvent,
  CalibrationRow,
  Caller,
  Descriptor,
  Device,
  Drift,
  Job,
  MemorySet,
  MemorySetRow,
  Page,
  Queue,
  RetrieveBody,
  Sweep,
} from './documents.js';
import { readProblem, unreachable } from './problem.js';
import type { Session } from './session.js';

/** The part of the REST API that the dashboard uses. Every method throws an `ApiProblem` where it does not succeed. */
export class ApiClient {
  /** @param base address that `v1/…` is relative to, with a slash at its end */
  constructor(
    private readonly base: string,
    private readonly session: Session,
    /** Told where a call is refused for want of a key that works. */
    private readonly onUnauthenticated: (detail: string) => void,
  ) {}

  /** Who the service takes this page for. */
  caller(): Promise<Caller> {
    return this.get('v1/me');
  }

  /** Subprotocol that opens one socket; null where the service needs no key. */
  async streamTicket(): Promise<string | null> {
    if (this.session.key === null) return null;
    return (await this.post<{ readonly ticket: string }>('v1/stream/tickets', {})).ticket;
  }

  /** The service's version, out of `/healthz`. */
  async version(): Promise<string> {
    return (await this.get<{ readonly version: string }>('healthz')).version;
  }

  devices(): Promise<Page<Device>> {
    return this.get('v1/devices');
  }

  descriptor(device: string): Promise<Descriptor> {
    return this.get(`v1/devices/${encodeURIComponent(device)}/descriptor`);
  }

  /** The newest jobs first. */
  jobs(limit: number): Promise<Page<Job>> {
    return this.get(`v1/jobs?limit=${limit}`);
  }

  job(id: string): Promise<Job> {
    return this.get(`v1/jobs/${encodeURIComponent(id)}`);
  }

  /** The first rows of a sweep, at most 1,000. */
  sweep(job: string): Promise<Sweep> {
    return this.get(`v1/jobs/${encodeURIComponent(job)}/sweep`);
  }

  queue(): Promise<Queue> {
    return this.get('v1/queue');
  }

  memorySets(): Promise<Page<MemorySetRow>> {
    return this.get('v1/memory-sets?limit=200');
  }

  memorySet(id: string): Promise<MemorySet> {
    return this.get(`v1/memory-sets/${encodeURIComponent(id)}`);
  }

  /** The documents of a run; null where they are longer than `mostBytes`. */
  async runDocuments(id: string, mostBytes: number): Promise<readonly unknown[] | null> {
    const stop = new AbortController();
    const response = await this.request(`v1/runs/${encodeURIComponent(id)}/documents`, {
      signal: stop.signal,
    });
    if (Number(response.headers.get('content-length') ?? 0) > mostBytes) {
      stop.abort();
      return null;
    }
    return ((await response.json()) as Page<unknown>).items;
  }

  /** @param idempotencyKey the same for each try of one submission, so that it is made once */
  retrieve(body: RetrieveBody, idempotencyKey: string): Promise<Job> {
    return this.post('v1/jobs', body, { 'idempotency-key': idempotencyKey });
  }

  /** Newest first. */
  calibrations(device: string): Promise<Page<CalibrationRow>> {
    return this.get(`v1/calibrations?limit=20&device=${encodeURIComponent(device)}`);
  }

  /** Newest first. */
  calibrationHistory(device: string): Promise<Page<CalibrationEvent>> {
    return this.get(`v1/devices/${encodeURIComponent(device)}/calibration-history?limit=20`);
  }

  drift(device: string): Promise<Drift> {
    return this.get(`v1/devices/${encodeURIComponent(device)}/drift`);
  }

  actOnCalibration(
    id: string,
    revision: number,
    action: string,
    reason: string,
  ): Promise<CalibrationRow> {
    return this.post(
      `v1/calibrations/${encodeURIComponent(id)}/actions/${action}`,
      { reason },
      { 'if-match': `"${revision}"` },
    );
  }

  /** Measures a device; what it was found to be is proposed. */
  calibrate(device: string): Promise<Job> {
    return this.post('v1/jobs', { kind: 'calibrate', device, probes: 'standard' });
  }

  /** Looks whether a device has drifted from its calibration. */
  check(device: string): Promise<Job> {
    return this.post('v1/jobs', { kind: 'check', device });
  }

  act(job: string, action: string): Promise<Job> {
    return this.post(`v1/jobs/${encodeURIComponent(job)}/actions/${action}`, {});
  }

  private async get<T>(path: string): Promise<T> {
    return (await (await this.request(path, {})).json()) as T;
  }

  private async post<T>(path: string, body: unknown, headers = {}): Promise<T> {
    const response = await this.request(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    return (await response.json()) as T;
  }

  private async request(path: string, init: RequestInit): Promise<Response> {
    let response: Response;
    try {
      const headers = {
        ...(init.headers as Record<string, string> | undefined),
        ...this.session.headers,
      };
      response = await fetch(new URL(path, this.base), { ...init, headers });
    } catch {
      throw unreachable('the service does not answer');
    }
    if (response.ok) return response;
    const problem = readProblem(response.status, await response.text());
    if (problem.code === 'unauthenticated') this.onUnauthenticated(problem.detail);
    throw problem;
  }
}
