import { readFile, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { RelaxdError } from '../core/index.js';
import { builtinMemories, listBuiltins } from './builtins.js';
import { parseMemorySetJson, readMemorySet, type MemorySet } from './memory-set.js';
import { memorySetFromNpy } from './npy-memory-set.js';
import type { PictureSize } from './png-folder.js';

export interface LoadOptions {
  /** Folder that relative paths start from; the process's own where left out. */
  readonly folder?: string;
  /** False refuses paths: for a service whose callers are not on its machine. */
  readonly paths?: boolean;
  /** Size that a folder's pictures are scaled to. */
  readonly size?: PictureSize;
}

/**
 * The memories that a SRC means: a built-in (`letters`, `letters:A,B,C`, …), a `.json` or `.npy` file, a
 * folder of PNG files, or a memory-set document itself. Built-in names come first; write `./letters` for a
 * folder of that name.
 *
 * @throws RelaxdError `unknown-memory-set` naming what there is, `file-unreadable`, and those of the format
 */
export async function loadMemories(
  source: string | object,
  options: LoadOptions = {},
): Promise<MemorySet> {
  if (typeof source !== 'string') return readMemorySet(source);
  const builtin = builtinMemories(source);
  if (builtin !== undefined) return builtin;
  if (source === '' || options.paths === false) throw unknown(source, options.paths !== false);
  const path = resolve(options.folder ?? '.', source);
  const kind = await kindOfPath(path, source);
  const name = basename(path).replace(/\.(json|npy)$/i, '');
  if (kind === 'folder') {
    return fromFile(source, async () => {
      const { readPngFolder } = await import('./png-folder.js');
      return readPngFolder(path, {
        name,
        ...(options.size === undefined ? {} : { size: options.size }),
      });
    });
  }
  if (/\.json$/i.test(source)) {
    return fromFile(source, async () => parseMemorySetJson(await readFile(path, 'utf8'), { name }));
  }
  if (/\.npy$/i.test(source)) {
    return fromFile(source, async () => memorySetFromNpy(await readFile(path), { name }));
  }
  throw unknown(source, true);
}

async function kindOfPath(path: string, source: string): Promise<'file' | 'folder'> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw unknown(source, true);
    throw unreadable(source, error);
  }
}

/** Runs a reader; errors of ours pass with the file named, those of the file system become `file-unreadable`. */
export async function fromFile<T>(file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof RelaxdError)) throw unreadable(file, error);
    if (error.message.startsWith(file)) throw error;
    throw new RelaxdError(
      error.code,
      `${file}: ${error.message}`,
      { ...error.details, file },
      error,
    );
  }
}

function unreadable(file: string, cause: unknown): RelaxdError {
  return new RelaxdError(
    'file-unreadable',
    `${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
    { path: file },
    cause,
  );
}

function unknown(source: string, paths: boolean): RelaxdError {
  const names = listBuiltins().map((builtin) => builtin.name);
  const others = paths ? ', a .json or .npy file, or a folder of PNG files' : '';
  return new RelaxdError(
    'unknown-memory-set',
    `“${source}” is no memory set: there are ${names.join(', ')}${others}`,
    {
      path: 'memories',
      value: source,
      limit: names,
      hint: paths ? 'check the name or the path' : 'upload the set first, or send it with the call',
    },
  );
}
