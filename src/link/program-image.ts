/**
 * A program as the board takes it: docs/link-protocol.md, section Program images. Arrays stay 16-bit codes with a scale;
 * curves are points (t, value).
 */
import { RelaxdError } from '../core/index.js';

export interface Codes {
  readonly codes: Int16Array;
  /** Value = scale × code. */
  readonly scale: number;
}

/** Linear between its points; t never falls, a jump is two points at one t. */
export interface Curve {
  readonly t: Float32Array;
  readonly value: Float32Array;
}

/** Section CONTROL_CURVE: what its index says. */
export const CONTROL_CURVES = ['temperature', 'coupling', 'quadratic', 'quartic', 'pump'] as const;
export type ControlCurve = (typeof CONTROL_CURVES)[number];

export interface Drive {
  /** [n] η_i */
  readonly pattern: Codes;
  /** A(t) */
  readonly curve: Curve;
}

/** What is left out stands for what the page says. */
export interface ImageSections {
  /** Sites, 1 … 65 535. */
  readonly n: number;
  /** [n(n−1)/2] J_ij for i < j, row by row */
  readonly couplings?: Codes;
  /** [n] */
  readonly fields?: Codes;
  /** [1 or n] */
  readonly quadratic?: Float32Array;
  /** [1 or n] */
  readonly quartic?: Float32Array;
  readonly drives?: readonly Drive[];
  readonly controls?: { readonly [K in ControlCurve]?: Curve };
  /** [n] */
  readonly initial?: Codes;
  /** [n] */
  readonly nodeTemperature?: Float32Array;
}

const KIND = {
  COUPLINGS: 1,
  FIELDS: 2,
  QUADRATIC: 3,
  QUARTIC: 4,
  DRIVE_PATTERN: 5,
  DRIVE_CURVE: 6,
  CONTROL_CURVE: 7,
  INITIAL: 8,
  NODE_TEMPERATURE: 9,
} as const;
type Kind = (typeof KIND)[keyof typeof KIND];
const KIND_NAMES = Object.keys(KIND);

const HEAD = 8;
const ROW = 16;
const MAGIC = 0x31505852; // 'RXP1'
const LARGEST_CODE = 32_767;
const SMALLEST_SCALE = 2 ** -126;

const pairs = (n: number): number => (n * (n - 1)) / 2;

const invalid = (path: string, message: string, value?: unknown, limit?: unknown): RelaxdError =>
  new RelaxdError('invalid-input', `${path === '' ? 'the image' : path}: ${message}`, {
    path,
    ...(value === undefined ? {} : { value }),
    ...(limit === undefined ? {} : { limit }),
  });

/**
 * Values as 16-bit codes of one scale, a float32, so that the largest one has the largest code; each value is within half a
 * step.
 */
export function codesOf(values: ArrayLike<number>): Codes {
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]!));
  if (!Number.isFinite(largest)) throw invalid('', 'a value is not finite');
  let scale = Math.fround(largest / LARGEST_CODE);
  // Below the smallest normal float32 the scale itself would be coarse; nothing is left of such values.
  if (scale < SMALLEST_SCALE) scale = 1;
  const codes = new Int16Array(values.length);
  for (let i = 0; i < values.length; i++) codes[i] = Math.round(values[i]! / scale);
  return { codes, scale };
}

export function valuesOfCodes({ codes, scale }: Codes): Float64Array {
  return Float64Array.from(codes, (code) => scale * code);
}

interface Section {
  readonly kind: Kind;
  readonly index: number;
  readonly scale: number;
  readonly path: string;
  readonly content: Int16Array | Float32Array;
}

/** @throws RelaxdError `invalid-input` with the section's path where the image would not be one of the page */
export function encodeImage(image: ImageSections): Uint8Array {
  const sections = sectionsOf(image);
  let length = HEAD + ROW * sections.length;
  const offsets = sections.map(({ content }) => {
    const offset = length;
    length = offset + 4 * Math.ceil(content.byteLength / 4);
    return offset;
  });
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint16(4, image.n, true);
  view.setUint16(6, sections.length, true);
  sections.forEach(({ kind, index, scale, content }, k) => {
    const row = HEAD + ROW * k;
    view.setUint16(row, kind, true);
    view.setUint16(row + 2, index, true);
    view.setUint32(row + 4, offsets[k]!, true);
    view.setUint32(row + 8, content.byteLength, true);
    view.setFloat32(row + 12, scale, true);
    let at = offsets[k]!;
    if (content instanceof Int16Array) {
      for (const code of content) {
        view.setInt16(at, code, true);
        at += 2;
      }
    } else {
      for (const value of content) {
        view.setFloat32(at, value, true);
        at += 4;
      }
    }
  });
  return bytes;
}

