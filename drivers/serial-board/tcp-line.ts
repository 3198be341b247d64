import { connect, type Socket } from 'node:net';
import { abortedError, RelaxdError, throwIfAborted } from '../../src/core/index.js';
import type { BoardLine } from './board-line.js';

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

class TcpLine implements BoardLine {
  readonly setBaud = null;
  readonly minRtoMs = 50;
  private readonly listeners = new Set<(bytes: Uint8Array) => void>();
  private readonly enders = new Set<(reason: string) => void>();
  private ended: string | null = null;

  constructor(
    private readonly socket: Socket,
    readonly where: string,
  ) {
    socket.on('data', (bytes: Buffer) => {
      for (const listener of [...this.listeners]) listener(bytes);
    });
    socket.on('error', (error) => this.end(error.message));
    socket.on('close', () => this.end('the other side closed the connection'));
  }

  write(bytes: Uint8Array): void {
    if (this.ended === null) this.socket.write(Buffer.from(bytes));
  }

  onBytes(listener: (bytes: Uint8Array) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  onEnd(listener: (reason: string) => void): void {
    if (this.ended === null) this.enders.add(listener);
    else listener(this.ended);
  }

  async close(): Promise<void> {
    this.enders.clear();
    this.end('closed');
  }

  private end(reason: string): void {
    if (this.ended !== null) return;
    this.ended = reason;
    this.socket.destroy();
    this.listeners.clear();
    for (const listener of [...this.enders]) listener(reason);
    this.enders.clear();
  }
}
