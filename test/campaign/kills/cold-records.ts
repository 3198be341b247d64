import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from 'node:fs';

/** A record's file as it lies there, read without the code that writes or repairs it. */
export interface ColdRecord {
  /** Bytes of whole messages from the beginning, without the end mark. */
  readonly whole: number;
  /** Bytes after them that are no end mark. */
  readonly torn: number;
  readonly ended: boolean;
  /** Hash of the whole messages. */
  readonly hash: string;
}

/** null: there is no file. */
export function coldRecord(path: string): ColdRecord | null {
  if (!existsSync(path)) return null;
  const bytes = readFileSync(path);
  let at = 0;
  let ended = false;
  while (at + 8 <= bytes.length && bytes.readInt32LE(at) === -1) {
    const length = bytes.readInt32LE(at + 4);
    if (length === 0) {
      ended = true;
      break;
    }
    if (length < 0 || at + 8 + length > bytes.length) break;
    const end = at + 8 + length + bodyLength(bytes.subarray(at + 8, at + 8 + length));
    if (end > bytes.length) break;
    at = end;
  }
  return {
    whole: at,
    torn: bytes.length - at - (ended ? 8 : 0),
    ended,
    hash: hashOf(bytes.subarray(0, at)),
  };
}

/**
 * `bodyLength` of an Arrow message: a FlatBuffers table of (version: int16, header type: uint8, header: offset, bodyLength: int64),
 * so the fourth entry of its table of fields (Message.fbs; FlatBuffers internals, "Tables").
 */
function bodyLength(metadata: Buffer): number {
  const table = metadata.readUInt32LE(0);
  const fields = table - metadata.readInt32LE(table);
  const entries = (metadata.readUInt16LE(fields) - 4) / 2;
  const offset = entries > 3 ? metadata.readUInt16LE(fields + 4 + 2 * 3) : 0;
  return offset === 0 ? 0 : Number(metadata.readBigInt64LE(table + offset));
}

/** Hash of the first bytes of a file. */
export function hashOfBeginning(path: string, bytes: number): string | null {
  if (!existsSync(path) || statSync(path).size < bytes) return null;
  const file = openSync(path, 'r');
  try {
    const part = Buffer.alloc(bytes);
    readSync(file, part, 0, bytes, 0);
    return hashOf(part);
  } finally {
    closeSync(file);
  }
}

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
