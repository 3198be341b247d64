import { createServer, type Server, type Socket } from 'node:net';
import type { BoardPort } from '../board-port.js';

/** A board behind a TCP port, for one host at a time. It has no rate. */
export interface TcpHost {
  readonly port: BoardPort;
  readonly host: string;
  /** The one that was asked for, or that the system gave for 0. */
  readonly tcpPort: number;
  unplug(): void;
  plugIn(): void;
  close(): Promise<void>;
}

/** What a host that does not read is sent at most. */
const UNREAD_BYTES = 1 << 20;

export async function openTcp(options: { host?: string; port: number }): Promise<TcpHost> {
  const { host = '127.0.0.1' } = options;
  const listeners = new Set<(bytes: Uint8Array) => void>();
  let client: Socket | null = null;
  let pluggedIn = true;
  const server: Server = createServer((socket) => {
    // A line has two ends.
    if (client !== null || !pluggedIn) {
      socket.destroy();
      return;
    }
    client = socket;
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => {
      for (const listener of [...listeners]) listener(bytes);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (client === socket) client = null;
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, host, resolve);
  });
  const address = server.address();
  const unplug = (): void => {
    pluggedIn = false;
    client?.destroy();
    client = null;
  };
  return {
    host,
    tcpPort: typeof address === 'object' && address !== null ? address.port : options.port,
    port: {
      write: (bytes) => {
        if (client !== null && client.writableLength < UNREAD_BYTES) client.write(bytes.slice());
      },
      onBytes: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    unplug,
    plugIn: () => {
      pluggedIn = true;
    },
    close: async () => {
      unplug();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}
