import type { TSchema } from 'typebox';
import type { Violation } from './relaxd-error.js';

/** The part of JSON Schema that relaxd's documents are written in. */
interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema | readonly Schema[];
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
}

const MOST_VIOLATIONS = 100;

/**
 * Every violation of a schema, with path, value and limit, at most 100. Unions of objects with a `kind` are
 * judged by the branch that the document names, so that the answer speaks of what was meant. Members that are
 * null count as left out. Values are never coerced.
 */
export function checkDocument(schema: TSchema, value: unknown, path = ''): Violation[] {
  const found: Violation[] = [];
  check(schema, value, path, found);
  return found;
}

/** A value as an error shows it: long texts and lists shortened, NaN and infinities as text. */
export function shownValue(value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (typeof value === 'string' && value.length > 80) return `${value.slice(0, 77)}…`;
  if (typeof value === 'bigint' || typeof value === 'function' || typeof value === 'symbol') {
    return String(value);
  }
  if (Array.isArray(value) || isTypedList(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return value;
}

/** Lists of numbers in a document may be typed arrays: a large one is, where it has been read as such. */
export type TypedList = Int8Array | Int32Array | Float64Array;
export const isTypedList = (value: unknown): value is TypedList =>
  value instanceof Float64Array || value instanceof Int8Array || value instanceof Int32Array;

/**
 * Place of the first NaN or infinity; −1: there is none. The loop sees one kind of list only: one that sees several boxes each
 * number that it reads, 16 bytes a number.
 */
export function firstNotFinite(values: TypedList): number {
  if (!(values instanceof Float64Array)) return -1;
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return i;
  return -1;
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value) || isTypedList(value)) return 'a list';
  if (typeof value === 'number' && Number.isNaN(value)) return 'NaN';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

export const memberPath = (path: string, key: string): string =>
  path === '' ? key : `${path}.${key}`;

function add(found: Violation[], violation: Violation): void {
  if (found.length < MOST_VIOLATIONS) found.push(violation);
}

function wrongType(found: Violation[], path: string, value: unknown, wanted: string): void {
  add(found, {
    code: typeof value === 'number' && !Number.isFinite(value) ? 'not-finite' : 'invalid-input',
    path,
    message: `expected ${wanted}, got ${typeName(value)}`,
    value: shownValue(value),
    limit: wanted,
  });
}

function check(schema: Schema, value: unknown, path: string, found: Violation[]): void {
  if (found.length >= MOST_VIOLATIONS) return;
  if (schema.anyOf !== undefined) return checkUnion(schema.anyOf, value, path, found);
  if (schema.const !== undefined) {
    if (value !== schema.const) {
      add(found, {
        code: path.endsWith('version') ? 'unsupported-version' : 'invalid-input',
        path,
        message: `expected ${JSON.stringify(schema.const)}`,
        value: shownValue(value),
        limit: schema.const,
      });
    }
    return;
  }
  if (schema.enum !== undefined) {
    if (!schema.enum.includes(value)) notAllowed(schema.enum, value, path, found);
    return;
  }
  switch (schema.type) {
    case 'object':
      return checkObject(schema, value, path, found);
    case 'array':
      return checkList(schema, value, path, found);
    case 'number':
    case 'integer':
      return checkNumber(schema, value, path, found);
    case 'string':
      if (typeof value !== 'string') return wrongType(found, path, value, 'a string');
      if (schema.maxLength !== undefined && value.length > schema.maxLength) {
        add(found, {
          code: 'invalid-input',
          path,
          message: `longer than ${schema.maxLength} characters`,
          value: shownValue(value),
          limit: schema.maxLength,
        });
      }
      if (schema.minLength !== undefined && value.length < schema.minLength) {
        add(found, {
          code: 'invalid-input',
          path,
          message: `shorter than ${schema.minLength} characters`,
          value: shownValue(value),
          limit: schema.minLength,
        });
      }
      if (schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test(value)) {
        add(found, {
          code: 'invalid-input',
          path,
          message: `does not match ${schema.pattern}`,
          value: shownValue(value),
          limit: schema.pattern,
        });
      }
      return;
    case 'boolean':
      if (typeof value !== 'boolean') wrongType(found, path, value, 'true or false');
      return;
    case 'null':
      if (value !== null) wrongType(found, path, value, 'null');
      return;
    default:
      return;
  }
}

function notAllowed(
  allowed: readonly unknown[],
  value: unknown,
  path: string,
  found: Violation[],
): void {
  add(found, {
    code: 'invalid-input',
    path,
    message: `expected one of ${allowed.map((name) => JSON.stringify(name)).join(', ')}`,
    value: shownValue(value),
    limit: allowed,
  });
}

function kindOf(schema: Schema): unknown {
  return schema.properties?.['kind']?.const;
}

function checkUnion(
  branches: readonly Schema[],
  value: unknown,
  path: string,
  found: Violation[],
): void {
  const kinds = branches.filter((branch) => kindOf(branch) !== undefined);
  const plain = typeof value === 'object' && value !== null;
  if (kinds.length > 0 && plain && !Array.isArray(value) && !isTypedList(value)) {
    const kind = (value as Record<string, unknown>)['kind'];
    const branch = kinds.find((candidate) => kindOf(candidate) === kind);
    if (branch !== undefined) return check(branch, value, path, found);
    const others = branches.filter((b) => kindOf(b) === undefined && b.type === 'object');
    if (others.length === 0)
      return notAllowed(kinds.map(kindOf), kind, memberPath(path, 'kind'), found);
  }
  if (branches.every((branch) => branch.const !== undefined)) {
    const allowed = branches.map((branch) => branch.const);
    if (!allowed.includes(value)) notAllowed(allowed, value, path, found);
    return;
  }
  let best: Violation[] | undefined;
  for (const branch of branches) {
    const tried: Violation[] = [];
    check(branch, value, path, tried);
    if (tried.length === 0) return;
    const sameType = !(tried.length === 1 && tried[0]?.path === path);
    if (best === undefined || sameType) best = tried;
  }
  for (const violation of best ?? []) add(found, violation);
}

function checkObject(schema: Schema, value: unknown, path: string, found: Violation[]): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || isTypedList(value)) {
    return wrongType(found, path, value, 'an object');
  }
  const record = value as Record<string, unknown>;
  const known = schema.properties ?? {};
  for (const name of schema.required ?? []) {
    if (record[name] === undefined || record[name] === null) {
      add(found, {
        code: 'invalid-input',
        path: memberPath(path, name),
        message: 'is missing',
        limit: 'required',
      });
    }
  }
  for (const [key, member] of Object.entries(record)) {
    if (member === undefined || member === null) {
      if (Object.hasOwn(known, key) || schema.additionalProperties !== false) continue;
    }
    const memberSchema = Object.hasOwn(known, key) ? known[key] : undefined;
    if (memberSchema !== undefined) {
      check(memberSchema, member, memberPath(path, key), found);
    } else if (schema.patternProperties !== undefined) {
      const [rest] = Object.values(schema.patternProperties);
      if (rest !== undefined) check(rest, member, memberPath(path, key), found);
    } else if (schema.additionalProperties === false) {
      add(found, {
        code: 'unknown-field',
        path: memberPath(path, key),
        message: `unknown field; known here: ${Object.keys(known).join(', ') || 'none'}`,
        value: shownValue(member),
        limit: Object.keys(known),
      });
    } else if (typeof schema.additionalProperties === 'object') {
      check(schema.additionalProperties, member, memberPath(path, key), found);
    }
  }
}

