import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endsWithTests } from '../../support/own-server.js';
import { PostgresServer } from '../../support/postgres-server.js';
import { RedisServer } from '../../support/redis-server.js';
import { ServiceProcess } from '../../support/service-process.js';
import { CutLine } from './cut-line.js';

/** One relaxd process of a lab, with lines of its own to what the nodes share. */
export class LabNodeProcess {
  private process: ServiceProcess | null = null;
  /** What the processes before this one said. */
  private said = '';
  paused = false;
  cut = false;

  constructor(
    readonly name: string,
    private readonly folder: string,
    private readonly lines: readonly CutLine[],
    private readonly call: readonly string[],
  ) {}

  async start(): Promise<void> {
    const process = await ServiceProcess.start(this.folder, this.call);
    this.process = process;
    endsWithTests(process.child);
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

  cutOff(): void {
    this.cut = true;
    for (const line of this.lines) line.cut();
  }

  mend(): void {
    for (const line of this.lines) line.mend();
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
    /** Of the database, past every line. */
    readonly url: string,
    readonly nodes: readonly LabNodeProcess[],
    private readonly lines: readonly CutLine[],
    private readonly folder: string,
  ) {}

  static async start(options: {
    readonly nodes: number;
    readonly leaseS: number;
    readonly redis: boolean;
  }): Promise<NodeLab> {
    const folder = mkdtempSync(join(tmpdir(), 'relaxd-nodes-'));
    const postgres = await PostgresServer.start();
    const redis = options.redis ? await RedisServer.start() : null;
    const url = await postgres.newDatabase();
    const lines: CutLine[] = [];
    const nodes: LabNodeProcess[] = [];
    for (let k = 0; k < options.nodes; k++) {
      const name = `node-${k}`;
      const own = [await CutLine.to(postgres.port)];
      if (redis !== null) own.push(await CutLine.to(redis.port));
      lines.push(...own);
      const config = join(folder, `${name}.json`);
      writeFileSync(
        config,
        JSON.stringify({
          version: 1,
          threads: 1,
          databaseUrl: postgres.url(new URL(url).pathname.slice(1), own[0]!.port),
          ...(redis === null ? {} : { redisUrl: `redis://127.0.0.1:${own[1]!.port}` }),
          node: { name, leaseS: options.leaseS },
        }),
      );
      nodes.push(new LabNodeProcess(name, join(folder, name), own, ['--config', config]));
    }
    const lab = new NodeLab(postgres, redis, url, nodes, lines, folder);
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
    rmSync(this.folder, { recursive: true, force: true });
  }
}
