import { connect, type Socket } from 'node:net';
import { abortedError, RelaxdError, throwIfAborted } from '../../src/core/index.js';
import type { BoardLine } from './board-line.js';
import { EndingLine } from './ending-line.js';

const CONNECT_MS = 5000;

/**
 * A board behind a TCP port (a bridge, or the simulator). It has no line rate.
 *
 * @throws RelaxdError `device-offline` where nobody answers; `aborted`
 */
export async function openTcpLine(
  host: string,
  port: number,
  signal?: AbortSignal,
): Promise<BoardLine> {
  throwIfAborted(signal);
  const where = `${host}:${port}`;
  const socket = connect({ host, port, noDelay: true });
  await new Promise<void>((resolve, reject) => {
    const leave = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      socket.off('error', refuse);
    };
    const refuse = (error: Error): void => {
      leave();
      socket.destroy();
      reject(
        error instanceof RelaxdError
          ? error
          : new RelaxdError(
              'device-offline',
              `${where} does not answer: ${error.message}`,
              {},
              error,
            ),
      );
    };
    const stop = (): void => refuse(abortedError(signal!));
    const timer = setTimeout(() => refuse(new Error('no connection in time')), CONNECT_MS);
    signal?.addEventListener('abort', stop, { once: true });
    socket.once('error', refuse);
    socket.once('connect', () => {
      leave();
      resolve();
    });
  });
  return new TcpLine(socket, where);
}

class TcpLine extends EndingLine {
  readonly setBaud = null;
  readonly minRtoMs = 50;

  constructor(
    private readonly socket: Socket,
    where: string,
  ) {
    super(where);
    socket.on('data', (bytes: Buffer) => this.take(bytes));
    socket.on('error', (error) => this.end(error.message));
    socket.on('close', () => this.end('the other side closed the connection'));
  }

  write(bytes: Uint8Array): void {
    if (!this.ended) this.socket.write(Buffer.from(bytes));
  }

  protected override end(reason: string): void {
    this.socket.destroy();
    super.end(reason);
  }
}
