import { once } from 'node:events';
import { WebSocket } from 'ws';
import { relaxd } from '../../../proto/gen/stream.js';
import { SUBPROTOCOL, type ServerMessage } from '../../../src/service/stream/messages.js';
import { witnessRow } from '../kills/witness-samples.js';

/** What a viewer does while the run goes on. After it every viewer reads. */
export const WAYS = ['never-reads', 'never-reads-latest', 'slow', 'fast'] as const;
export type Way = (typeof WAYS)[number];

const SLOW_MS = 250;
/** Every so many-th batch is held against what was measured; of all it is checked which rows they have. */
const LOOKED_AT = 16;

interface Span {
  readonly from: number;
  readonly to: number;
}

/** A viewer of one run, that keeps account of which rows came and which were announced as lost, and of nothing else. */
export class RunViewer {
  private readonly rows: Span[] = [];
  private readonly gaps: Span[] = [];
  readonly wrong: string[] = [];
  bytes = 0;
  private batches = 0;
  private reading = true;
  private end: Extract<ServerMessage, { op: 'end' }> | null = null;
  private readonly ended: Promise<void>;
  private slowly: NodeJS.Timeout | null = null;

  private constructor(
    readonly way: Way,
    private readonly socket: WebSocket,
    private readonly seed: number,
  ) {
    this.ended = new Promise((resolve) => {
      socket.on('message', (data: Buffer, binary: boolean) => {
        if (binary) this.take(data);
        else this.hear(JSON.parse(data.toString('utf8')) as ServerMessage);
        if (this.end !== null) resolve();
      });
      socket.on('close', (code) => {
        if (this.end === null) this.wrong.push(`its socket was closed with ${code}`);
        resolve();
      });
      socket.on('error', () => undefined);
    });
  }

  /** Resolves once it is subscribed, from the first row on. */
  static async open(address: string, run: string, seed: number, way: Way): Promise<RunViewer> {
    const socket = new WebSocket(`${address.replace('http', 'ws')}/v1/stream`, SUBPROTOCOL, {
      perMessageDeflate: false,
    });
    await once(socket, 'open');
    const viewer = new RunViewer(way, socket, seed);
    const policy = way === 'never-reads' || way === 'fast' ? 'lossless' : 'latest';
    // Who never reads has all the credit that there is: only the network holds it back.
    const credit = way === 'slow' ? 1 : 1000;
    viewer.say({ op: 'subscribe', id: 'v', topic: `runs/${run}`, policy, from: 0, credit });
    if (way.startsWith('never')) {
      viewer.reading = false;
      socket.pause();
    }
    if (way === 'slow') viewer.slowly = setInterval(() => viewer.grant(1), SLOW_MS);
    return viewer;
  }

  private say(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  private grant(n: number): void {
    if (this.end === null) this.say({ op: 'credit', id: 'v', n });
  }

  private take(data: Buffer): void {
    const batch = relaxd.stream.v1.SampleBatch.decode(data);
    const from = Number(batch.firstRow);
    this.rows.push({ from, to: from + batch.rows });
    this.bytes += data.length;
    if (this.batches++ % LOOKED_AT === 0) this.lookAt(batch, from);
    if (this.way !== 'slow' || this.slowly === null) this.grant(1);
  }

  private lookAt(batch: InstanceType<typeof relaxd.stream.v1.SampleBatch>, from: number): void {
    const state = new Int8Array(batch.sites);
    const spins = Int8Array.from(batch.stateSpins);
    for (let k = 0; k < batch.rows; k++) {
      const { energy } = witnessRow(this.seed, batch.shot[k]!, batch.step[k]!, state);
      const got = spins.subarray(k * batch.sites, (k + 1) * batch.sites);
      if (batch.energy[k] === energy && state.every((value, i) => value === got[i])) continue;
      this.wrong.push(`row ${from + k} is not what was measured`);
      return;
    }
  }

  private hear(message: ServerMessage): void {
    if (message.op === 'gap') this.gaps.push({ from: message.from, to: message.to + 1 });
    if (message.op === 'error') this.wrong.push(JSON.stringify(message));
    if (message.op === 'end') this.end = message;
  }

  /** From here on it reads, and takes what comes at once. */
  async readAll(): Promise<void> {
    if (this.slowly !== null) clearInterval(this.slowly);
    this.slowly = null;
    if (!this.reading) this.socket.resume();
    this.grant(1000);
    await this.ended;
  }

  get rowsSeen(): number {
    return sum(this.rows);
  }
  get rowsInGaps(): number {
    return sum(this.gaps);
  }

  /** Rows that came and rows in gaps are together all there are, each once, and come in order. */
  check(rows: number): string[] {
    const all = [...this.rows, ...this.gaps].sort((a, b) => a.from - b.from);
    let next = 0;
    for (const { from, to } of all) {
      if (from !== next) {
        return [...this.wrong, `row ${next} should have come or been announced, and ${from} did`];
      }
      next = to;
    }
    if (next !== rows) this.wrong.push(`rows and gaps end at ${next}, and there are ${rows}`);
    if (this.rows.some(({ from }, k) => k > 0 && from < this.rows[k - 1]!.to)) {
      this.wrong.push('rows came out of order');
    }
    if (this.end?.reason !== 'completed' || this.end.next !== rows) {
      this.wrong.push(`its end was ${JSON.stringify(this.end)}`);
    }
    if (this.way === 'never-reads' && this.gaps.length > 0) this.wrong.push('lossless had gaps');
    return this.wrong;
  }

  close(): void {
    if (this.slowly !== null) clearInterval(this.slowly);
    this.socket.terminate();
  }
}

const sum = (spans: readonly Span[]): number =>
  spans.reduce((rows, { from, to }) => rows + to - from, 0);
