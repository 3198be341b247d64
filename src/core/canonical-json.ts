import { createHash } from 'node:crypto';
import { firstNotFinite, isTypedList, type TypedList } from './check-document.js';
import { RelaxdError } from './relaxd-error.js';

/** Text is handed on in pieces of about so many characters: a program's can be longer than the program itself. */
const PIECE = 1 << 12;
/** Numbers of a typed list that are written together: few, since what is at hand when the heap is collected is kept longer. */
const NUMBERS_AT_ONCE = 128;

/**
 * JSON with sorted keys and without white space (RFC 8785 for our values): the same value gives the same
 * text. `undefined` and `null` members are left out, since they mean the same in every relaxd document.
 * Typed arrays are written as plain arrays.
 *
 * @throws RelaxdError `not-finite` for NaN and infinities
 */
export function canonicalJson(value: unknown): string {
  const pieces: string[] = [];
  new CanonicalWriter((piece) => pieces.push(piece)).whole(value);
  return pieces.join('');
}

/** `sha256:` and the hex digest of the canonical JSON of a value. */
export function contentHash(value: unknown): string {
  const hash = createHash('sha256');
  new CanonicalWriter((piece) => hash.update(piece)).whole(value);
  return `sha256:${hash.digest('hex')}`;
}

class CanonicalWriter {
  private text = '';

  constructor(private readonly put: (piece: string) => void) {}

  whole(value: unknown): void {
    this.write(value);
    this.put(this.text);
  }

  private write(value: unknown): void {
    this.handOn();
    if (value === null || value === undefined) {
      this.text += 'null';
    } else if (typeof value === 'number') {
      this.number(value);
    } else if (typeof value === 'string' || typeof value === 'boolean') {
      this.text += JSON.stringify(value);
    } else if (isTypedList(value)) {
      this.numbers(value);
    } else if (Array.isArray(value)) {
      this.text += '[';
      for (let i = 0; i < value.length; i++) {
        if (i > 0) this.text += ',';
        this.write(value[i]);
      }
      this.text += ']';
    } else if (typeof value === 'object') {
      this.members(value as Record<string, unknown>);
    } else {
      throw new RelaxdError('invalid-input', `a document cannot hold a ${typeof value}`);
    }
  }

  /**
   * Many numbers at a time: a text that grows number by number fills the heap with its parts. By JSON.stringify, for the same
   * text as `String` and `join` would give, which keep what they have made of each number among what is seldom collected.
   */
  private numbers(list: TypedList): void {
    const wrong = firstNotFinite(list);
    if (wrong >= 0) this.number(list[wrong]!);
    this.text += '[';
    for (let from = 0; from < list.length; from += NUMBERS_AT_ONCE) {
      const some = list.subarray(from, from + NUMBERS_AT_ONCE);
      this.text += `${from === 0 ? '' : ','}${JSON.stringify(Array.from(some)).slice(1, -1)}`;
      this.handOn();
    }
    this.text += ']';
  }

  private handOn(): void {
    if (this.text.length <= PIECE) return;
    this.put(this.text);
    this.text = '';
  }

  private number(value: number): void {
    if (!Number.isFinite(value)) {
      throw new RelaxdError('not-finite', `a document cannot hold ${value}`, {
        value: String(value),
      });
    }
    this.text += JSON.stringify(value);
  }

  private members(record: Record<string, unknown>): void {
    const keys = Object.keys(record)
      .filter((key) => record[key] !== undefined && record[key] !== null)
      .sort();
    this.text += '{';
    keys.forEach((key, i) => {
      if (i > 0) this.text += ',';
      this.text += `${JSON.stringify(key)}:`;
      this.write(record[key]);
    });
    this.text += '}';
  }
}
