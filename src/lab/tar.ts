import { RelaxdError } from '../core/index.js';

/** Blocks of a tar file (POSIX.1-1988 ustar); sizes beyond 8 GiB in base 256, as GNU tar writes and reads them. */
export const TAR_BLOCK = 512;
const LARGEST_OCTAL = 8 ** 11 - 1;

export interface TarEntry {
  readonly name: string;
  readonly size: number;
}

/** The header of a plain file that belongs to nobody in particular. */
export function tarHeader({ name, size }: TarEntry, mtimeS: number): Uint8Array {
  const block = Buffer.alloc(TAR_BLOCK);
  if (Buffer.byteLength(name) > 100) throw new RelaxdError('internal', `too long a name: ${name}`);
  block.write(name, 0);
  block.write('0000640\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  if (size <= LARGEST_OCTAL) block.write(octal(size), 124);
  else {
    block[124] = 0x80;
    block.writeBigUInt64BE(BigInt(size), 128);
  }
  block.write(octal(Math.floor(mtimeS)), 136);
  block.write('        ', 148);
  block.write('0', 156);
  block.write('ustar\x0000', 257, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

const octal = (value: number): string => `${value.toString(8).padStart(11, '0')}\0`;

/** Bytes that fill a file's last block. */
export const tarPadding = (size: number): Uint8Array =>
  new Uint8Array((TAR_BLOCK - (size % TAR_BLOCK)) % TAR_BLOCK);

/** What stands at a tar's end. */
export const TAR_END = new Uint8Array(2 * TAR_BLOCK);

/** null: the end. @throws RelaxdError `invalid-input` where the block is no header of ours */
export function readTarHeader(block: Uint8Array): TarEntry | null {
  if (block.every((byte) => byte === 0)) return null;
  const bytes = Buffer.from(block.buffer, block.byteOffset, TAR_BLOCK);
  const text = (from: number, length: number): string =>
    bytes.toString('utf8', from, from + length).replace(/\0[^]*$/, '');
  const said = parseInt(text(148, 8), 8);
  const sum = bytes.reduce((total, byte, k) => total + (k >= 148 && k < 156 ? 32 : byte), 0);
  if (text(257, 5) !== 'ustar' || said !== sum || bytes[156] !== 0x30) {
    throw new RelaxdError(
      'invalid-input',
      'the file is no backup, or a damaged one: a header is not readable',
    );
  }
  const size =
    bytes[124] === 0x80 ? Number(bytes.readBigUInt64BE(128)) : parseInt(text(124, 12), 8);
  return { name: text(0, 100), size };
}
