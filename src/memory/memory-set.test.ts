import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { contentHash, packageRoot, RelaxdError } from '../core/index.js';
import {
  memorySet,
  memorySetDocument,
  memorySetHash,
  parseMemorySetJson,
  patternSize,
  readMemorySet,
} from './memory-set.js';

const abc = {
  version: 1,
  name: 'abc',
  shape: [2, 3],
  labels: ['a', 'b'],
  patterns: [
    [1, -1, 1, 1, -1, 1],
    [-1, -1, 1, 1, 1, -1],
  ],
};

function refusal(document: unknown): RelaxdError {
  try {
    readMemorySet(document);
  } catch (error) {
    if (error instanceof RelaxdError) return error;
    throw error;
  }
  throw new Error('the document was not refused');
}

describe('a memory set', () => {
  it('is read from its document and written back the same', () => {
    const set = readMemorySet(abc);
    expect(set.patterns[1]).toEqual(Int8Array.of(-1, -1, 1, 1, 1, -1));
    expect(patternSize(set)).toBe(6);
    expect(memorySetDocument(set)).toEqual(abc);
    expect(parseMemorySetJson(JSON.stringify(memorySetDocument(set)))).toEqual(set);
  });

  it('has the hash of its document, whatever the order of its fields', () => {
    const { patterns, ...rest } = abc;
    const set = readMemorySet({ patterns, ...rest });
    expect(memorySetHash(set)).toBe(contentHash(abc));
    expect(memorySetHash({ ...set, name: 'abd' })).not.toBe(memorySetHash(set));
  });

  it('names itself, numbers its labels and lies flat where the document leaves that out', () => {
    const set = readMemorySet({
      version: 1,
      name: null,
      patterns: [
        [1, -1, 1],
        [1, 1, 1],
      ],
    });
    expect(set).toMatchObject({ name: 'memories', labels: ['0', '1'], shape: [3] });
    expect(readMemorySet({ version: 1, patterns: [[1]] }, { name: 'one' }).name).toBe('one');
  });

  it('takes typed arrays and copies them', () => {
    const pattern = Int8Array.of(1, -1);
    const set = memorySet({ patterns: [pattern] });
    pattern[0] = -1;
    expect(set.patterns[0]).toEqual(Int8Array.of(1, -1));
  });

  it('reads text with a byte order mark', () => {
    expect(parseMemorySetJson(`\uFEFF${JSON.stringify(abc)}`).name).toBe('abc');
  });

  it('reads the example on its page in docs/formats', () => {
    const page = readFileSync(
      new URL('docs/formats/memory-set.md', packageRoot(import.meta.url)),
      'utf8',
    );
    const example = /```json\n([\s\S]*?)```/.exec(page)?.[1];
    expect(example).toBeDefined();
    const set = parseMemorySetJson(example!);
    expect(set.labels).toEqual(['a', 'b']);
    expect(memorySetDocument(set)).toEqual(JSON.parse(example!));
  });
});

describe('a bad memory set is refused with code, path, value and limit:', () => {
  const cases: [what: string, change: object, code: string, details: object][] = [
    ['an unknown field', { colour: 1 }, 'unknown-field', { path: 'colour', value: 'colour' }],
    [
      'another version',
      { version: 2 },
      'unsupported-version',
      { path: 'version', value: 2, limit: 1 },
    ],
    ['no version', { version: undefined }, 'invalid-input', { path: 'version', limit: 1 }],
    ['an empty name', { name: '' }, 'invalid-input', { path: 'name', value: '' }],
    ['a number for a name', { name: 7 }, 'invalid-input', { path: 'name', value: 7 }],
    ['a shape that is no list', { shape: 6 }, 'invalid-input', { path: 'shape', value: 6 }],
    [
      'a shape of half pixels',
      { shape: [1.5, 4] },
      'invalid-input',
      { path: 'shape[0]', value: 1.5 },
    ],
    [
      'an endless shape',
      { shape: [6, Infinity] },
      'not-finite',
      { path: 'shape[1]', value: 'Infinity' },
    ],
    ['no patterns', { patterns: undefined }, 'invalid-input', { path: 'patterns' }],
    ['an empty list of patterns', { patterns: [] }, 'invalid-input', { path: 'patterns' }],
    [
      'a short pattern',
      { patterns: [abc.patterns[0], [1, 1, 1]] },
      'wrong-size',
      { path: 'patterns[1]', value: 3, limit: 6 },
    ],
    [
      'a pattern that is a number',
      { patterns: [abc.patterns[0], 1] },
      'invalid-input',
      { path: 'patterns[1]', value: 1 },
    ],
    [
      'a value of 2',
      { patterns: [[1, 1, 2, 1, 1, 1], abc.patterns[1]] },
      'pattern-values',
      { path: 'patterns[0][2]', value: 2, limit: [-1, 1] },
    ],
    [
      'a pattern of zeros',
      { patterns: [abc.patterns[0], [0, 0, 0, 0, 0, 0]] },
      'pattern-values',
      { path: 'patterns[1][0]', value: 0 },
    ],
    [
      'a NaN',
      { patterns: [[1, NaN, 1, 1, 1, 1], abc.patterns[1]] },
      'not-finite',
      { path: 'patterns[0][1]', value: 'NaN' },
    ],
    [
      'a text among the numbers',
      { patterns: [['1', 1, 1, 1, 1, 1], abc.patterns[1]] },
      'invalid-input',
      { path: 'patterns[0][0]', value: '1' },
    ],
    [
      'a null among the numbers',
      { patterns: [[1, 1, 1, 1, 1, null], abc.patterns[1]] },
      'invalid-input',
      { path: 'patterns[0][5]', value: null },
    ],
    [
      'labels of another number',
      { labels: ['a'] },
      'wrong-size',
      { path: 'labels', value: 1, limit: 2 },
    ],
    [
      'a label that is a number',
      { labels: ['a', 2] },
      'invalid-input',
      { path: 'labels[1]', value: 2 },
    ],
    ['labels that are a text', { labels: 'ab' }, 'invalid-input', { path: 'labels', value: 'ab' }],
  ];
  it.each(cases)('%s', (_, change, code, details) => {
    const error = refusal({ ...abc, ...change });
    expect(error.code).toBe(code);
    expect(error.details).toMatchObject(details);
    expect(error.details).toHaveProperty('limit');
    expect(error.message).toContain((details as { path: string }).path);
  });

  it.each([[null], [undefined], [[1, 2]], ['letters'], [7]])(
    '%j instead of a document',
    (document) => {
      expect(refusal(document).code).toBe('invalid-input');
    },
  );

  it('text that is not JSON, NaN among it', () => {
    for (const text of ['', '{"version":1,', '{"version":1,"patterns":[[1,NaN]]}']) {
      expect(() => parseMemorySetJson(text)).toThrow(
        expect.objectContaining({ code: 'invalid-json' }) as Error,
      );
    }
  });

  it('every fault at once where there are several', () => {
    const error = refusal({ ...abc, version: 3, x: 1, labels: ['a'] });
    expect(error.code).toBe('invalid-input');
    expect(error.details.violations?.map((violation) => violation.path)).toEqual([
      'x',
      'version',
      'labels',
    ]);
  });

  it('an all-zero pattern is called that', () => {
    expect(refusal({ version: 1, patterns: [[0, 0]] }).message).toContain('all zeros');
    expect(refusal({ version: 1, patterns: [[0, 1]] }).message).not.toContain('all zeros');
  });
});
