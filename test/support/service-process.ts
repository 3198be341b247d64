import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../src/core/index.js';
import { endsWithTests } from './own-server.js';

const MAIN = fileURLToPath(new URL('dist/src/main.js', packageRoot(import.meta.url)));

/** How a service is started and spoken to, where that is not plainly. */
export interface ServiceOptions {
  /** Said before the command: what it is to run in. */
  readonly prefix?: readonly string[];
  /** For Node itself. */
  readonly node?: readonly string[];
  /** Variables besides those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** API key; null: nobody is asked for one. */
  readonly key?: string | null;
}

/** What tests look at of a job. */
export interface JobView {
  readonly id: string;
  readonly state: string;
  readonly revision: number;
  readonly endedAt: string | null;
  readonly run: string | null;
  readonly error: { readonly code: string } | null;
}

function spawnService(
  dataFolder: string,
  more: readonly string[],
  { prefix = [], node = [], env = {} }: ServiceOptions = {},
): ChildProcessByStdio<null, null, Readable> {
  // Runs that are under way at a test's end are not waited for; `more` may say otherwise.
  const drain = ['--drain', '0.5'];
  const call = [MAIN, 'serve', '--port', '0', '--data', dataFolder, ...drain, ...more];
  const [program, ...args] = [...prefix, process.execPath, ...node, ...call];
  const child = spawn(program!, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env },
  });
  endsWithTests(child);
  return child;
}

/** The built service as a process of its own, on a free port of 127.0.0.1. */
export class ServiceProcess {
  private constructor(
    readonly child: ChildProcess,
    readonly address: string,
    private readonly log: string[],
    /** Of every call. */
    readonly headers: Readonly<Record<string, string>>,
  ) {}

  static async start(
    dataFolder: string,
    more: readonly string[] = [],
    options: ServiceOptions = {},
  ): Promise<ServiceProcess> {
    const child = spawnService(dataFolder, more, options);
    const log: string[] = [];
    child.stderr.setEncoding('utf8');
    const address = await new Promise<string>((resolve, reject) => {
      child.stderr.on('data', (text: string) => {
        log.push(text);
        const match = /relaxd \S+ at (http:\/\/\S+)/.exec(log.join(''));
        if (match !== null) resolve(match[1]!);
      });
      child.once('exit', (code, signal) =>
        reject(new Error(`the service ended with ${code ?? signal}:\n${log.join('')}`)),
      );
    });
    const { key = null } = options;
    const headers = key === null ? {} : { authorization: `Bearer ${key}` };
    return new ServiceProcess(child, address, log, headers);
  }

  /** Kills a service while it starts; answers whether it was before it listened. */
  static async killAtStart(
    dataFolder: string,
    afterMs: number,
    more: readonly string[] = [],
  ): Promise<boolean> {
    const child = spawnService(dataFolder, more);
    let log = '';
    child.stderr.setEncoding('utf8');
    child.stderr.on('data', (text: string) => (log += text));
    const gone = once(child, 'close');
    await delay(afterMs);
    child.kill('SIGKILL');
    await gone;
    return !log.includes('listening');
  }

  get output(): string {
    return this.log.join('');
  }

  async get<T>(path: string): Promise<T> {
    const response = await fetch(this.address + path, { headers: this.headers });
    if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  async post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(this.address + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...this.headers, ...headers },
      body: JSON.stringify(body),
    });
  }

  /** Submits a job, which has to be taken. */
  async submit(body: object, headers: Record<string, string> = {}): Promise<JobView> {
    const response = await this.post('/v1/jobs', body, headers);
    if (response.status !== 201) {
      throw new Error(`a job was answered with ${response.status}: ${await response.text()}`);
    }
    return (await response.json()) as JobView;
  }

  job<T extends JobView = JobView>(id: string): Promise<T> {
    return this.get<T>(`/v1/jobs/${id}`);
  }

  /** Waits for something of a job. Fails where it ends before. */
  async jobUntil<T extends JobView = JobView>(id: string, holds: (job: T) => boolean): Promise<T> {
    let job = await this.job<T>(id);
    while (!holds(job)) {
      if (job.endedAt !== null) throw new Error(`job ${id} has ended: ${JSON.stringify(job)}`);
      job = await this.get<T>(`/v1/jobs/${id}?wait=30&revision=${job.revision}`);
    }
    return job;
  }

  jobEnd<T extends JobView = JobView>(id: string): Promise<T> {
    return this.jobUntil<T>(id, ({ endedAt }) => endedAt !== null);
  }

  /** Ends the process by a signal and waits until it is gone. */
  async end(signal: 'SIGKILL' | 'SIGTERM' = 'SIGTERM'): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const gone = once(this.child, 'exit');
      this.child.kill(signal);
      await gone;
    }
    return this.child.exitCode;
  }
}