/** In the order of their kinds. */
function sectionsOf(image: ImageSections): Section[] {
  const { n, couplings, fields, quadratic, quartic, drives, controls, initial } = image;
  if (!Number.isInteger(n) || n < 1 || n > 65_535) {
    throw invalid('n', 'not a number of sites', n, [1, 65_535]);
  }
  const sections: Section[] = [];
  const codes = (kind: Kind, index: number, path: string, of: Codes, length: number): void => {
    requireLength(path, of.codes.length, [length]);
    if (!Number.isFinite(Math.fround(of.scale))) throw invalid(path, 'the scale is not finite');
    sections.push({ kind, index, scale: of.scale, path, content: of.codes });
  };
  const floats = (kind: Kind, path: string, of: Float32Array, lengths: readonly number[]): void => {
    requireLength(path, of.length, lengths);
    requireFinite(path, of);
    sections.push({ kind, index: 0, scale: 1, path, content: of });
  };
  const curve = (kind: Kind, index: number, path: string, of: Curve): void => {
    requireCurve(path, of);
    const content = new Float32Array(2 * of.t.length);
    for (let k = 0; k < of.t.length; k++) {
      content[2 * k] = of.t[k]!;
      content[2 * k + 1] = of.value[k]!;
    }
    sections.push({ kind, index, scale: 1, path, content });
  };
  if (couplings) codes(KIND.COUPLINGS, 0, 'couplings', couplings, pairs(n));
  if (fields) codes(KIND.FIELDS, 0, 'fields', fields, n);
  if (quadratic) floats(KIND.QUADRATIC, 'quadratic', quadratic, [1, n]);
  if (quartic) floats(KIND.QUARTIC, 'quartic', quartic, [1, n]);
  drives?.forEach(({ pattern }, d) =>
    codes(KIND.DRIVE_PATTERN, d, `drives[${d}].pattern`, pattern, n),
  );
  drives?.forEach(({ curve: a }, d) => curve(KIND.DRIVE_CURVE, d, `drives[${d}].curve`, a));
  CONTROL_CURVES.forEach((name, index) => {
    const of = controls?.[name];
    if (of) curve(KIND.CONTROL_CURVE, index, `controls.${name}`, of);
  });
  if (initial) codes(KIND.INITIAL, 0, 'initial', initial, n);
  if (image.nodeTemperature) {
    floats(KIND.NODE_TEMPERATURE, 'nodeTemperature', image.nodeTemperature, [n]);
  }
  return sections;
}

/** Sites of an image, from its head. */
export function imageSites(bytes: Uint8Array): number {
  return headOf(bytes).getUint16(4, true);
}

/**
 * Reads an image back.
 *
 * @throws RelaxdError `invalid-input` where it is not one of the page; the path names the section
 */
export function decodeImage(bytes: Uint8Array): ImageSections {
  const view = headOf(bytes);
  const n = view.getUint16(4, true);
  const count = view.getUint16(6, true);
  let free = HEAD + ROW * count;
  if (n < 1) throw invalid('n', 'not a number of sites', n, [1, 65_535]);
  if (free > bytes.length) throw invalid('', 'it ends within its table', bytes.length, free);
  const seen = new Map<string, Section>();
  for (let k = 0; k < count; k++) {
    const row = HEAD + ROW * k;
    const kind = view.getUint16(row, true);
    const index = view.getUint16(row + 2, true);
    const offset = view.getUint32(row + 4, true);
    const length = view.getUint32(row + 8, true);
    const scale = view.getFloat32(row + 12, true);
    const path = `${KIND_NAMES[kind - 1] ?? `section ${kind}`}[${index}]`;
    if (kind < 1 || kind > KIND_NAMES.length) throw invalid(path, 'not known', kind);
    if (offset % 4 !== 0) throw invalid(path, 'does not begin at a multiple of 4', offset);
    if (offset < free) throw invalid(path, 'lies on what comes before it', offset, free);
    if (offset + length > bytes.length) throw invalid(path, 'goes past the end', offset + length);
    if (seen.has(path)) throw invalid(path, 'stands twice');
    free = offset + length;
    const content = readContent(view, kind as Kind, path, offset, length);
    if (!Number.isFinite(scale)) throw invalid(path, 'the scale is not finite');
    seen.set(path, { kind: kind as Kind, index, scale, path, content });
  }
  return fromSections(n, [...seen.values()]);
}

