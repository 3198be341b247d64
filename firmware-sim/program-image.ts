/** Reads program images: docs/link-protocol.md, section Program images. */

/** Piecewise linear; constant before the first point and after the last. A jump is two points at one time. */
export interface Curve {
  readonly times: Float64Array;
  readonly values: Float64Array;
}
export interface ImageDrive {
  readonly index: number;
  /** η, [n] */
  readonly pattern: Float64Array;
  /** A(t) */
  readonly amplitude: Curve;
}
export const CONTROLS = ['temperature', 'coupling', 'quadratic', 'quartic', 'pump'] as const;
export type Control = (typeof CONTROLS)[number];

export interface ProgramImage {
  readonly n: number;
  /** n × n, dense, symmetric, zero diagonal. */
  readonly couplings: Float64Array;
  /** [n] */
  readonly fields: Float64Array;
  /** [n]; null: the descriptor's default. */
  readonly quadratic: Float64Array | null;
  readonly quartic: Float64Array | null;
  /** By rising index. */
  readonly drives: readonly ImageDrive[];
  readonly controls: Readonly<Partial<Record<Control, Curve>>>;
  /** [n]; null: zero. */
  readonly initial: Float64Array | null;
  /** [n]; null: that of the run. */
  readonly nodeTemperature: Float64Array | null;
}

const SECTION_NAMES = [
  '',
  'COUPLINGS',
  'FIELDS',
  'QUADRATIC',
  'QUARTIC',
  'DRIVE_PATTERN',
  'DRIVE_CURVE',
  'CONTROL_CURVE',
  'INITIAL',
  'NODE_TEMPERATURE',
] as const;
const COUPLINGS = 1;
const FIELDS = 2;
const QUADRATIC = 3;
const QUARTIC = 4;
const DRIVE_PATTERN = 5;
const DRIVE_CURVE = 6;
const CONTROL_CURVE = 7;
const INITIAL = 8;
const NODE_TEMPERATURE = 9;

const HEADER_BYTES = 8;
const ENTRY_BYTES = 16;
const MAGIC = [0x52, 0x58, 0x50, 0x31];
/** Bytes of the smallest image. */
export const LEAST_IMAGE_BYTES = HEADER_BYTES;

interface Section {
  readonly name: string;
  readonly kind: number;
  readonly index: number;
  readonly offset: number;
  readonly length: number;
  readonly scale: number;
}

class BadForm extends Error {}

/**
 * @param sites that the image must have, as UploadBegin has said: the program of a few bytes could be one of 65 535 sites, 34 GB
 * @returns the program, or what is wrong with the image's form, for people
 */
export function readProgramImage(bytes: Uint8Array, sites?: number): ProgramImage | string {
  try {
    return read(bytes, sites);
  } catch (error) {
    if (error instanceof BadForm) return error.message;
    throw error;
  }
}

function read(bytes: Uint8Array, expected?: number): ProgramImage {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < HEADER_BYTES) throw new BadForm(`an image of ${bytes.length} bytes`);
  if (MAGIC.some((byte, k) => bytes[k] !== byte)) throw new BadForm('it does not begin with RXP1');
  const n = view.getUint16(4, true);
  if (n === 0) throw new BadForm('n is 0');
  if (expected !== undefined && n !== expected) {
    throw new BadForm(`n = ${n}, UploadBegin said ${expected}`);
  }
  const sections = readTable(view, view.getUint16(6, true), n);
  const one = (kind: number): Section | undefined => sections.find((s) => s.kind === kind);
  const codes = (kind: number): Float64Array | null => {
    const section = one(kind);
    return section === undefined ? null : readCodes(view, section);
  };
  const floats = (kind: number): Float64Array | null => {
    const section = one(kind);
    if (section === undefined) return null;
    const values = readFloats(view, section);
    return values.length === n ? values : new Float64Array(n).fill(values[0]!);
  };
  const controls: Partial<Record<Control, Curve>> = {};
  for (const section of sections.filter((s) => s.kind === CONTROL_CURVE)) {
    controls[CONTROLS[section.index]!] = readCurve(view, section);
  }
  return {
    n,
    couplings: symmetric(codes(COUPLINGS), n),
    fields: codes(FIELDS) ?? new Float64Array(n),
    quadratic: floats(QUADRATIC),
    quartic: floats(QUARTIC),
    drives: readDrives(view, sections),
    controls,
    initial: codes(INITIAL),
    nodeTemperature: floats(NODE_TEMPERATURE),
  };
}

