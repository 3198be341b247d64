import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RelaxdError } from '../core/index.js';
import { memorySet, type MemorySet } from './memory-set.js';
import { readPng, scalePicture, thresholdPicture, type GreyPicture } from './png-picture.js';

export interface PictureSize {
  readonly rows: number;
  readonly columns: number;
}

/** The longest side that a folder's pictures keep where no size is asked for. */
const LONGEST_SIDE = 128;

/**
 * A memory set from the `.png` files of a folder, sorted by name (by character code, the same everywhere).
 * Each is taken to grey, scaled by area to one size, and thresholded at its median; its label is the file's
 * name without the ending.
 *
 * @param size the common size; the first picture's where left out, made smaller in proportion where a side
 *   exceeds 128
 * @throws RelaxdError `image-unreadable` naming the file, `unknown-memory-set` where the folder has no PNG
 */
export async function readPngFolder(
  folder: string,
  options: { readonly name?: string; readonly size?: PictureSize } = {},
): Promise<MemorySet> {
  const files = (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => !entry.isDirectory() && /\.png$/i.test(entry.name))
    .map((entry) => entry.name)
    .sort();
  if (files.length === 0) {
    throw new RelaxdError('unknown-memory-set', `the folder ${folder} has no .png file in it`, {
      path: 'memories',
      value: folder,
      hint: 'give a folder with one PNG a memory',
    });
  }
  let size = options.size;
  const patterns: Int8Array[] = [];
  for (const file of files) {
    const picture = readPng(await readFile(join(folder, file)), file);
    size ??= commonSize(picture);
    patterns.push(thresholdPicture(scalePicture(picture, size.rows, size.columns), file));
  }
  return memorySet({
    ...(options.name === undefined ? {} : { name: options.name }),
    shape: [size!.rows, size!.columns],
    labels: files.map((file) => file.slice(0, -'.png'.length)),
    patterns,
  });
}

function commonSize(first: GreyPicture): PictureSize {
  const factor = Math.min(1, LONGEST_SIDE / Math.max(first.rows, first.columns));
  return {
    rows: Math.max(1, Math.round(first.rows * factor)),
    columns: Math.max(1, Math.round(first.columns * factor)),
  };
}
