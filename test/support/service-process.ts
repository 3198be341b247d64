import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../src/core/index.js';

const MAIN = fileURLToPath(new URL('dist/src/main.js', packageRoot(import.meta.url)));

function spawnService(
  dataFolder: string,
  more: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcessByStdio<null, null, Readable> {
  // Runs that are under way at a test's end are not waited for; `more` may say otherwise.
  const drain = ['--drain', '0.5'];
  const call = [MAIN, 'serve', '--port', '0', '--data', dataFolder, ...drain, ...more];
  return spawn(process.execPath, call, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env },
  });
}

/** The built service as a process of its own, on a free port of 127.0.0.1. */
export class ServiceProcess {
  private constructor(
    readonly child: ChildProcess,
    readonly address: string,
    private readonly log: string[],
  ) {}

  static async start(
    dataFolder: string,
    more: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ): Promise<ServiceProcess> {
    const child = spawnService(dataFolder, more, env);
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
    return new ServiceProcess(child, address, log);
  }

  /** Kills a service while it starts; answers whether it was before it listened. */
  static async killAtStart(dataFolder: string, afterMs: number): Promise<boolean> {
    const child = spawnService(dataFolder, []);
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
    const response = await fetch(this.address + path);
    if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  async post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(this.address + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
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
