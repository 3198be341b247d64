import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCueFile } from './cue-file.js';
import { letters } from './letters.js';
import { loadMemories } from './load-memories.js';
import { memorySetDocument } from './memory-set.js';
import { memorySetNpy } from './npy-memory-set.js';
import { writeNpy } from './npy.js';
import { memorySetPng } from './png-picture.js';

let folder = '';
const abc = letters(['A', 'B', 'C']);
const refusal = (code: string, details: object = {}): Error =>
  expect.objectContaining({
    code,
    details: expect.objectContaining(details) as object,
  }) as Error;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'relaxd-memory-'));
  await writeFile(join(folder, 'abc.json'), JSON.stringify(memorySetDocument(abc)));
  await writeFile(join(folder, 'plain.JSON'), '{"version":1,"patterns":[[1,-1]]}');
  await writeFile(join(folder, 'bad.json'), '{"version":1,"patterns":[[1,0]]}');
  await writeFile(join(folder, 'abc.npy'), memorySetNpy(abc));
  await writeFile(join(folder, 'notes.txt'), 'no memories');
  await mkdir(join(folder, 'faces'));
  for (let mu = 0; mu < 3; mu++) {
    await writeFile(join(folder, 'faces', `${'cab'[mu]!}.png`), memorySetPng(abc, mu));
  }
  await writeFile(join(folder, 'faces', 'readme.md'), 'not a picture');
  await mkdir(join(folder, 'mixed'));
  await mkdir(join(folder, 'letters'));
  const grey = Uint8Array.from({ length: 256 * 200 }, (_, i) => i % 256);
  await writeFile(
    join(folder, 'mixed', '1.png'),
    encode({ width: 256, height: 200, channels: 1, data: grey }),
  );
  await writeFile(join(folder, 'mixed', '2.PNG'), memorySetPng(abc, 0));
  await mkdir(join(folder, 'broken'));
  await writeFile(join(folder, 'broken', 'good.png'), memorySetPng(abc, 0));
  await writeFile(join(folder, 'broken', 'torn.png'), memorySetPng(abc, 0).subarray(0, 50));
  await mkdir(join(folder, 'flat'));
  await writeFile(
    join(folder, 'flat', 'white.png'),
    encode({ width: 4, height: 4, channels: 1, data: new Uint8Array(16).fill(255) }),
  );
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('memories are loaded from', () => {
  it('a built-in name', async () => {
    expect(await loadMemories('letters:A,B,C')).toEqual(abc);
  });

  it('a document', async () => {
    expect(await loadMemories(memorySetDocument(abc))).toEqual(abc);
    await expect(loadMemories({ version: 1 })).rejects.toThrow(
      refusal('invalid-input', { path: 'patterns' }),
    );
  });

  it('a .json file, named after it where it has no name of its own', async () => {
    expect(await loadMemories(join(folder, 'abc.json'))).toEqual(abc);
    expect((await loadMemories('plain.JSON', { folder })).name).toBe('plain');
  });

  it('a .npy file', async () => {
    const set = await loadMemories('abc.npy', { folder });
    expect(set).toMatchObject({ name: 'abc', shape: [10, 10], labels: ['0', '1', '2'] });
    expect(set.patterns).toEqual(abc.patterns);
  });

  it('a folder of PNG files, sorted by name, what is no PNG left out', async () => {
    const set = await loadMemories('faces', { folder });
    expect(set).toMatchObject({ name: 'faces', shape: [10, 10], labels: ['a', 'b', 'c'] });
    expect(set.patterns).toEqual([abc.patterns[1], abc.patterns[2], abc.patterns[0]]);
  });

  it("a folder of pictures of several sizes, at the first one's made to fit 128, or at a size asked for", async () => {
    const set = await loadMemories('mixed', { folder });
    expect(set).toMatchObject({ shape: [100, 128], labels: ['1', '2'] });
    // The first is a ramp from left to right: half of it lies above its median.
    expect([...set.patterns[0]!.subarray(0, 128)]).toEqual(
      Array.from({ length: 128 }, (_, x) => (x < 64 ? -1 : 1)),
    );
    const small = await loadMemories('mixed', { folder, size: { rows: 20, columns: 10 } });
    expect(small.shape).toEqual([20, 10]);
  });

  it('a folder that has the name of a built-in where it is written as a path', async () => {
    await expect(loadMemories('./letters', { folder })).rejects.toThrow('has no .png file');
    expect((await loadMemories('letters', { folder })).patterns).toHaveLength(26);
  });
});