function readContent(
  view: DataView,
  kind: Kind,
  path: string,
  offset: number,
  length: number,
): Int16Array | Float32Array {
  const isCodes = (
    [KIND.COUPLINGS, KIND.FIELDS, KIND.DRIVE_PATTERN, KIND.INITIAL] as Kind[]
  ).includes(kind);
  const size = isCodes ? 2 : 4;
  if (length % size !== 0) throw invalid(path, `not a multiple of ${size} bytes long`, length);
  if (isCodes) {
    const codes = new Int16Array(length / 2);
    for (let i = 0; i < codes.length; i++) codes[i] = view.getInt16(offset + 2 * i, true);
    return codes;
  }
  const values = new Float32Array(length / 4);
  for (let i = 0; i < values.length; i++) values[i] = view.getFloat32(offset + 4 * i, true);
  requireFinite(path, values);
  return values;
}

function fromSections(n: number, sections: readonly Section[]): ImageSections {
  const image: { -readonly [K in keyof ImageSections]: ImageSections[K] } = { n };
  const patterns = new Map<number, Codes>();
  const curves = new Map<number, Curve>();
  const controls: { [K in ControlCurve]?: Curve } = {};
  for (const { kind, index, scale, path, content } of sections) {
    const codes = (length: number): Codes => {
      requireLength(path, content.length, [length]);
      return { codes: content as Int16Array, scale };
    };
    const floats = (lengths: readonly number[]): Float32Array => {
      requireLength(path, content.length, lengths);
      return content as Float32Array;
    };
    const onlyOne = (): void => {
      if (index !== 0) throw invalid(path, 'has one index, 0', index);
    };
    switch (kind) {
      case KIND.COUPLINGS:
        onlyOne();
        image.couplings = codes(pairs(n));
        break;
      case KIND.FIELDS:
        onlyOne();
        image.fields = codes(n);
        break;
      case KIND.QUADRATIC:
        onlyOne();
        image.quadratic = floats([1, n]);
        break;
      case KIND.QUARTIC:
        onlyOne();
        image.quartic = floats([1, n]);
        break;
      case KIND.DRIVE_PATTERN:
        patterns.set(index, codes(n));
        break;
      case KIND.DRIVE_CURVE:
        curves.set(index, readCurve(path, content as Float32Array));
        break;
      case KIND.CONTROL_CURVE: {
        const name = CONTROL_CURVES[index];
        if (name === undefined) throw invalid(path, 'no such control', index);
        controls[name] = readCurve(path, content as Float32Array);
        image.controls = controls;
        break;
      }
      case KIND.INITIAL:
        onlyOne();
        image.initial = codes(n);
        break;
      case KIND.NODE_TEMPERATURE:
        onlyOne();
        image.nodeTemperature = floats([n]);
        break;
    }
  }
  const drives = Array.from({ length: Math.max(patterns.size, curves.size) }, (_, d): Drive => {
    const pattern = patterns.get(d);
    const curve = curves.get(d);
    if (!pattern || !curve) throw invalid(`drive ${d}`, 'does not have both its sections');
    return { pattern, curve };
  });
  if (drives.length > 0) image.drives = drives;
  return image;
}

function readCurve(path: string, content: Float32Array): Curve {
  if (content.length % 2 !== 0) throw invalid(path, 'a point has t and a value');
  const curve = {
    t: new Float32Array(content.length / 2),
    value: new Float32Array(content.length / 2),
  };
  for (let k = 0; k < curve.t.length; k++) {
    curve.t[k] = content[2 * k]!;
    curve.value[k] = content[2 * k + 1]!;
  }
  requireCurve(path, curve);
  return curve;
}

/** Of the whole image, which has a head. */
function headOf(bytes: Uint8Array): DataView {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < HEAD || view.getUint32(0, true) !== MAGIC) {
    throw invalid('', 'it does not begin with RXP1');
  }
  return view;
}

function requireLength(path: string, length: number, lengths: readonly number[]): void {
  if (!lengths.includes(length)) {
    throw invalid(path, `${length} values`, length, lengths);
  }
}

function requireFinite(path: string, values: Float32Array): void {
  const at = values.findIndex((value) => !Number.isFinite(value));
  if (at >= 0) throw invalid(`${path}[${at}]`, 'not finite', values[at]);
}

function requireCurve(path: string, { t, value }: Curve): void {
  if (t.length === 0 || t.length !== value.length) {
    throw invalid(path, 'not a point each for t and value', [t.length, value.length]);
  }
  requireFinite(`${path}.t`, t);
  requireFinite(`${path}.value`, value);
  for (let k = 1; k < t.length; k++) {
    if (t[k]! < t[k - 1]!) throw invalid(`${path}.t[${k}]`, 'falls', t[k], t[k - 1]);
  }
}
