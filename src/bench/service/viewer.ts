import { once } from 'node:events';
import protobuf from 'protobufjs/minimal.js';
import { WebSocket } from 'ws';

const FIELDS = { firstRow: 5, rows: 6, every: 19 } as const;

/** How a viewer takes what it is sent. */
export type Manner =
  /** Everything, as fast as it comes. */
  | 'lossless'
  /** The newest, as fast as it comes. */
  | 'latest'
  /** Grants a message of credit twice a second. */
  | 'decimate'
  /** Wants the newest, and reads nothing before the end. */
  | 'stalled';

export const MANNERS: readonly Manner[] = ['lossless', 'latest', 'decimate', 'stalled'];
const CREDIT = 8;
const SLOW_MS = 500;

/** A viewer of one run that counts: every row has to come or to be announced as missing, once and in order. */
export class CountingViewer implements Disposable {
  received = 0;
  missing = 0;
  bytes = 0;
  /** What was wrong first; null: nothing. */
  fault: string | null = null;
  private next = 0;
  /** A raster that was announced, for the batch that follows. */
  private raster: { readonly from: number; readonly to: number; readonly every: number } | null =
    null;
  private readonly done: Promise<void>;
  private timer: NodeJS.Timeout | null = null;
  private resolve: () => void = () => undefined;

  private constructor(
    private readonly socket: WebSocket,
    readonly manner: Manner,
    private readonly run: string,
  ) {
    this.done = new Promise((resolve) => (this.resolve = resolve));
    socket.on('message', (message: Buffer, binary: boolean) => {
      this.bytes += message.length;
      if (binary) this.batch(message);
      else this.told(JSON.parse(message.toString('utf8')) as Told);
    });
    socket.on('close', (code) => this.wrong(`the socket was closed with ${code}`));
    socket.on('error', (error) => this.wrong(error.message));
  }

  static async open(port: number, run: string, manner: Manner): Promise<CountingViewer> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/stream`, 'relaxd.v1', {
      perMessageDeflate: false,
    });
    await once(socket, 'open');
    const viewer = new CountingViewer(socket, manner, run);
    const policy = manner === 'stalled' ? 'latest' : manner;
    const credit = manner === 'stalled' ? 1000 : manner === 'decimate' ? 1 : CREDIT;
    viewer.send({ op: 'subscribe', id: 'v', topic: `runs/${run}`, policy, from: 0, credit });
    if (manner === 'stalled') socket.pause();
    if (manner === 'decimate') {
      viewer.timer = setInterval(() => viewer.send({ op: 'credit', id: 'v', n: 1 }), SLOW_MS);
    }
    return viewer;
  }

  /** The run is over: reads what is left, and resolves at the subscription's end. */
  async readOut(): Promise<void> {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    this.socket.resume();
    this.send({ op: 'credit', id: 'v', n: 1000 });
    await this.done;
  }

  /** Rows that came or were announced as missing, in order. */
  get accounted(): number {
    return this.next;
  }

  [Symbol.dispose](): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.socket.removeAllListeners();
    this.socket.on('error', () => undefined);
    this.socket.terminate();
  }

  private send(message: object): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  private batch(message: Buffer): void {
    const { firstRow, rows, every } = headOf(message);
    const { raster } = this;
    this.raster = null;
    if (firstRow !== this.next) this.wrong(`row ${firstRow} came, ${this.next} was next`);
    const last = firstRow + (rows - 1) * every;
    if (every > 1 && (raster?.from !== firstRow || raster.to !== last || raster.every !== every)) {
      this.wrong(
        `every ${every}th row from ${firstRow} to ${last} came, announced was another gap`,
      );
    }
    this.next = last + 1;
    this.received += rows;
    if (this.manner !== 'decimate' || this.timer === null)
      this.send({ op: 'credit', id: 'v', n: 1 });
  }

  private told(told: Told): void {
    if (told.op === 'gap') {
      if (told.from !== this.next) this.wrong(`a gap from ${told.from}, ${this.next} was next`);
      this.missing += told.missing;
      if (told.every === undefined) this.next = told.to + 1;
      else this.raster = { from: told.from, to: told.to, every: told.every };
    } else if (told.op === 'end') {
      if (told.next !== this.next) this.wrong(`it ended at ${told.next}, ${this.next} was next`);
      this.resolve();
    } else if (told.op === 'error') this.wrong(told.message ?? 'an error');
  }

  private wrong(what: string): void {
    this.fault ??= `${this.manner}: ${what}`;
    this.resolve();
  }
}

interface Told {
  readonly op: string;
  readonly from: number;
  readonly to: number;
  readonly every?: number;
  readonly missing: number;
  readonly next?: number;
  readonly message?: string;
}

/** Where a batch belongs. Its columns, which are nearly all of it, are passed over. */
function headOf(message: Buffer): {
  readonly firstRow: number;
  readonly rows: number;
  readonly every: number;
} {
  const head = { firstRow: 0, rows: 0, every: 1 };
  const reader = protobuf.Reader.create(message);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    switch (tag >>> 3) {
      case FIELDS.firstRow:
        head.firstRow = Number(reader.uint64());
        break;
      case FIELDS.rows:
        head.rows = reader.uint32();
        break;
      case FIELDS.every:
        head.every = reader.uint32();
        break;
      default:
        reader.skipType(tag & 7);
    }
  }
  return head;
}
