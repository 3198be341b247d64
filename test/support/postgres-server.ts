import { execFile, execFileSync } from 'node:child_process';
import { appendFileSync, chownSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { findProgram, freePort, OwnServer } from './own-server.js';

const DEBIAN = '/usr/lib/postgresql';
/** Of a start after a kill. */
const MOST_TRIES = 30;

/** Debian keeps the servers of every version beside each other, out of PATH. */
function debianFolders(): string[] {
  try {
    const versions = readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a));
    return versions.map((version) => join(DEBIAN, version, 'bin'));
  } catch {
    return [];
  }
}

const postgres = findProgram('postgres', debianFolders());
const initdb = findProgram('initdb', debianFolders());

/** Why there can be no PostgreSQL here; null: there can. For the titles of tests that are left out. */
export const postgresMissing: string | null =
  postgres === null || initdb === null ? 'PostgreSQL (postgres, initdb) is not installed' : null;

/** PostgreSQL does not run as root: then it runs as the user that its package has made, or as nobody. */
function unprivileged(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  for (const user of ['postgres', 'nobody']) {
    try {
      const id = (flag: string): number =>
        Number(execFileSync('id', [flag, user], { stdio: ['ignore', 'pipe', 'ignore'] }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // there is no such user
    }
  }
  return {};
}

/** Another address of this machine on which a server of the tests is to be reached as well, and by whom. */
export interface MoreAddress {
  readonly address: string;
  readonly range: string;
}

export interface PostgresServerOptions {
  readonly more?: MoreAddress | null;
  /**
   * Every commit waits for the disk, as in a laboratory. Without, what it has written down is lost with the machine, not with its
   * processes: no test notices, but for its time.
   */
  readonly synced?: boolean;
}

/** A PostgreSQL of these tests' own: in a temporary folder, on a free port of 127.0.0.1, without passwords. */
export class PostgresServer implements AsyncDisposable {
  private databases = 0;

  private constructor(
    private readonly folder: string,
    readonly port: number,
    private readonly user: { readonly uid?: number; readonly gid?: number },
    private server: OwnServer,
    private readonly options: PostgresServerOptions,
  ) {}

  static async start(options: PostgresServerOptions = {}): Promise<PostgresServer> {
    const { more = null } = options;
    const user = unprivileged();
    const folder = mkdtempSync(join(tmpdir(), 'relaxd-postgres-'));
    if (user.uid !== undefined) chownSync(folder, user.uid, user.gid!);
    const port = await freePort();
    const data = join(folder, 'data');
    const create = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C'];
    await promisify(execFile)(initdb!, [...create, '--no-sync'], {
      ...user,
      cwd: folder,
      env: { PATH: process.env['PATH'] },
    });
    if (more !== null) {
      appendFileSync(join(data, 'pg_hba.conf'), `host all all ${more.range} trust\n`);
    }
    return new PostgresServer(
      folder,
      port,
      user,
      await serve(folder, port, user, options),
      options,
    );
  }

  /** URL of a database. */
  url(database = 'postgres', port = this.port): string {
    return `postgres://postgres@127.0.0.1:${port}/${database}`;
  }

  /** A new, empty database. */
  async newDatabase(): Promise<string> {
    const name = `t${this.databases++}`;
    await this.query(`CREATE DATABASE ${name}`);
    return this.url(name);
  }

  /** A new, empty schema of one database: much cheaper than a database. */
  async newSchema(): Promise<string> {
    const name = `s${this.databases++}`;
    await this.query(`CREATE SCHEMA ${name}`);
    return `${this.url()}?options=${encodeURIComponent(`-c search_path=${name}`)}`;
  }

  async query(sql: string, url = this.url()): Promise<readonly Record<string, unknown>[]> {
    const { default: pg } = await import('pg');
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await client.end();
    }
  }

  /** As a crash ends it (`SIGQUIT`: at once, with recovery at the next start), or in order (`SIGINT`). */
  async stop(signal: 'SIGQUIT' | 'SIGINT' = 'SIGINT'): Promise<void> {
    await this.server.end(signal);
  }

  /** Killed, every process of it: nothing is written any more, and nothing said. */
  async kill(): Promise<void> {
    const { pid } = this.server.child;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    const gone = this.server.end('SIGKILL');
    for (const child of children) {
      try {
        if (child !== '') process.kill(Number(child), 'SIGKILL');
      } catch {
        // it has gone by itself
      }
    }
    await gone;
  }

  /** Again, after {@link stop} or {@link kill}. */
  async startAgain(): Promise<void> {
    for (let tries = 0; ; tries++) {
      try {
        this.server = await serve(this.folder, this.port, this.user, this.options);
        return;
      } catch (error) {
        // A process that began while the others were killed goes as soon as it sees that they are gone.
        const held = (error as Error).message.includes('is still in use');
        if (!held || tries === MOST_TRIES) throw error;
        await delay(1000);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGQUIT');
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function serve(
  folder: string,
  port: number,
  user: { readonly uid?: number; readonly gid?: number },
  { more = null, synced = false }: PostgresServerOptions,
): Promise<OwnServer> {
  const settings = {
    port: String(port),
    listen_addresses: more === null ? '127.0.0.1' : `127.0.0.1,${more.address}`,
    unix_socket_directories: '',
    max_connections: '100',
    shared_buffers: '32MB',
    fsync: synced ? 'on' : 'off',
    deadlock_timeout: '100ms',
    // After a crash: not file after file of every database.
    recovery_init_sync_method: 'syncfs',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const { default: pg } = await import('pg');
  const ready = async (): Promise<boolean> => {
    const client = new pg.Client({
      host: '127.0.0.1',
      port,
      user: 'postgres',
      database: 'postgres',
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.end();
      return true;
    } catch {
      return false;
    }
  };
  return OwnServer.start(postgres!, ['-D', join(folder, 'data'), ...args], ready, {
    ...user,
    cwd: folder,
  });
}
