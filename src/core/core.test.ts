import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { canonicalJson, contentHash } from './canonical-json.js';
import { checkDocument } from './check-document.js';
import { ManualClock } from './clock.js';
import { Disposer } from './disposer.js';
import { ERROR_TABLE } from './error-table.js';
import { IdSource } from './identifier.js';
import { compiledUrl, packageRoot } from './module-url.js';
import { asRelaxdError, RelaxdError, throwViolations } from './relaxd-error.js';
import * as Type from './schema.js';

describe('the error table', () => {
  it('is what docs/errors.md says, row by row', () => {
    const text = readFileSync(new URL('docs/errors.md', packageRoot(import.meta.url)), 'utf8');
    const rows = [...text.matchAll(/^\| `([a-z-]+)` \| (\d+) \| (yes|no) \| (.+) \|$/gm)].map((m) =>
      m.slice(1, 5),
    );
    const table = Object.entries(ERROR_TABLE).map(([code, row]) => [
      code,
      String(row.status),
      row.retryable ? 'yes' : 'no',
      row.meaning,
    ]);
    expect(rows).toEqual(table);
  });
});

describe('canonical JSON', () => {
  it('does not depend on the order of members, leaves nulls out, and writes typed arrays as lists', () => {
    expect(canonicalJson({ b: [1, -0.5], a: null, c: Float64Array.of(1, 2), d: undefined })).toBe(
      '{"b":[1,-0.5],"c":[1,2]}',
    );
    expect(contentHash({ x: 1, y: 2 })).toBe(contentHash({ y: 2, x: 1 }));
    expect(contentHash({ x: 1 })).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it('refuses what JSON cannot hold', () => {
    expect(() => canonicalJson({ x: NaN })).toThrow(RelaxdError);
    expect(() => canonicalJson({ x: () => 1 })).toThrow(RelaxdError);
  });
});

describe('checking a document', () => {
  const closed = { additionalProperties: false };
  const schema = Type.Object(
    {
      version: Type.Literal(1),
      n: Type.Integer({ minimum: 1, maximum: 5 }),
      list: Type.Optional(Type.Array(Type.Number())),
      shape: Type.Optional(
        Type.Union([
          Type.Object({ kind: Type.Literal('a'), x: Type.Number() }, closed),
          Type.Object({ kind: Type.Literal('b') }, closed),
        ]),
      ),
      mode: Type.Optional(Type.Union([Type.Literal('on'), Type.Literal('off')])),
    },
    closed,
  );
  const codes = (value: unknown): string[] =>
    checkDocument(schema, value).map((v) => `${v.code} ${v.path}`);

  it('finds every violation with code and path, and none in a good document', () => {
    expect(codes({ version: 1, n: 3, list: [1, 2], shape: { kind: 'b' }, mode: 'on' })).toEqual([]);
    expect(codes({ version: 1, n: 3, list: null })).toEqual([]);
    expect(codes({ version: 2, n: 9, list: [0, NaN, 'x'], extra: 1 })).toEqual([
      'unsupported-version version',
      'invalid-input n',
      'not-finite list[1]',
      'invalid-input list[2]',
      'unknown-field extra',
    ]);
    expect(codes({ n: 3 })).toEqual(['invalid-input version']);
    expect(codes([])).toEqual(['invalid-input ']);
  });

  it('judges a union by the kind that the document names, and coerces nothing', () => {
    expect(codes({ version: 1, n: 1, shape: { kind: 'a', x: '7', y: 1 } })).toEqual([
      'invalid-input shape.x',
      'unknown-field shape.y',
    ]);
    expect(codes({ version: 1, n: 1, shape: { kind: 'c' } })).toEqual(['invalid-input shape.kind']);
    expect(codes({ version: 1, n: '1', mode: true })).toEqual([
      'invalid-input n',
      'invalid-input mode',
    ]);
  });

  it('throws one error for a list, with the code of the only one', () => {
    const one = checkDocument(schema, { version: 1, n: 1, q: 0 });
    expect(() => throwViolations('program-invalid', 'thing', one)).toThrow(
      /thing: q: unknown field/,
    );
    try {
      throwViolations('program-invalid', 'thing', [...one, ...one]);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: 'program-invalid', details: { path: 'q' } });
    }
  });
});

describe('ids', () => {
  it('are ULIDs that increase strictly, also within one millisecond and when the clock goes back', () => {
    const clock = new ManualClock(1_000_000);
    const ids = new IdSource(clock);
    const made = Array.from({ length: 500 }, (_, k) => {
      if (k === 200) clock.advance(-50);
      if (k === 300) clock.advance(500);
      return ids.next();
    });
    expect(made.every((id) => /^[0-9A-HJKMNP-TV-Z]{26}$/.test(id))).toBe(true);
    expect([...made].sort()).toEqual(made);
    expect(new Set(made).size).toBe(500);
  });
});

describe('small things', () => {
  it('closes what was opened, last first, and tries all', async () => {
    const closed: number[] = [];
    const disposer = new Disposer();
    disposer.add(() => void closed.push(1));
    disposer.add(() => Promise.reject(new Error('stuck')));
    disposer.add(() => void closed.push(3));
    await expect(disposer[Symbol.asyncDispose]()).rejects.toThrow('closing failed');
    expect(closed).toEqual([3, 1]);
  });

  it('maps a source module to its compiled twin', () => {
    expect(compiledUrl(import.meta.url, './x.js').pathname).toMatch(/\/dist\/src\/core\/x\.js$/);
    expect(compiledUrl('file:///somewhere/dist/src/a.js', './b.js').href).toBe(
      'file:///somewhere/dist/src/b.js',
    );
  });

  it('keeps the cause of an unknown error', () => {
    const cause = new TypeError('boom');
    expect(asRelaxdError(cause)).toMatchObject({ code: 'internal', message: 'boom', cause });
    expect(asRelaxdError(asRelaxdError(cause))).toBeInstanceOf(RelaxdError);
  });
});
