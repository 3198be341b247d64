import { crc32 } from 'node:zlib';

/** Prefix of a message of an Arrow IPC stream: its mark and the length of its metadata. */
const PREFIX_BYTES = 8;
const MARK = Buffer.from('RLXDCRC1', 'latin1');
/** Mark, CRC-32, zeros: a multiple of eight, as lengths of metadata are. */
const CHECKSUM_BYTES = 16;

/**
 * A record batch's message with the CRC-32 of its metadata and body at the end of its metadata, where readers of Arrow have
 * padding and look at nothing (docs/formats/record.md).
 *
 * @param message as Arrow writes it: prefix, metadata, body
 */
export function withChecksum(message: Uint8Array): Uint8Array {
  const length = new DataView(message.buffer, message.byteOffset).getInt32(4, true);
  const bodyAt = PREFIX_BYTES + length;
  const out = Buffer.alloc(message.length + CHECKSUM_BYTES);
  out.set(message.subarray(0, bodyAt));
  out.writeInt32LE(length + CHECKSUM_BYTES, 4);
  out.set(MARK, bodyAt);
  out.writeUInt32LE(crc32(message.subarray(PREFIX_BYTES)), bodyAt + MARK.length);
  out.set(message.subarray(bodyAt), bodyAt + CHECKSUM_BYTES);
  return out;
}

/** Metadata of the schema of a stream whose batches have checksums. */
export const CHECKSUM_METADATA = ['relaxd.checksum', 'crc32'] as const;

/** False where a message is not what {@link withChecksum} has made. */
export function isAsWritten(message: Uint8Array): boolean {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.length);
  const bodyAt = PREFIX_BYTES + bytes.readInt32LE(4);
  const at = bodyAt - CHECKSUM_BYTES;
  if (at < PREFIX_BYTES || !bytes.subarray(at, at + MARK.length).equals(MARK)) return false;
  const metadata = crc32(bytes.subarray(PREFIX_BYTES, at));
  return crc32(bytes.subarray(bodyAt), metadata) === bytes.readUInt32LE(at + MARK.length);
}
