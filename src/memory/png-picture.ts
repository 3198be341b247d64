import { decode, encode, hasPngSignature } from 'fast-png';
import { RelaxdError } from '../core/index.js';
import type { MemorySet } from './memory-set.js';
import { pictureShape } from './picture-shape.js';

/** A picture in grey: `light` holds 0 (black) … 1 (white) in steps of 1/65535, row by row. */
export interface GreyPicture {
  readonly rows: number;
  readonly columns: number;
  readonly light: Float64Array;
}

/** 64 megapixels; a small file may claim far more than memory holds. */
const MOST_PIXELS = 2 ** 26;

/**
 * Decodes a PNG of any colour type and bit depth to grey: luma 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601) of
 * the encoded values, over white where it is transparent.
 *
 * @param file name that an error gives
 * @throws RelaxdError `image-unreadable`
 */
export function readPng(bytes: Uint8Array, file: string): GreyPicture {
  if (bytes.length < 33 || !hasPngSignature(bytes)) {
    throw unreadable(file, 'it is not a PNG file');
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [columns, rows] = [view.getUint32(16), view.getUint32(20)];
  if (columns === 0 || rows === 0 || columns * rows > MOST_PIXELS) {
    throw unreadable(file, `it is ${columns}×${rows} pixels; 1 … ${MOST_PIXELS} in all are read`);
  }
  const [depth, interlaced] = [bytes[24]!, bytes[28]!];
  if (depth < 8 && interlaced !== 0) {
    // fast-png 8 takes each sample of an interlaced picture for a whole byte.
    throw unreadable(
      file,
      `it is interlaced with ${depth} bits a sample; save it without interlacing`,
    );
  }
  let light: Float64Array;
  try {
    light = lightOf(decode(bytes, { checkCrc: true }));
  } catch (error) {
    throw unreadable(file, error instanceof Error ? error.message : String(error), error);
  }
  return { rows, columns, light };
}

/** Pattern `index` of a set as a black-and-white PNG, +1 white, one pixel a site. */
export function memorySetPng(set: MemorySet, index: number): Uint8Array {
  const pattern = set.patterns[index];
  if (pattern === undefined) {
    throw new RelaxdError('invalid-input', `there is no memory ${index} in “${set.name}”`, {
      path: 'index',
      value: index,
      limit: [0, set.patterns.length - 1],
    });
  }
  const [rows, columns] = pictureShape(set.shape, pattern.length);
  const pixels = new Uint8Array(rows * columns).fill(255);
  for (let i = 0; i < pattern.length; i++) pixels[i] = pattern[i]! > 0 ? 255 : 0;
  return encode({ width: columns, height: rows, channels: 1, depth: 8, data: pixels });
}

/**
 * Scales by area: each new pixel is the mean light of the rectangle it covers. Levels are rounded to steps of
 * 1/65535, as those of the picture are, so that an even area stays even.
 */
export function scalePicture(picture: GreyPicture, rows: number, columns: number): GreyPicture {
  const across = scaleAxis(picture.columns, columns);
  const down = scaleAxis(picture.rows, rows);
  const light = new Float64Array(rows * columns);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      let sum = 0;
      for (const [row, share] of down[y]!) {
        for (const [column, part] of across[x]!) {
          sum += share * part * picture.light[row * picture.columns + column]!;
        }
      }
      light[y * columns + x] = level(sum);
    }
  }
  return { rows, columns, light };
}

/**
 * Black and white at the median: lighter than the median is +1, the rest −1. Where nothing is lighter (a
 * drawing that is mostly white paper) the pixels at the median are +1 and the darker ones −1.
 *
 * @throws RelaxdError `image-unreadable` for a picture of one level
 */
export function thresholdPicture(picture: GreyPicture, file: string): Int8Array {
  const sorted = Float64Array.from(picture.light).sort();
  const n = sorted.length;
  const [darkest, lightest] = [sorted[0]!, sorted[n - 1]!];
  if (darkest === lightest) {
    throw unreadable(file, 'it has no contrast: every pixel has the same light');
  }
  const median = n % 2 === 1 ? sorted[(n - 1) / 2]! : (sorted[n / 2 - 1]! + sorted[n / 2]!) / 2;
  const tie = median === lightest ? 1 : -1;
  return Int8Array.from(picture.light, (light) => (light > median ? 1 : light < median ? -1 : tie));
}

/** For each new pixel of an axis the old ones that it covers, each with its share (sum 1). */
function scaleAxis(from: number, to: number): [index: number, share: number][][] {
  const step = from / to;
  return Array.from({ length: to }, (_, i) => {
    const [start, end] = [i * step, (i + 1) * step];
    const shares: [number, number][] = [];
    for (let k = Math.floor(start); k < Math.min(from, Math.ceil(end)); k++) {
      const share = (Math.min(end, k + 1) - Math.max(start, k)) / step;
      if (share > 1e-9) shares.push([k, share]);
    }
    return shares;
  });
}

function lightOf(png: ReturnType<typeof decode>): Float64Array {
  const { width, height, channels, depth, data, palette, transparency } = png;
  const top = 2 ** depth - 1;
  const rowBytes = depth < 8 ? Math.ceil((width * depth) / 8) : width * channels;
  if (data.length < rowBytes * height) throw new Error('its pixels are cut off');
  const light = new Float64Array(width * height);
  const sample = new Float64Array(4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++) {
        sample[c] =
          depth < 8
            ? (data[y * rowBytes + ((x * depth) >> 3)]! >> (8 - depth - ((x * depth) & 7))) & top
            : data[y * rowBytes + x * channels + c]!;
      }
      light[y * width + x] = level(pixelLight(sample, channels, top, palette, transparency));
    }
  }
  return light;
}

function pixelLight(
  sample: Float64Array,
  channels: number,
  top: number,
  palette: number[][] | undefined,
  transparency: Uint16Array | undefined,
): number {
  if (palette !== undefined && channels === 1) {
    const colour = palette[sample[0]!];
    if (colour === undefined) throw new Error(`it uses colour ${sample[0]}, of ${palette.length}`);
    return overWhite(luma(colour[0]!, colour[1]!, colour[2]!) / 255, (colour[3] ?? 255) / 255);
  }
  const colours = channels >= 3 ? 3 : 1;
  const grey = (colours === 3 ? luma(sample[0]!, sample[1]!, sample[2]!) : sample[0]!) / top;
  if (channels === 2 || channels === 4) return overWhite(grey, sample[channels - 1]! / top);
  if (transparency === undefined || transparency.length === 0) return grey;
  for (let c = 0; c < colours; c++) if (sample[c] !== transparency[c]) return grey;
  return 1;
}

const luma = (r: number, g: number, b: number): number => 0.299 * r + 0.587 * g + 0.114 * b;
const level = (light: number): number => Math.round(light * 65535) / 65535;
const overWhite = (light: number, alpha: number): number => light * alpha + 1 - alpha;

function unreadable(file: string, why: string, cause?: unknown): RelaxdError {
  return new RelaxdError(
    'image-unreadable',
    `${file} cannot be used as a picture: ${why}`,
    { path: file, value: why, limit: 'PNG with at least two levels of light' },
    cause,
  );
}
