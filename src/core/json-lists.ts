import { readDecimal } from './read-decimal.js';

/**
 * JSON whose long lists of numbers become typed arrays while the text is read, so that neither the text nor a list of boxed
 * numbers is ever whole in memory: a dense program is 20 times as long as text.
 */

/** A list of at least so many characters becomes a typed array; shorter ones stay lists. */
const LONG_TEXT = 512;
/** Numbers of a list that are kept in one working array before they go to the store. */
const MOST_GATHERED = 1 << 17;

/** Where lists go that are longer than a working array. */
export interface ListStore {
  /** Room for a list that grows: numbers are added in order, then it is finished. */
  begin(): { add(values: Float64Array): void; finish(): Float64Array };
}

/** Thrown where the text is not what {@link parseWithLists} reads: JSON.parse then says what is wrong with it, or reads it. */
export class NotThisJson extends Error {}

const CODE = {
  quote: 0x22,
  backslash: 0x5c,
  open: 0x5b,
  close: 0x5d,
  comma: 0x2c,
  zero: 0x30,
  nine: 0x39,
  minus: 0x2d,
  plus: 0x2b,
  point: 0x2e,
  e: 0x65,
  E: 0x45,
} as const;
const isSpace = (c: number): boolean => c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09;
const isDigit = (c: number): boolean => c >= CODE.zero && c <= CODE.nine;
const inNumber = (c: number): boolean =>
  isDigit(c) ||
  c === CODE.minus ||
  c === CODE.point ||
  c === CODE.e ||
  c === CODE.E ||
  c === CODE.plus;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** A number has at most so many; a longer one is JSON.parse's. */
const MOST_CHARACTERS = 400;
/** Marks a list's place in what JSON.parse gets; no document has a member of this name. */
const PLACE = '\u0000list';

/**
 * @param pieces of the text, UTF-8
 * @throws NotThisJson where it is no JSON, or a long list has something else than numbers
 */
export function parseWithLists(pieces: Iterable<Uint8Array>, store: ListStore): unknown {
  const reader = new ListReader(store);
  for (const piece of pieces) reader.read(piece);
  return reader.finish();
}

class ListReader {
  private readonly text: string[] = [];
  private readonly lists: ArrayLike<number>[] = [];
  private readonly decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  private state: 'text' | 'string' | 'escape' | 'list' = 'text';
  /** What a list has had so far, while it is short: it may turn out to be another kind of list. */
  private start: number[] = [];
  private gathered = new Float64Array(1024);
  private count = 0;
  private stored: ReturnType<ListStore['begin']> | null = null;
  /** The number under way: its characters. */
  private readonly token = Buffer.alloc(MOST_CHARACTERS);
  private characters = 0;
  private long = false;
  /** What was last in a list: nothing, a number or a comma. */
  private last: 'open' | 'number' | 'comma' = 'open';

  constructor(private readonly store: ListStore) {}

  read(piece: Uint8Array): void {
    let from = 0;
    for (let at = 0; at < piece.length; at++) {
      const c = piece[at]!;
      switch (this.state) {
        case 'text':
          if (c === CODE.quote) this.state = 'string';
          else if (c === CODE.open) {
            this.say(piece.subarray(from, at));
            from = at + 1;
            this.open();
          }
          break;
        case 'string':
          if (c === CODE.quote) this.state = 'text';
          else if (c === CODE.backslash) this.state = 'escape';
          break;
        case 'escape':
          this.state = 'string';
          break;
        case 'list':
          if (this.take(c)) from = at + 1;
          else {
            // Another kind of list: what has been held back is text, and this character is looked at again.
            this.sayStart();
            this.state = 'text';
            from = at;
            at--;
          }
          break;
      }
    }
    if (this.state !== 'list') this.say(piece.subarray(from));
  }

  finish(): unknown {
    if (this.state !== 'text') throw new NotThisJson();
    this.text.push(this.decoder.decode());
    try {
      return this.placed(JSON.parse(this.text.join('')));
    } catch (error) {
      throw error instanceof SyntaxError ? new NotThisJson() : error;
    }
  }

  /** A parsed value with the lists in their places. */
  private placed(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) {
      return typeof value[0] === 'number' ? value : value.map((entry) => this.placed(entry));
    }
    if (PLACE in value) return this.lists[value[PLACE] as number];
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [key, this.placed(member)]),
    );
  }

  private say(bytes: Uint8Array): void {
    if (bytes.length > 0) this.text.push(this.decoder.decode(bytes, { stream: true }));
  }

  private open(): void {
    this.state = 'list';
    this.start = [CODE.open];
    this.count = 0;
    this.characters = 0;
    this.long = false;
    this.last = 'open';
  }

  private sayStart(): void {
    this.say(Uint8Array.from(this.start));
  }

  /** Takes a character of a list; false where it belongs to no list of numbers. */
  private take(c: number): boolean {
    if (!this.long) {
      if (!(inNumber(c) || isSpace(c) || c === CODE.comma || c === CODE.close)) return false;
      this.start.push(c);
      if (c === CODE.close) {
        this.sayStart();
        this.state = 'text';
      } else if (this.start.length > LONG_TEXT) {
        this.long = true;
        const { start } = this;
        for (let k = 1; k < start.length; k++) this.takeLong(start[k]!);
      }
      return true;
    }
    this.takeLong(c);
    return true;
  }

  private takeLong(c: number): void {
    if (inNumber(c)) {
      if (this.characters === 0 && this.last === 'number') throw new NotThisJson();
      if (this.characters === MOST_CHARACTERS) throw new NotThisJson();
      this.token[this.characters++] = c;
      return;
    }
    if (this.characters > 0) this.number();
    if (isSpace(c)) return;
    if (this.last !== 'number') throw new NotThisJson();
    if (c === CODE.comma) this.last = 'comma';
    else if (c === CODE.close) this.close();
    else throw new NotThisJson();
  }

  private number(): void {
    if (this.count === this.gathered.length) this.makeRoom();
    const value = readDecimal(this.token, this.characters);
    this.gathered[this.count++] = Number.isNaN(value) ? this.anyNumber() : value;
    this.characters = 0;
    this.last = 'number';
  }

  private anyNumber(): number {
    const text = this.token.toString('latin1', 0, this.characters);
    if (!NUMBER.test(text)) throw new NotThisJson();
    return Number(text);
  }

  private makeRoom(): void {
    if (this.gathered.length < MOST_GATHERED) {
      const larger = new Float64Array(2 * this.gathered.length);
      larger.set(this.gathered);
      this.gathered = larger;
      return;
    }
    this.stored ??= this.store.begin();
    this.stored.add(this.gathered);
    this.count = 0;
  }

  private close(): void {
    const rest = this.gathered.subarray(0, this.count);
    if (this.stored !== null) {
      this.stored.add(rest);
      this.lists.push(this.stored.finish());
      this.stored = null;
    } else {
      // −0 and fractions are no small integers.
      const small = rest.every((v) => v >= -128 && v <= 127 && Object.is(v, Math.trunc(v) + 0));
      this.lists.push(small ? Int8Array.from(rest) : Float64Array.from(rest));
    }
    this.text.push(`{${JSON.stringify(PLACE)}:${this.lists.length - 1}}`);
    this.state = 'text';
  }
}