describe('loading memories is refused', () => {
  it.each(['nothing', 'nothing.json', 'nothing.npy', 'notes.txt', '', 'notes.txt/x.json'])(
    'for “%s”, with what there is',
    async (source) => {
      await expect(loadMemories(source, { folder })).rejects.toThrow(
        refusal('unknown-memory-set', {
          value: source,
          limit: ['letters', 'letters-8', 'pictures', 'digits'],
        }),
      );
    },
  );

  it('for paths where they are not allowed', async () => {
    const source = join(folder, 'abc.json');
    await expect(loadMemories(source, { paths: false })).rejects.toThrow(
      refusal('unknown-memory-set'),
    );
    expect((await loadMemories('letters', { paths: false })).name).toBe('letters');
  });

  it('for a bad file, with the file and the place in it', async () => {
    await expect(loadMemories('bad.json', { folder })).rejects.toThrow(
      refusal('pattern-values', { path: 'patterns[0][1]', file: 'bad.json' }),
    );
    await expect(loadMemories('bad.json', { folder })).rejects.toThrow(/^bad\.json: /);
  });

  it('for a folder with a picture that cannot be read or has no contrast, naming the picture', async () => {
    await expect(loadMemories('broken', { folder })).rejects.toThrow(
      refusal('image-unreadable', { path: 'torn.png' }),
    );
    await expect(loadMemories('flat', { folder })).rejects.toThrow(
      refusal('image-unreadable', { path: 'white.png' }),
    );
  });
});

describe('a cue is read from', () => {
  const put = async (name: string, content: string | Uint8Array): Promise<string> => {
    await writeFile(join(folder, name), content);
    return join(folder, name);
  };

  it('a .json list', async () => {
    expect(await readCueFile(await put('cue.json', '[1,-1,1]'), 3)).toEqual(Int8Array.of(1, -1, 1));
  });

  it('a .npy of shape [N], [1, N] or a picture’s', async () => {
    for (const shape of [[4], [1, 4], [2, 2]]) {
      const path = await put('cue.npy', writeNpy({ dtype: '|i1', shape, values: [1, -1, -1, 1] }));
      expect(await readCueFile(path, 4)).toEqual(Int8Array.of(1, -1, -1, 1));
    }
    const flags = await put('flags.npy', writeNpy({ dtype: '|b1', shape: [2], values: [0, 1] }));
    expect(await readCueFile(flags, 2)).toEqual(Int8Array.of(-1, 1));
  });

  it('a .png, scaled where the shape of the memories is given', async () => {
    const path = await put('cue.png', memorySetPng(abc, 2));
    expect(await readCueFile(path, 100)).toEqual(abc.patterns[2]);
    const large = await readCueFile(path, [20, 20]);
    expect(large).toHaveLength(400);
    expect(large[2 * 20 + 2]).toBe(abc.patterns[2]![11]);
  });

  const bad: [
    what: string,
    name: string,
    content: string | Uint8Array,
    code: string,
    path: string,
  ][] = [
    ['another size', 'c1.json', '[1,-1]', 'wrong-size', 'cue'],
    [
      'another size of .npy',
      'c1.npy',
      writeNpy({ shape: [2], values: [1, 1] }),
      'wrong-size',
      'cue',
    ],
    ['zeros', 'c2.json', '[1,0,1]', 'pattern-values', 'cue[1]'],
    ['a text', 'c3.json', '[1,"x",1]', 'invalid-input', 'cue[1]'],
    ['an object', 'c4.json', '{}', 'invalid-input', 'cue'],
    ['what is not JSON', 'c5.json', '[1,', 'invalid-json', 'cue'],
    ['a NaN', 'c6.npy', writeNpy({ shape: [3], values: [1, NaN, 1] }), 'not-finite', 'cue[1]'],
    ['another size of .png', 'c7.png', memorySetPng(abc, 0), 'wrong-size', 'cue'],
    ['another ending', 'c8.txt', '[1,1,1]', 'invalid-input', 'cue'],
  ];
  it.each(bad)('no file with %s', async (_, name, content, code, path) => {
    const file = await put(name, content);
    await expect(readCueFile(file, 3)).rejects.toThrow(refusal(code, { path }));
  });

  it('no file that is not there', async () => {
    const path = join(folder, 'none.json');
    await expect(readCueFile(path, 3)).rejects.toThrow(refusal('file-unreadable', { path }));
  });
});