function checkList(schema: Schema, value: unknown, path: string, found: Violation[]): void {
  if (!Array.isArray(value) && !isTypedList(value)) {
    return wrongType(found, path, value, 'a list');
  }
  const least = schema.minItems ?? 0;
  const most = schema.maxItems ?? Infinity;
  if (value.length < least || value.length > most) {
    add(found, {
      code: 'wrong-size',
      path,
      message: `has ${value.length} entries, expected ${least === most ? least : `${least} to ${most}`}`,
      value: value.length,
      limit: [least, Number.isFinite(most) ? most : null],
    });
    return;
  }
  const { items } = schema;
  if (items === undefined) return;
  if (Array.isArray(items)) {
    (items as readonly Schema[]).forEach((itemSchema, i) => {
      if (i < value.length) check(itemSchema, value[i], `${path}[${i}]`, found);
    });
    return;
  }
  const each = items as Schema;
  const plainNumbers = each.type === 'number' && Object.keys(each).length === 1;
  if (plainNumbers && isTypedList(value) && firstNotFinite(value) < 0) return;
  for (let i = 0; i < value.length; i++) {
    const entry: unknown = value[i];
    // A matrix can have millions of entries: the common good case allocates no path.
    if (plainNumbers && typeof entry === 'number' && Number.isFinite(entry)) continue;
    check(each, entry, `${path}[${i}]`, found);
    if (found.length >= MOST_VIOLATIONS) return;
  }
}

function checkNumber(schema: Schema, value: unknown, path: string, found: Violation[]): void {
  const wanted = schema.type === 'integer' ? 'an integer' : 'a finite number';
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    return wrongType(found, path, value, wanted);
  }
  if (schema.type === 'integer' && !Number.isSafeInteger(value)) {
    return wrongType(found, path, value, wanted);
  }
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  const bad = (text: string): void =>
    add(found, {
      code: 'invalid-input',
      path,
      message: `${value} is ${text}`,
      value,
      limit: [minimum ?? exclusiveMinimum ?? null, maximum ?? exclusiveMaximum ?? null],
    });
  if (minimum !== undefined && value < minimum) bad(`below ${minimum}`);
  else if (maximum !== undefined && value > maximum) bad(`above ${maximum}`);
  else if (exclusiveMinimum !== undefined && value <= exclusiveMinimum) {
    bad(`not above ${exclusiveMinimum}`);
  } else if (exclusiveMaximum !== undefined && value >= exclusiveMaximum) {
    bad(`not below ${exclusiveMaximum}`);
  }
}
