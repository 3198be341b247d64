import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PostgresServer } from '../../support/postgres-server.js';
import { RedisServer } from '../../support/redis-server.js';
import { RelaxdCommand } from '../../support/relaxd-command.js';
import { ServiceProcess } from '../../support/service-process.js';
import { CutLine } from './cut-line.js';
import { lineWire } from './cut-line-wire.js';
import { NodeNetwork, type Cut, type NodeWire } from './node-network.js';

/** One relaxd process of a lab, with a wire of its own to what the nodes share. */
export class LabNodeProcess {
  private process: ServiceProcess | null = null;
  /** What the processes before this one said. */
  private said = '';
  paused = false;
  cut = false;

  constructor(
    readonly name: string,
    private readonly folder: string,
    private readonly wire: NodeWire,
    private readonly call: readonly string[],
    private readonly key: string | null,
  ) {}

  async start(): Promise<void> {
    const { wire, key } = this;
    this.process = await ServiceProcess.start(this.folder, this.call, { prefix: wire.prefix, key });
  }

  get service(): ServiceProcess | null {
    return this.process;
  }

  /** Answers may be expected. */
  get well(): boolean {
    return this.process !== null && !this.paused && !this.cut;
  }

  get output(): string {
    return this.said + (this.process?.output ?? '');
  }

  pause(): void {
    this.paused = true;
    this.process?.child.kill('SIGSTOP');
  }

  goOn(): void {
    this.process?.child.kill('SIGCONT');
    this.paused = false;
  }

  cutOff(way: Cut = 'unplugged'): void {
    this.cut = true;
    this.wire.cut(way);
  }

  mend(): void {
    this.wire.mend();
    this.cut = false;
  }

  async end(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    const { process } = this;
    if (process === null) return;
    this.process = null;
    await process.end(signal);
    this.said += process.output;
  }
}

/** Several nodes of one lab on one PostgreSQL and, where it is here, one Redis. */
export class NodeLab implements AsyncDisposable {
  private constructor(
    readonly postgres: PostgresServer,
    readonly redis: RedisServer | null,
    /** Of the database, past every wire. */
    readonly url: string,
    readonly nodes: readonly LabNodeProcess[],
    private readonly lines: readonly CutLine[],
    /** null: everything is on 127.0.0.1, and lines are cut by {@link CutLine}. */
    readonly network: NodeNetwork | null,
    readonly folder: string,
  ) {}

  static async start(options: {
    readonly nodes: number;
    readonly leaseS: number;
    readonly redis: boolean;
    /** Each node in a network namespace of its own. */
    readonly network?: boolean;
  }): Promise<NodeLab> {
    const folder = mkdtempSync(join(tmpdir(), 'relaxd-nodes-'));
    const network = options.network === true ? NodeNetwork.make(options.nodes) : null;
    const postgres = await PostgresServer.start({ more: network });
    const redis = options.redis ? await RedisServer.start(network) : null;
    const url = await postgres.newDatabase();
    const key = network === null ? null : await newKey(folder, url);
    const lines: CutLine[] = [];
    const nodes: LabNodeProcess[] = [];
    for (let k = 0; k < options.nodes; k++) {
      const name = `node-${k}`;
      const config = join(folder, `${name}.json`);
      const own: CutLine[] = [];
      const wire = network?.wires[k] ?? lineWire(own);
      const shared = network?.address ?? '127.0.0.1';
      /** A server's port as the node reaches it. */
      const portOf = async (port: number): Promise<number> => {
        if (network !== null) return port;
        const line = await CutLine.to(port);
        own.push(line);
        return line.port;
      };
      const database = new URL(url);
      database.hostname = shared;
      database.port = String(await portOf(postgres.port));
      writeFileSync(
        config,
        JSON.stringify({
          version: 1,
          threads: 1,
          host: wire.host,
          databaseUrl: database.href,
          ...(redis === null ? {} : { redisUrl: `redis://${shared}:${await portOf(redis.port)}` }),
          limits: { readsPerMinute: 1_000_000, writesPerMinute: 1_000_000 },
          node: { name, leaseS: options.leaseS },
        }),
      );
      lines.push(...own);
      nodes.push(new LabNodeProcess(name, join(folder, name), wire, ['--config', config], key));
    }
    const lab = new NodeLab(postgres, redis, url, nodes, lines, network, folder);
    try {
      for (const node of nodes) await node.start();
    } catch (error) {
      await lab[Symbol.asyncDispose]();
      throw error;
    }
    return lab;
  }

  query(sql: string): Promise<readonly Record<string, unknown>[]> {
    return this.postgres.query(sql, this.url);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of this.nodes) {
      node.goOn();
      await node.end();
    }
    for (const line of this.lines) await line[Symbol.asyncDispose]();
    await this.redis?.[Symbol.asyncDispose]();
    await this.postgres[Symbol.asyncDispose]();
    this.network?.[Symbol.dispose]();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Nodes that do not listen on a loopback address answer nobody without a key. */
async function newKey(folder: string, url: string): Promise<string> {
  const { exit, out, err } = await new RelaxdCommand(folder).call(
    ...['keys', 'create', '--name', 'campaign', '--role', 'admin', '--database-url', url],
  );
  if (exit !== 0) throw new Error(err);
  return out.trim();
}
