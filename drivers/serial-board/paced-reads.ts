/**
 * From the end of a read to the next one at least, ms. At 3 Mbaud 1200 bytes come meanwhile, a third of what a tty holds; an answer to
 * something that was asked later than that is read at once.
 */
const REST_MS = 4;

/** What reads from a port, as the bindings of `serialport` do. */
interface Reader {
  read(
    buffer: Buffer,
    offset: number,
    length: number,
  ): Promise<{ readonly buffer: Buffer; readonly bytesRead: number }>;
}

/**
 * Bytes that stream are read a few hundred times a second. Each read goes to another thread, finds nothing the second time, throws, polls
 * and comes back: done for every millisecond's bytes, that costs more than all that is made of them (docs/performance.md).
 */
export function paceReads(port: Reader): void {
  const read = port.read.bind(port);
  let endMs = -Infinity;
  port.read = async (buffer, offset, length) => {
    const restMs = endMs + REST_MS - performance.now();
    if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs));
    try {
      return await read(buffer, offset, length);
    } finally {
      endMs = performance.now();
    }
  };
}
