import { createHash } from 'node:crypto';
import { RelaxdError } from './relaxd-error.js';

/**
 * JSON with sorted keys and without white space (RFC 8785 for our values): the same value gives the same
 * text. `undefined` and `null` members are left out, since they mean the same in every relaxd document.
 * Typed arrays are written as plain arrays.
 *
 * @throws RelaxdError `not-finite` for NaN and infinities
 */
export function canonicalJson(value: unknown): string {
  const parts: string[] = [];
  write(value, parts);
  return parts.join('');
}

function write(value: unknown, parts: string[]): void {
  if (value === null || value === undefined) {
    parts.push('null');
  } else if (typeof value === 'number') {
    if (!Number.isFinite(value)) {
      throw new RelaxdError('not-finite', `a document cannot hold ${value}`, {
        value: String(value),
      });
    }
    parts.push(JSON.stringify(value));
  } else if (typeof value === 'string' || typeof value === 'boolean') {
    parts.push(JSON.stringify(value));
  } else if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    const list = value as ArrayLike<unknown>;
    parts.push('[');
    for (let i = 0; i < list.length; i++) {
      if (i > 0) parts.push(',');
      write(list[i], parts);
    }
    parts.push(']');
  } else if (typeof value === 'object') {
    const record = value as Record<string, unknown>;
    const keys = Object.keys(record)
      .filter((key) => record[key] !== undefined && record[key] !== null)
      .sort();
    parts.push('{');
    keys.forEach((key, i) => {
      if (i > 0) parts.push(',');
      parts.push(JSON.stringify(key), ':');
      write(record[key], parts);
    });
    parts.push('}');
  } else {
    throw new RelaxdError('invalid-input', `a document cannot hold a ${typeof value}`);
  }
}

/** `sha256:` and the hex digest of the canonical JSON of a value. */
export function contentHash(value: unknown): string {
  return `sha256:${createHash('sha256').update(canonicalJson(value)).digest('hex')}`;
}
