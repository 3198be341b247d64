import { contentHash, RelaxdError, throwViolations, type Violation } from '../core/index.js';

/**
 * P memories ξ^μ of N = product(shape) sites each. Every pattern holds −1 and +1 only and has N entries,
 * row-major over `shape` (for a picture: `[rows, columns]`). A lit pixel is +1. There is at least one pattern
 * and one label a pattern.
 */
export interface MemorySet {
  readonly version: 1;
  readonly name: string;
  readonly shape: readonly number[];
  readonly labels: readonly string[];
  readonly patterns: readonly Int8Array[];
}

/** The plain JSON form of a memory set: docs/formats/memory-set.md. */
export interface MemorySetDocument {
  readonly version: 1;
  readonly name: string;
  readonly shape: readonly number[];
  readonly labels: readonly string[];
  readonly patterns: readonly (readonly number[])[];
}

/** What stands for the fields that a document leaves out. */
export interface MemorySetDefaults {
  /** Name of the set; `memories` where the document has none and this is left out. */
  readonly name?: string;
}

const FIELDS = ['version', 'name', 'shape', 'labels', 'patterns'];
/** Violations listed in one error; a set of a million wrong numbers needs no list of a million lines. */
const MOST_VIOLATIONS = 20;

/** Number of sites N of each pattern. */
export function patternSize(set: MemorySet): number {
  return sizeOfShape(set.shape);
}

export function sizeOfShape(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** The set as plain JSON: what `JSON.stringify` writes and {@link readMemorySet} reads back to the same set. */
export function memorySetDocument(set: MemorySet): MemorySetDocument {
  return {
    version: 1,
    name: set.name,
    shape: [...set.shape],
    labels: [...set.labels],
    patterns: set.patterns.map((pattern) => Array.from(pattern)),
  };
}

/** `sha256:` and the digest of the canonical JSON of the document: equal sets have equal hashes. */
export function memorySetHash(set: MemorySet): string {
  return contentHash(set);
}

/**
 * Makes a memory set of parts that are already in order, with the defaults of the format, and checks it.
 *
 * @throws RelaxdError as {@link readMemorySet}
 */
export function memorySet(parts: {
  readonly name?: string;
  readonly shape?: readonly number[];
  readonly labels?: readonly string[];
  readonly patterns: readonly ArrayLike<number>[];
}): MemorySet {
  return readMemorySet({ version: 1, ...parts });
}

/**
 * Reads the text of a JSON memory set.
 *
 * @throws RelaxdError `invalid-json` for text that is not JSON (`NaN` is not), else as {@link readMemorySet}
 */
export function parseMemorySetJson(text: string, defaults: MemorySetDefaults = {}): MemorySet {
  let document: unknown;
  try {
    document = JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text);
  } catch (error) {
    throw new RelaxdError(
      'invalid-json',
      `the memory set is not JSON: ${error instanceof Error ? error.message : String(error)}`,
      {
        path: '',
        value: text.length > 60 ? `${text.slice(0, 60)}…` : text,
        hint: 'see docs/formats/memory-set.md; JSON has no NaN, no comments and no trailing commas',
      },
      error,
    );
  }
  return readMemorySet(document, defaults);
}

/**
 * Checks a memory-set document and takes it over. `null` and left out are the same. Everything that is wrong
 * is found at once: one violation keeps its own code, several come as `invalid-input` with a list.
 *
 * @param document the parsed document; patterns may also be typed arrays
 * @throws RelaxdError `unknown-field`, `unsupported-version`, `wrong-size`, `pattern-values` (a number other
 *   than ±1), `not-finite` (NaN, infinities), `invalid-input` (anything of another kind)
 */
export function readMemorySet(document: unknown, defaults: MemorySetDefaults = {}): MemorySet {
  if (typeof document !== 'object' || document === null || isList(document)) {
    throw new RelaxdError(
      'invalid-input',
      `a memory set is a JSON object, not ${kindOf(document)}`,
      {
        path: '',
        value: kindOf(document),
        limit: 'object',
      },
    );
  }
  const record = document as Record<string, unknown>;
  const violations: Violation[] = [];
  for (const key of Object.keys(record)) {
    if (FIELDS.includes(key)) continue;
    violations.push({
      code: 'unknown-field',
      path: key,
      message: `a memory set has no field “${key}”`,
      value: key,
      limit: FIELDS,
    });
  }
  readVersion(record['version'], violations);
  const name = readName(record['name'] ?? defaults.name ?? 'memories', violations);
  const givenShape = readShape(record['shape'] ?? undefined, violations);
  const patterns = readPatterns(record['patterns'], givenShape, violations);
  const labels = readLabels(record['labels'] ?? undefined, patterns.length, violations);
  throwViolations('invalid-input', 'memory set', violations.slice(0, MOST_VIOLATIONS));
  return {
    version: 1,
    name,
    shape: givenShape ?? [patterns[0]!.length],
    labels,
    patterns,
  };
}

function readVersion(version: unknown, violations: Violation[]): void {
  if (version === 1) return;
  violations.push({
    code: version === undefined || version === null ? 'invalid-input' : 'unsupported-version',
    path: 'version',
    message:
      version === undefined || version === null
        ? 'the version is missing; write "version": 1'
        : `version ${show(version)} is not read here, only 1`,
    value: plain(version ?? null),
    limit: 1,
  });
}

function readName(name: unknown, violations: Violation[]): string {
  if (typeof name === 'string' && name !== '') return name;
  violations.push({
    code: 'invalid-input',
    path: 'name',
    message: `the name is ${name === '' ? 'empty' : kindOf(name)}; give a text, or leave it out`,
    value: plain(name),
    limit: 'text',
  });
  return 'memories';
}