function readTable(view: DataView, count: number, n: number): Section[] {
  const sections: Section[] = [];
  const seen = new Set<number>();
  let free = HEADER_BYTES + ENTRY_BYTES * count;
  if (free > view.byteLength) throw new BadForm(`a table of ${count} sections does not fit`);
  for (let k = 0; k < count; k++) {
    const at = HEADER_BYTES + ENTRY_BYTES * k;
    const kind = view.getUint16(at, true);
    const index = view.getUint16(at + 2, true);
    const offset = view.getUint32(at + 4, true);
    const length = view.getUint32(at + 8, true);
    const scale = view.getFloat32(at + 12, true);
    const word = SECTION_NAMES[kind];
    if (kind === 0 || word === undefined)
      throw new BadForm(`section ${k}: kind ${kind} is not known`);
    const isDrive = kind === DRIVE_PATTERN || kind === DRIVE_CURVE;
    const name = isDrive || kind === CONTROL_CURVE ? `${word}[${index}]` : word;
    const highest = isDrive ? 0xffff : kind === CONTROL_CURVE ? CONTROLS.length - 1 : 0;
    if (index > highest) throw new BadForm(`${word}: index ${index}, at most ${highest}`);
    const key = (kind << 16) | index;
    if (seen.has(key)) throw new BadForm(`${name} stands twice`);
    seen.add(key);
    if (!Number.isFinite(scale)) throw new BadForm(`${name}: its scale is not finite`);
    if (offset % 4 !== 0) throw new BadForm(`${name}: offset ${offset} is no multiple of 4`);
    if (offset < free) throw new BadForm(`${name}: it overlaps what stands before it`);
    if (offset + length > view.byteLength) throw new BadForm(`${name}: it ends beyond the image`);
    free = offset + length;
    checkLength(name, kind, length, n);
    sections.push({ name, kind, index, offset, length, scale });
  }
  return sections;
}

function checkLength(name: string, kind: number, length: number, n: number): void {
  switch (kind) {
    case COUPLINGS:
      return expectLength(name, length, [n * (n - 1)]);
    case FIELDS:
    case DRIVE_PATTERN:
    case INITIAL:
      return expectLength(name, length, [2 * n]);
    case QUADRATIC:
    case QUARTIC:
      return expectLength(name, length, [4, 4 * n]);
    case NODE_TEMPERATURE:
      return expectLength(name, length, [4 * n]);
    default:
      if (length === 0 || length % 8 !== 0) {
        throw new BadForm(`${name}: ${length} bytes are no pairs of f32`);
      }
  }
}

function expectLength(name: string, length: number, allowed: readonly number[]): void {
  if (allowed.includes(length)) return;
  throw new BadForm(`${name}: ${length} bytes instead of ${allowed.join(' or ')}`);
}

function readCodes(view: DataView, section: Section): Float64Array {
  const values = new Float64Array(section.length / 2);
  for (let k = 0; k < values.length; k++) {
    values[k] = section.scale * view.getInt16(section.offset + 2 * k, true);
  }
  return values;
}

function readFloats(view: DataView, section: Section): Float64Array {
  const values = new Float64Array(section.length / 4);
  for (let k = 0; k < values.length; k++) {
    const value = view.getFloat32(section.offset + 4 * k, true);
    if (!Number.isFinite(value)) throw new BadForm(`${section.name}: value ${k} is not finite`);
    values[k] = value;
  }
  return values;
}

function readCurve(view: DataView, section: Section): Curve {
  const pairs = readFloats(view, section);
  const times = pairs.filter((_, k) => k % 2 === 0);
  const values = pairs.filter((_, k) => k % 2 === 1);
  for (let k = 1; k < times.length; k++) {
    if (times[k]! < times[k - 1]!) throw new BadForm(`${section.name}: t falls at point ${k}`);
  }
  return { times, values };
}

function readDrives(view: DataView, sections: readonly Section[]): ImageDrive[] {
  const patterns = sections.filter((s) => s.kind === DRIVE_PATTERN);
  const curves = sections.filter((s) => s.kind === DRIVE_CURVE);
  for (const curve of curves) {
    if (!patterns.some((s) => s.index === curve.index)) {
      throw new BadForm(`drive ${curve.index} has no DRIVE_PATTERN`);
    }
  }
  return patterns
    .map((pattern) => {
      const curve = curves.find((s) => s.index === pattern.index);
      if (curve === undefined) throw new BadForm(`drive ${pattern.index} has no DRIVE_CURVE`);
      return {
        index: pattern.index,
        pattern: readCodes(view, pattern),
        amplitude: readCurve(view, curve),
      };
    })
    .sort((a, b) => a.index - b.index);
}

function symmetric(upper: Float64Array | null, n: number): Float64Array {
  const dense = new Float64Array(n * n);
  if (upper === null) return dense;
  let k = 0;
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const value = upper[k++]!;
      dense[i * n + j] = value;
      dense[j * n + i] = value;
    }
  }
  return dense;
}
