import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MAIN = 'dist/src/main.js';
const START_MS = 60_000;

/** The built service in a process of its own, with an empty store, as `npm start` runs it. */
export class RunningService implements AsyncDisposable {
  private constructor(
    private process: ChildProcess,
    readonly url: string,
    private readonly dataFolder: string,
    private readonly more: readonly string[],
    /** Of an admin; null where the service needs none. */
    readonly key: string | null,
  ) {}

  /** @param configuration members of the configuration; with `anonymous` `none` an admin's key is made first */
  static async start(
    configuration: {
      readonly anonymous?: 'none';
      readonly disk?: object;
      readonly calibration?: object;
    } = {},
  ): Promise<RunningService> {
    if (!existsSync(MAIN) || !existsSync('dist/dashboard/index.html')) {
      throw new Error('the browser tests need the built service: npm run build');
    }
    const dataFolder = await mkdtemp(join(tmpdir(), 'relaxd-browser-'));
    const asks = configuration.anonymous === 'none';
    const config = join(dataFolder, 'relaxd.json');
    await writeFile(config, JSON.stringify({ version: 1, ...configuration }));
    const key = asks ? firstKey(dataFolder) : null;
    const more = Object.keys(configuration).length > 0 ? ['--config', config] : ['--demo'];
    const { process, url } = await launch(dataFolder, 0, more);
    return new RunningService(process, url, dataFolder, more, key);
  }

  /** Ends the process and keeps its store. */
  async stop(): Promise<void> {
    await ended(this.process);
  }

  /** Starts it again, on the same port and store. */
  async startAgain(): Promise<void> {
    const { process } = await launch(this.dataFolder, Number(new URL(this.url).port), this.more);
    this.process = process;
  }

  private get headers(): Record<string, string> {
    return this.key === null ? {} : { authorization: `Bearer ${this.key}` };
  }

  async get<T>(path: string): Promise<T> {
    return (await (await fetch(new URL(path, this.url), { headers: this.headers })).json()) as T;
  }

  async post<T>(path: string, body: unknown): Promise<T> {
    const response = await fetch(new URL(path, this.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...this.headers },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`POST ${path}: ${response.status} ${text}`);
    return JSON.parse(text) as T;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(this.dataFolder, { recursive: true, force: true });
  }
}

/** Made on the data folder, before the service has it. */
function firstKey(dataFolder: string): string {
  const args = ['keys', 'create', '--name', 'admin', '--role', 'admin', '--data', dataFolder];
  const made = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(made.stderr);
  return made.stdout.trim();
}

/** The service says on standard error where it listens. */
function launch(
  dataFolder: string,
  port: number,
  more: readonly string[],
): Promise<{ readonly process: ChildProcess; readonly url: string }> {
  const child = spawn(
    process.execPath,
    [MAIN, 'serve', ...more, '--port', String(port), '--data', dataFolder],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  return new Promise((resolve, reject) => {
    let said = '';
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`the service did not start within ${START_MS / 1000} s:\n${said}`));
    }, START_MS);
    child.stderr.setEncoding('utf8');
    child.stderr.on('data', (text: string) => {
      said = `${said}${text}`.slice(-20_000);
      const url = /^relaxd \S+ at (http:\/\/\S+)/m.exec(said)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve({ process: child, url: url.endsWith('/') ? url : `${url}/` });
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`the service ended with ${code} before it listened:\n${said}`));
    });
  });
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), 15_000);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill('SIGTERM');
  });
}
