import { readFile } from 'node:fs/promises';
import { RelaxdError } from '../core/index.js';
import { fromFile } from './load-memories.js';
import { readSpins } from './memory-set.js';
import { spinsOf } from './npy-memory-set.js';
import { readNpy } from './npy.js';

/**
 * Reads a cue of `size` sites: a `.json` list of ±1, a `.npy` of shape [N], [1, N] or [rows, columns], or a
 * `.png` (thresholded at its median).
 *
 * @param size number of sites N, or a shape [rows, columns] of that many, which a `.png` is scaled to
 * @throws RelaxdError `wrong-size`, `pattern-values`, `not-finite`, `invalid-json`, `invalid-input`,
 *   `image-unreadable`, `file-unreadable`
 */
export async function readCueFile(
  path: string,
  size: number | readonly number[],
): Promise<Int8Array> {
  const shape = typeof size === 'number' ? [size] : size;
  const sites = shape.reduce((product, length) => product * length, 1);
  const ending = /\.(json|npy|png)$/i.exec(path)?.[1]?.toLowerCase();
  if (ending === undefined) {
    throw new RelaxdError(
      'invalid-input',
      `${path} is no cue: a .json, .npy or .png file is asked for`,
      {
        path: 'cue',
        value: path,
        limit: ['.json', '.npy', '.png'],
      },
    );
  }
  return fromFile(path, async () => {
    const bytes = await readFile(path);
    if (ending === 'json') return cueFromJson(new TextDecoder().decode(bytes), sites);
    if (ending === 'npy') return cueFromNpy(bytes, sites);
    return cueFromPng(bytes, path, shape, sites);
  });
}

async function cueFromPng(
  bytes: Uint8Array,
  path: string,
  shape: readonly number[],
  sites: number,
): Promise<Int8Array> {
  const { readPng, scalePicture, thresholdPicture } = await import('./png-picture.js');
  const picture = readPng(bytes, path);
  if (shape.length === 2) {
    return thresholdPicture(scalePicture(picture, shape[0]!, shape[1]!), path);
  }
  const pixels = picture.rows * picture.columns;
  if (pixels !== sites) throw wrongSize(pixels, sites);
  return thresholdPicture(picture, path);
}

function cueFromJson(text: string, sites: number): Int8Array {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (error) {
    throw new RelaxdError('invalid-json', 'the cue is not JSON', { path: 'cue' }, error);
  }
  if (!Array.isArray(list)) {
    throw new RelaxdError('invalid-input', 'a cue is a JSON list of −1 and 1', {
      path: 'cue',
      limit: [-1, 1],
    });
  }
  if (list.length !== sites) throw wrongSize(list.length, sites);
  const spins = new Int8Array(sites);
  const wrong = readSpins(list, spins, 'cue');
  if (wrong !== undefined) {
    const { code, message, ...details } = wrong;
    throw new RelaxdError(code, `${details.path}: ${message}`, details);
  }
  return spins;
}

function cueFromNpy(bytes: Uint8Array, sites: number): Int8Array {
  const array = readNpy(bytes);
  if (array.values.length !== sites) throw wrongSize(array.values.length, sites);
  return spinsOf(array, 0, sites, 'cue');
}

function wrongSize(found: number, sites: number): RelaxdError {
  return new RelaxdError('wrong-size', `the cue has ${found} sites, the memories have ${sites}`, {
    path: 'cue',
    value: found,
    limit: sites,
  });
}
