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
