import { once } from 'node:events';
import { constants, openSync } from 'node:fs';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { ReadStream } from 'node:tty';
import type { ByteLine } from '../../src/link/index.js';

/** A host's end of a line that is there for real. */
export interface HostLine extends ByteLine {
  close(): Promise<void>;
}

function lineOf(stream: Duplex, minRtoMs: number): HostLine {
  stream.on('error', () => undefined);
  return {
    write: (bytes) => {
      if (!stream.destroyed) stream.write(bytes);
    },
    onBytes: (listener) => {
      stream.on('data', listener);
      return () => stream.off('data', listener);
    },
    setBaud: null,
    minRtoMs,
    close: async () => {
      if (stream.destroyed) return;
      const closed = once(stream, 'close');
      stream.destroy();
      await closed;
    },
  };
}

/** A tty as a file, at the rate that it has. */
export function openTty(path: string): HostLine {
  const flags = constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK;
  return lineOf(new ReadStream(openSync(path, flags)), 50);
}

/** @param address HOST:PORT */
export async function openTcpLine(address: string): Promise<HostLine> {
  const [host, port] = address.split(':') as [string, string];
  const socket = connect({ host, port: Number(port), noDelay: true });
  await once(socket, 'connect');
  return lineOf(socket, 50);
}
