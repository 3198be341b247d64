import { closeSync, openSync, readSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { RelaxdError } from '../core/index.js';

export async function readText(file: string): Promise<string> {
  try {
    return await readFile(file === '-' ? '/dev/stdin' : file, 'utf8');
  } catch (error) {
    throw new RelaxdError(
      'file-unreadable',
      `${file}: ${(error as Error).message}`,
      { path: file },
      error,
    );
  }
}

/** @throws RelaxdError `file-unreadable`, `invalid-json` */
export async function readJson(file: string): Promise<unknown> {
  const text = await readText(file);
  try {
    return JSON.parse(text);
  } catch (error) {
    const { message } = error as Error;
    throw new RelaxdError('invalid-json', `${file} is not JSON: ${message}`, { path: file }, error);
  }
}

/** A file's bytes in pieces. @throws RelaxdError `file-unreadable` */
export function* filePieces(file: string): Generator<Uint8Array> {
  const piece = new Uint8Array(1 << 18);
  let open: number | null = null;
  try {
    open = openSync(file, 'r');
    for (;;) {
      const count = readSync(open, piece);
      if (count === 0) return;
      yield piece.subarray(0, count);
    }
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) {
      throw new RelaxdError('file-unreadable', `${file}: ${error.message}`, { path: file }, error);
    }
    throw error;
  } finally {
    if (open !== null) closeSync(open);
  }
}

export async function writeOut(file: string, content: string | Uint8Array): Promise<void> {
  try {
    await writeFile(file, content);
  } catch (error) {
    throw new RelaxdError(
      'file-unwritable',
      `${file}: ${(error as Error).message}`,
      { path: file },
      error,
    );
  }
}
