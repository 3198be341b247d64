import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';

/** Path of a program in these folders or in PATH; null: it is not here. */
export function findProgram(name: string, folders: readonly string[] = []): string | null {
  for (const folder of [...folders, ...(process.env['PATH'] ?? '').split(delimiter)]) {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch {
      // in the next one, perhaps
    }
  }
  return null;
}

/** A port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

const started = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of started) child.kill('SIGKILL');
});

/** A process that these tests have started does not outlive them. */
export function endsWithTests(child: ChildProcess): void {
  started.add(child);
  child.once('exit', () => started.delete(child));
}

/** A server as a process of this one. `output` has what it said. */
export class OwnServer {
  private constructor(
    readonly child: ChildProcess,
    private readonly said: string[],
  ) {}

  /** @param ready tells from outside whether it serves; asked again until it does, for 60 s at most */
  static async start(
    command: string,
    args: readonly string[],
    ready: () => Promise<boolean>,
    options: SpawnOptions = {},
  ): Promise<OwnServer> {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    endsWithTests(child);
    const said: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => said.push(text));
    }
    const server = new OwnServer(child, said);
    const tries = 3000;
    for (let k = 0; k < tries && server.runs; k++) {
      if (await ready()) return server;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await server.end('SIGKILL');
    throw new Error(`${command} does not serve:\n${server.output}`);
  }

  get runs(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  get output(): string {
    return this.said.join('');
  }

  /** Sends a signal and waits until the process is gone. */
  async end(signal: NodeJS.Signals): Promise<void> {
    if (!this.runs) return;
    const gone = once(this.child, 'exit');
    this.child.kill(signal);
    await gone;
  }
}
