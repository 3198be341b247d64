import { RelaxdError, throwIfAborted } from '../core/index.js';

/** A piece of something that the board gives in parts, from `offset` on. */
export interface Part {
  readonly offset: number;
  readonly total: number;
  readonly data: Uint8Array;
}

/** Parts asked for at a time. */
const AT_A_TIME = 8;

/**
 * Fetches what comes after the first part, several parts at a time. That one says how large it is in all and how much fits
 * into a part; what a part leaves open is asked for again.
 *
 * @param what for people
 * @returns the whole, with the first part
 * @throws RelaxdError `driver-failed` where the parts do not fit together
 */
export async function fetchRest(
  what: string,
  first: Part,
  ask: (offset: number) => Promise<Part>,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const { total } = checked(what, first, 0, null);
  const bytes = new Uint8Array(total);
  bytes.set(first.data);
  const stride = first.data.length;
  let next = stride;
  const worker = async (): Promise<void> => {
    while (next < total) {
      let from = next;
      const to = Math.min(total, from + stride);
      next = to;
      while (from < to) {
        throwIfAborted(signal);
        const part = checked(what, await ask(from), from, total);
        bytes.set(part.data, from);
        from += part.data.length;
      }
    }
  };
  const workers = await Promise.allSettled(Array.from({ length: AT_A_TIME }, worker));
  for (const one of workers) if (one.status === 'rejected') throw one.reason;
  return bytes;
}

function checked(what: string, part: Part, offset: number, total: number | null): Part {
  const wrong = (why: string): RelaxdError =>
    new RelaxdError('driver-failed', `${what}: the board's part at byte ${offset} ${why}`, {
      offset,
    });
  if (part.offset !== offset) throw wrong(`says that it is at byte ${part.offset}`);
  if (total !== null && part.total !== total) {
    throw wrong(`says ${part.total} bytes in all, the first one said ${total}`);
  }
  if (part.data.length > part.total - offset) throw wrong('goes past the end');
  if (part.data.length === 0 && offset < part.total) throw wrong('is empty');
  return part;
}
