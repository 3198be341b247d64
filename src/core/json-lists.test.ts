import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isTypedList } from './check-document.js';
import { NotThisJson, parseWithLists, type ListStore } from './json-lists.js';

/** A store that says how many lists were begun. */
function counting(): ListStore & { begun: number } {
  return {
    begun: 0,
    begin() {
      this.begun++;
      const all: number[] = [];
      return {
        add: (values) => values.forEach((v) => all.push(v)),
        finish: () => Float64Array.from(all),
      };
    },
  };
}

function* cut(text: string, size: number): Generator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}

/** The value with plain lists again. */
function plain(value: unknown): unknown {
  if (isTypedList(value)) return Array.from(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]));
}

const numbers = fc.array(
  fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer(), fc.constant(-0)),
  { maxLength: 300 },
);

describe('JSON with long lists', () => {
  it('is what JSON.parse reads, however it is cut into pieces', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string(),
          fc.oneof(numbers, fc.array(numbers), fc.jsonValue({ maxDepth: 3 })),
        ),
        fc.integer({ min: 1, max: 700 }),
        fc.constantFrom(undefined, 1),
        (document, size, indent) => {
          const text = JSON.stringify(document, null, indent);
          const read = parseWithLists(cut(text, size), counting());
          expect(plain(read)).toEqual(JSON.parse(text));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('keeps short lists, makes long ones typed arrays, of bytes where they fit, and stores the longest', () => {
    const spins = Array.from({ length: 400 }, (_, k) => (k % 3 === 0 ? -1 : 1));
    const many = Array.from({ length: 300_000 }, (_, k) => k / 7);
    const store = counting();
    const text = JSON.stringify({ short: [1, 2], spins, many, zero: [...spins, -0] }).replace(
      /,0\]/,
      ',-0]',
    );
    const read = parseWithLists(cut(text, 10_000), store) as Record<string, unknown>;
    expect(read['short']).toEqual([1, 2]);
    expect(read['spins']).toEqual(Int8Array.from(spins));
    expect(read['zero']).toEqual(Float64Array.from([...spins, -0]));
    expect(read['many']).toEqual(Float64Array.from(many));
    expect(store.begun).toBe(1);
  });

  const long = Array.from({ length: 400 }, () => 1).join(',');
  it.each([
    ['no JSON', '{"a": [1, 2}'],
    ['a long list with something else', `[${long},"a"]`],
    ['a long list without a number', `[${long},,1]`],
    ['a long list that ends in a comma', `[${long},]`],
    ['two numbers without a comma', `[${long} 1]`],
    ['a number that JSON has not', `[${long},01]`],
    ['a list without an end', `[${long}`],
    ['a text without an end', '{"a'],
  ])('leaves %s to JSON.parse', (_what, text) => {
    expect(() => parseWithLists(cut(text, 100), counting())).toThrow(NotThisJson);
  });
});
