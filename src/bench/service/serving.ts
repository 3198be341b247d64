import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compiledUrl, RelaxdError } from '../../core/index.js';

/** A service must be there after so long. */
const STARTS_WITHIN_MS = 60_000;

/** `relaxd serve` as a process of its own, on a free port of this machine, with a folder of its own. */
export class Serving implements AsyncDisposable {
  private constructor(
    private readonly child: ChildProcess,
    readonly folder: string,
    readonly port: number,
  ) {}

  /**
   * @param databaseUrl PostgreSQL instead of the embedded store: an empty database; null: the embedded one
   * @throws RelaxdError `service-unreachable` with what the service said
   */
  static async start(databaseUrl: string | null, signal: AbortSignal): Promise<Serving> {
    const folder = mkdtempSync(join(tmpdir(), 'relaxd-bench-'));
    const main = fileURLToPath(compiledUrl(import.meta.url, '../../main.js'));
    const more =
      databaseUrl === null ? [] : ['--database-url', databaseUrl, '--node-name', 'bench'];
    const child = spawn(
      process.execPath,
      [main, 'serve', '--port', '0', '--data', join(folder, 'data'), ...more],
      { stdio: ['ignore', 'ignore', 'pipe'], signal, killSignal: 'SIGKILL' },
    );
    let said = '';
    let timer: NodeJS.Timeout | undefined;
    try {
      const port = await new Promise<number>((resolve, reject) => {
        const fail = (why: string): void =>
          reject(
            new RelaxdError('service-unreachable', `the service does not start: ${why}`, {
              hint: said.slice(-2000),
            }),
          );
        timer = setTimeout(() => fail('it is not there after a minute'), STARTS_WITHIN_MS);
        child.stderr.setEncoding('utf8').on('data', (text: string) => {
          said = (said + text).slice(-10_000);
          const address = /relaxd \S+ at http:\/\/[^:]+:(\d+)/.exec(said);
          if (address !== null) resolve(Number(address[1]));
        });
        child.once('error', (error) => fail(error.message));
        child.once('exit', (code, by) => fail(`it ended with ${code ?? by}`));
      });
      return new Serving(child, folder, port);
    } catch (error) {
      child.kill('SIGKILL');
      await rm(folder, { recursive: true, force: true });
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const gone = once(this.child, 'exit');
      this.child.kill('SIGTERM');
      await gone;
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}
