import { rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { readFault, type FaultPanel } from './faults.js';

/** Faults while the board runs: a line of JSON asks, a line answers. firmware-sim/README.md, section Faults. */
export interface ControlSocket {
  /** Path, or 127.0.0.1:port. */
  readonly address: string;
  close(): Promise<void>;
}

const LONGEST_LINE = 1 << 16;

/**
 * @param where a port on 127.0.0.1 (0: any), or the path of a Unix socket
 * @param status what `{"status":true}` is answered with
 */
export async function openControlSocket(
  where: string,
  panel: FaultPanel,
  status: () => object,
): Promise<ControlSocket> {
  const isPort = /^\d+$/.test(where);
  const clients = new Set<Socket>();
  const server = createServer((socket) => {
    clients.add(socket);
    socket.on('close', () => clients.delete(socket));
    socket.on('error', () => undefined);
    const lines = createInterface({ input: socket });
    lines.on('error', () => undefined);
    lines.on('line', (line) => {
      if (line.trim() === '') return;
      socket.write(`${JSON.stringify(answer(line, panel, status))}\n`);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    if (isPort) server.listen(Number(where), '127.0.0.1', resolve);
    else server.listen(where, resolve);
  });
  const bound = server.address();
  return {
    address: typeof bound === 'object' && bound !== null ? `127.0.0.1:${bound.port}` : where,
    close: async () => {
      for (const client of clients) client.destroy();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      if (!isPort) rmSync(where, { force: true });
    },
  };
}

function answer(line: string, panel: FaultPanel, status: () => object): object {
  try {
    if (line.length > LONGEST_LINE) throw new Error('the line is too long');
    const asked = JSON.parse(line) as { status?: boolean };
    if (asked !== null && typeof asked === 'object' && asked.status === true) {
      return { ok: true, ...status(), line: panel.counts() };
    }
    panel.make(readFault(asked));
    return { ok: true };
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error.message : String(error) };
  }
}
