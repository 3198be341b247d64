import { createHash, type Hash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { checkDocument, RelaxdError, throwViolations, Type } from '../core/index.js';
import { readTarHeader, TAR_BLOCK, TAR_END, tarHeader, tarPadding, type TarEntry } from './tar.js';

const FORMAT = 'relaxd-backup';
const MANIFEST = 'manifest.json';
/** Comes last: a backup without it is one that was cut off. */
const CONTENTS = 'contents.json';
const PIECE_BYTES = 256 * 1024;

/** The first document of a backup (docs/formats/backup.md). */
export interface BackupManifest {
  readonly format: typeof FORMAT;
  readonly version: 1;
  readonly relaxd: string;
  readonly createdAt: string;
  readonly store: 'embedded' | 'postgres';
  readonly schema: number;
}
const MANIFEST_SCHEMA = Type.Object(
  {
    format: Type.Literal(FORMAT),
    version: Type.Literal(1),
    relaxd: Type.String(),
    createdAt: Type.String(),
    store: Type.Union([Type.Literal('embedded'), Type.Literal('postgres')]),
    schema: Type.Integer({ minimum: 1 }),
  },
  { additionalProperties: false },
);

/** A file of a backup, with what it must be. */
export interface BackupFile extends TarEntry {
  readonly sha256: string;
}
/** The last document of a backup. */
export interface BackupContents {
  readonly files: readonly BackupFile[];
}

export type Pieces = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** Puts a file into a backup. `bytes` has to have exactly `size`. */
export type PutFile = (name: string, size: number, bytes: Pieces) => Promise<void>;

/** Writes a backup piece by piece: a tar of the manifest, what `fill` puts there, and the list of it with checksums. */
export async function writeArchive(
  manifest: Omit<BackupManifest, 'format' | 'version'>,
  write: (piece: Uint8Array) => Promise<void>,
  fill: (put: PutFile) => Promise<void>,
): Promise<BackupContents> {
  const files: BackupFile[] = [];
  const mtimeS = Date.parse(manifest.createdAt) / 1000;
  const put = async (name: string, size: number, bytes: Pieces): Promise<void> => {
    await write(tarHeader({ name, size }, mtimeS));
    const hash = createHash('sha256');
    let written = 0;
    for await (const piece of bytes) {
      hash.update(piece);
      written += piece.length;
      await write(piece);
    }
    if (written !== size) {
      throw new RelaxdError('record-damaged', `${name} has ${written} bytes, not ${size}`);
    }
    await write(tarPadding(size));
    files.push({ name, size, sha256: hash.digest('hex') });
  };
  const document = (name: string, value: object): Promise<void> => {
    const bytes = Buffer.from(`${JSON.stringify(value, null, 1)}\n`);
    return put(name, bytes.length, [bytes]);
  };
  await document(MANIFEST, { format: FORMAT, version: 1, ...manifest });
  await fill(put);
  const contents: BackupContents = { files: [...files] };
  await document(CONTENTS, contents);
  await write(TAR_END);
  return contents;
}

/** The first `size` bytes of a file, whatever it has gained since. */
export async function* fileBytes(path: string, size: number): AsyncGenerator<Uint8Array> {
  const file = await open(path, 'r');
  try {
    yield* piecesOf(file, 0, size, () => undefined);
  } finally {
    await file.close();
  }
}

/** A backup that was read through, so that everything in it is what was put there. */
export interface CheckedArchive {
  readonly manifest: BackupManifest;
  readonly contents: BackupContents;
  readonly bytes: number;
}

/**
 * Reads a whole backup and holds each file to its checksum.
 *
 * @param take is given each file of the store and the records in turn, before its checksum is known to hold
 * @throws RelaxdError `file-unreadable`, `invalid-input` (no backup, cut off, or damaged), `unsupported-version`
 */
export async function readArchive(
  path: string,
  take: (entry: TarEntry, bytes: Pieces, manifest: BackupManifest) => Promise<void> = drain,
): Promise<CheckedArchive> {
  const file = await open(path, 'r').catch((error: unknown) => {
    throw new RelaxdError('file-unreadable', (error as Error).message, { path }, error);
  });
  try {
    return await readOpen(path, file, take);
  } finally {
    await file.close();
  }
}

async function readOpen(
  path: string,
  file: FileHandle,
  take: (entry: TarEntry, bytes: Pieces, manifest: BackupManifest) => Promise<void>,
): Promise<CheckedArchive> {
  const damaged = (what: string): RelaxdError =>
    new RelaxdError('invalid-input', `${path}: ${what}`, {
      path,
      hint: 'nothing was restored; take another backup',
    });
  let at = 0;
  const found: BackupFile[] = [];
  const cutOff = (): never => {
    throw damaged('it ends in the middle: it was cut off');
  };
  let manifest: BackupManifest | null = null;
  let contents: BackupContents | null = null;
  for (;;) {
    const block = Buffer.alloc(TAR_BLOCK);
    const { bytesRead } = await file.read(block, 0, TAR_BLOCK, at);
    if (bytesRead < TAR_BLOCK) cutOff();
    const entry = readTarHeader(block);
    at += TAR_BLOCK;
    if (entry === null) break; // one more such block follows
    if (contents !== null) throw damaged('something comes after its end');
    const hash = createHash('sha256');
    const bytes = hashed(piecesOf(file, at, entry.size, cutOff), hash);
    if (manifest === null) {
      if (entry.name !== MANIFEST) throw damaged('it does not begin as a backup of relaxd does');
      manifest = readManifest(path, await jsonOf(bytes, damaged));
    } else if (entry.name === CONTENTS) {
      contents = (await jsonOf(bytes, damaged)) as BackupContents;
    } else {
      if (!isPlainName(entry.name)) throw damaged(`it has a file of the name ${entry.name}`);
      await take(entry, bytes, manifest);
    }
    if (contents === null) found.push({ ...entry, sha256: hash.digest('hex') });
    at += entry.size + tarPadding(entry.size).length;
  }
  const { size } = await file.stat();
  if (size !== at + TAR_BLOCK) throw damaged('it does not end where it says that it does');
  if (manifest === null || contents === null) throw damaged('it was cut off before its end');
  const wrong = found.find((one, k) => !isSame(one, contents.files[k]));
  if (wrong !== undefined) throw damaged(`${wrong.name} is not what was put there`);
  if (found.length !== contents.files.length) throw damaged('files are missing');
  return { manifest, contents, bytes: at };
}

function readManifest(path: string, document: unknown): BackupManifest {
  const { version } = (document ?? {}) as { readonly version?: unknown };
  if (typeof version === 'number' && version > 1) {
    throw new RelaxdError('unsupported-version', `${path} is a backup of version ${version}`, {
      path,
      value: version,
      limit: 1,
      hint: 'restore it with the relaxd that has made it, or a newer one',
    });
  }
  throwViolations('invalid-input', path, checkDocument(MANIFEST_SCHEMA, document));
  return document as BackupManifest;
}

const isSame = (a: BackupFile, b: BackupFile | undefined): boolean =>
  b !== undefined && a.name === b.name && a.size === b.size && a.sha256 === b.sha256;

/** Names as we write them: none leads out of the folder that they are put into. */
const isPlainName = (name: string): boolean => /^[\w-]+(\/[\w-]+)*\.\w+$/.test(name);

/** @param onEnd the file ends before that */
async function* piecesOf(
  file: FileHandle,
  from: number,
  size: number,
  onEnd: () => void,
): AsyncGenerator<Uint8Array> {
  for (let done = 0; done < size;) {
    const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, size - done));
    const { bytesRead } = await file.read(piece, 0, piece.length, from + done);
    if (bytesRead === 0) return onEnd();
    done += bytesRead;
    yield piece.subarray(0, bytesRead);
  }
}

async function* hashed(pieces: Pieces, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
}

async function drain(_entry: TarEntry, bytes: Pieces): Promise<void> {
  for await (const _piece of bytes);
}

async function jsonOf(bytes: Pieces, damaged: (what: string) => RelaxdError): Promise<unknown> {
  const text = await textOf(bytes);
  try {
    return JSON.parse(text);
  } catch {
    throw damaged('a document in it is no JSON');
  }
}

/** A file of a backup that is text. */
export async function textOf(bytes: Pieces): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of bytes) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}
