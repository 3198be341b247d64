import { WebSocket } from 'ws';
import { relaxd } from '../../../proto/gen/stream.js';
import { SUBPROTOCOL, type ServerMessage } from './messages.js';

const { SampleBatch } = relaxd.stream.v1;
export type Batch = InstanceType<typeof SampleBatch>;
export type Received = ServerMessage | { readonly op: 'batch'; readonly batch: Batch };

/** A viewer that keeps everything that it is sent. */
export class Viewer {
  readonly received: Received[] = [];
  closed: { readonly code: number; readonly reason: string } | null = null;
  private waiting: (() => void)[] = [];

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer, binary: boolean) => {
      this.received.push(
        binary
          ? { op: 'batch', batch: SampleBatch.decode(data) }
          : (JSON.parse(data.toString('utf8')) as ServerMessage),
      );
      this.wake();
    });
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString('utf8') };
      this.wake();
    });
    socket.on('error', () => this.wake());
  }

  static async open(
    address: string,
    options: {
      readonly protocol?: string;
      readonly origin?: string;
      readonly ticket?: string;
      readonly key?: string;
    } = {},
  ): Promise<Viewer> {
    const url = `${address.replace('http', 'ws')}/v1/stream`;
    const { protocol = SUBPROTOCOL, origin, ticket, key } = options;
    const protocols = [protocol, ticket ?? ''].filter((name) => name !== '');
    const socket = new WebSocket(url, protocols, {
      ...(origin === undefined ? {} : { origin }),
      ...(key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } }),
    });
    const viewer = new Viewer(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return viewer;
  }

  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** Resolves with the first message of the kind from position `from` on. */
  async message<T extends Received['op']>(
    op: T,
    fits: (message: Extract<Received, { op: T }>) => boolean = () => true,
  ): Promise<Extract<Received, { op: T }>> {
    for (;;) {
      const found = this.of(op).find(fits);
      if (found !== undefined) return found;
      if (this.closed !== null) throw new Error(`closed: ${JSON.stringify(this.closed)}`);
      await this.change();
    }
  }

  async close(): Promise<{ readonly code: number; readonly reason: string }> {
    while (this.closed === null) await this.change();
    return this.closed;
  }

  of<T extends Received['op']>(op: T): Extract<Received, { op: T }>[] {
    return this.received.filter((m): m is Extract<Received, { op: T }> => m.op === op);
  }

  /** All rows that came, in order. */
  rows(): number[] {
    return this.of('batch').flatMap(({ batch }) =>
      Array.from(
        { length: batch.rows },
        (_, k) => Number(batch.firstRow) + k * Math.max(1, batch.every),
      ),
    );
  }

  /** All rows that were announced as missing, one by one. */
  missing(): number[] {
    return this.of('gap').flatMap(({ from, to, every, missing }) => {
      const all = Array.from({ length: to - from + 1 }, (_, k) => from + k);
      const gone = every === undefined ? all : all.filter((row) => (row - from) % every !== 0);
      if (gone.length !== missing) throw new Error(`a gap of ${gone.length} says ${missing}`);
      return gone;
    });
  }

  hangUp(): void {
    this.socket.terminate();
  }

  private change(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }
  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}
