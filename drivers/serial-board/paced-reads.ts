import { readSync } from 'node:fs';

/**
 * From the end of a read to the next one at least, ms. At 3 Mbaud 1200 bytes come meanwhile, a third of what a tty holds; an answer to
 * something that was asked later than that is read at once.
 */
const REST_MS = 4;

/** What reads from a port, as the bindings of `serialport` do. */
interface Reader {
  /** A descriptor that does not block, on systems that have them. */
  readonly fd?: number | null;
  read(
    buffer: Buffer,
    offset: number,
    length: number,
  ): Promise<{ readonly buffer: Buffer; readonly bytesRead: number }>;
}

/**
 * Bytes that stream are read a few hundred times a second, and what is there is taken at once. By itself each read goes to another thread,
 * finds nothing the second time, throws, polls and comes back: done for every millisecond's bytes, that costs more than all
 * that is made of them (docs/performance.md). Where nothing is there, or anything is wrong, the port's own reading goes on.
 */
export function paceReads(port: Reader): void {
  const read = port.read.bind(port);
  let endMs = -Infinity;
  port.read = async (buffer, offset, length) => {
    const restMs = endMs + REST_MS - performance.now();
    if (restMs > 0) {
      await new Promise((resolve) => setTimeout(resolve, restMs));
      const bytesRead = readNow(port.fd, buffer, offset, length);
      if (bytesRead > 0) {
        endMs = performance.now();
        return { buffer, bytesRead };
      }
    }
    try {
      return await read(buffer, offset, length);
    } finally {
      endMs = performance.now();
    }
  };
}

function readNow(
  fd: number | null | undefined,
  buffer: Buffer,
  offset: number,
  length: number,
): number {
  if (typeof fd !== 'number' || process.platform === 'win32') return 0;
  try {
    return readSync(fd, buffer, offset, length, null);
  } catch {
    return 0;
  }
}
