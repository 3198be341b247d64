import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram, freePort, OwnServer } from './own-server.js';
import type { MoreAddress } from './postgres-server.js';

const redis = findProgram('redis-server');

/** Why there can be no Redis here; null: there can. */
export const redisMissing: string | null =
  redis === null ? 'Redis (redis-server) is not installed' : null;

/** A Redis of these tests' own: in a temporary folder, on a free port of 127.0.0.1, that keeps nothing. */
export class RedisServer implements AsyncDisposable {
  private constructor(
    private readonly folder: string,
    readonly port: number,
    private server: OwnServer,
    private readonly more: MoreAddress | null,
  ) {}

  static async start(more: MoreAddress | null = null): Promise<RedisServer> {
    const folder = mkdtempSync(join(tmpdir(), 'relaxd-redis-'));
    const port = await freePort();
    return new RedisServer(folder, port, await serve(folder, port, more), more);
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Sends a command; resolves with the first line of the answer. */
  async command(...words: readonly string[]): Promise<string> {
    return ask(this.port, words);
  }

  /** Killed: what it had is lost. */
  async kill(): Promise<void> {
    await this.server.end('SIGKILL');
  }

  /** Again, empty, after {@link kill}. */
  async startAgain(): Promise<void> {
    this.server = await serve(this.folder, this.port, this.more);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function serve(folder: string, port: number, more: MoreAddress | null): Promise<OwnServer> {
  const bind = more === null ? ['127.0.0.1'] : ['127.0.0.1', more.address];
  const args = ['--port', String(port), '--bind', ...bind, '--dir', folder];
  if (more !== null) args.push('--protected-mode', 'no');
  const nothingKept = ['--save', '', '--appendonly', 'no'];
  const ready = async (): Promise<boolean> =>
    (await ask(port, ['PING']).catch(() => '')) === '+PONG';
  return OwnServer.start(redis!, [...args, ...nothingKept], ready, { cwd: folder });
}

async function ask(port: number, words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.setEncoding('utf8');
    let text = '';
    socket.on('data', (part: string) => {
      text += part;
      const end = text.indexOf('\r\n');
      if (end < 0) return;
      socket.destroy();
      resolve(text.slice(0, end));
    });
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('Redis hung up')));
    const bulk = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('');
    socket.write(`*${words.length}\r\n${bulk}`);
  });
}