function readShape(shape: unknown, violations: Violation[]): number[] | undefined {
  if (shape === undefined) return undefined;
  if (!isList(shape) || shape.length === 0) {
    violations.push({
      code: 'invalid-input',
      path: 'shape',
      message: 'the shape is a list of one or more positive integers, e.g. [28,28]',
      value: plain(shape),
      limit: [1, Number.MAX_SAFE_INTEGER],
    });
    return undefined;
  }
  const lengths: number[] = [];
  for (let i = 0; i < shape.length; i++) {
    const length = shape[i];
    if (typeof length !== 'number' || !Number.isSafeInteger(length) || length < 1) {
      violations.push({
        code:
          typeof length === 'number' && !Number.isFinite(length) ? 'not-finite' : 'invalid-input',
        path: `shape[${i}]`,
        message: `${show(length)} is not a positive integer`,
        value: plain(length),
        limit: [1, Number.MAX_SAFE_INTEGER],
      });
    } else {
      lengths.push(length);
    }
  }
  return lengths.length === shape.length ? lengths : undefined;
}

function readPatterns(
  patterns: unknown,
  shape: readonly number[] | undefined,
  violations: Violation[],
): Int8Array[] {
  if (!isList(patterns) || patterns.length === 0) {
    violations.push({
      code: 'invalid-input',
      path: 'patterns',
      message: isList(patterns)
        ? 'there is no pattern; a memory set has one or more'
        : `the patterns are ${kindOf(patterns)}; give a list of lists of −1 and 1`,
      value: plain(patterns ?? null),
      limit: 'one or more lists of -1 and 1',
    });
    return [];
  }
  const read: Int8Array[] = [];
  let size = shape === undefined ? undefined : sizeOfShape(shape);
  for (let mu = 0; mu < patterns.length; mu++) {
    const path = `patterns[${mu}]`;
    const pattern: unknown = patterns[mu];
    read.push(new Int8Array(0));
    if (!isList(pattern)) {
      violations.push({
        code: 'invalid-input',
        path,
        message: `${kindOf(pattern)} stands where a list of −1 and 1 is asked for`,
        value: plain(pattern),
        limit: [-1, 1],
      });
      continue;
    }
    size ??= Math.max(1, pattern.length);
    if (pattern.length !== size) {
      const why =
        shape === undefined ? 'the first pattern has' : `shape [${shape.join(',')}] asks for`;
      violations.push({
        code: 'wrong-size',
        path,
        message: `the pattern has ${pattern.length} entries, ${why} ${size}`,
        value: pattern.length,
        limit: size,
      });
      continue;
    }
    const spins = new Int8Array(size);
    const wrong = readSpins(pattern, spins, path);
    if (wrong !== undefined) violations.push(wrong);
    read[mu] = spins;
  }
  return read;
}

/**
 * Copies a list of ±1 into `spins`, or says what stands at its first place that is not ±1.
 *
 * @param from list of the length of `spins`
 */
export function readSpins(
  from: ArrayLike<unknown>,
  spins: Int8Array,
  path: string,
): Violation | undefined {
  for (let i = 0; i < spins.length; i++) {
    const value = from[i];
    if (value === 1 || value === -1) {
      spins[i] = value;
      continue;
    }
    const place = { path: `${path}[${i}]`, value: plain(value), limit: [-1, 1] };
    if (typeof value !== 'number') {
      return {
        ...place,
        code: 'invalid-input',
        message: `${kindOf(value)} stands where −1 or 1 is asked for`,
      };
    }
    if (!Number.isFinite(value)) {
      return {
        ...place,
        code: 'not-finite',
        message: `${value} stands where −1 or 1 is asked for`,
      };
    }
    const zeros = value === 0 && Array.prototype.every.call(from, (entry) => entry === 0);
    return {
      ...place,
      code: 'pattern-values',
      message: zeros
        ? 'the pattern is all zeros; every site is −1 or 1'
        : `${value} stands where −1 or 1 is asked for`,
    };
  }
  return undefined;
}

function readLabels(labels: unknown, count: number, violations: Violation[]): string[] {
  if (labels === undefined) return Array.from({ length: count }, (_, mu) => String(mu));
  if (!isList(labels)) {
    violations.push({
      code: 'invalid-input',
      path: 'labels',
      message: `the labels are ${kindOf(labels)}; give a list of one text a pattern, or leave them out`,
      value: plain(labels),
      limit: 'list of texts',
    });
    return [];
  }
  if (count > 0 && labels.length !== count) {
    violations.push({
      code: 'wrong-size',
      path: 'labels',
      message: `there are ${labels.length} labels for ${count} patterns`,
      value: labels.length,
      limit: count,
    });
  }
  const read: string[] = [];
  for (let mu = 0; mu < labels.length; mu++) {
    const label = labels[mu];
    if (typeof label === 'string') {
      read.push(label);
      continue;
    }
    violations.push({
      code: 'invalid-input',
      path: `labels[${mu}]`,
      message: `the label is ${kindOf(label)}; give a text`,
      value: plain(label),
      limit: 'text',
    });
  }
  return read;
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (isList(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'string' ? 'a text' : `a ${typeof value}`;
}

function show(value: unknown): string {
  return typeof value === 'string' ? `“${value}”` : String(plain(value));
}

/** The value as an error's details may carry it: short, and plain JSON. */
function plain(value: unknown): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'string') return value.length > 60 ? `${value.slice(0, 60)}…` : value;
  if (typeof value === 'boolean' || value === null) return value;
  return kindOf(value);
}
