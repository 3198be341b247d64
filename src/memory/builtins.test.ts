import { describe, expect, it } from 'vitest';
import { builtinMemories, listBuiltins } from './builtins.js';
import { EIGHT_LETTERS } from './letters.js';

const refusal = (details: object): Error =>
  expect.objectContaining({
    code: 'unknown-memory-set',
    details: expect.objectContaining(details) as object,
  }) as Error;

describe('the built-in sets', () => {
  it('are listed with the number and shape that they have', () => {
    expect(listBuiltins().map((builtin) => builtin.name)).toEqual([
      'letters',
      'letters-8',
      'pictures',
      'digits',
    ]);
    for (const builtin of listBuiltins()) {
      const set = builtinMemories(builtin.name)!;
      expect(set.name).toBe(builtin.name);
      expect(set.patterns).toHaveLength(builtin.patterns);
      expect(set.shape).toEqual(builtin.shape);
    }
  });

  it('are narrowed to the labels after a colon, in their order', () => {
    expect(builtinMemories('letters:C,A,B')!.labels).toEqual(['C', 'A', 'B']);
    expect(builtinMemories('digits:3, 7')!.labels).toEqual(['3', '7']);
    expect(builtinMemories('pictures:cat')!.patterns).toHaveLength(1);
    expect(builtinMemories('letters-8:T')!.labels).toEqual(['T']);
  });

  it('refuse a label that they do not have, with those that they have', () => {
    expect(() => builtinMemories('letters:A,b')).toThrow(
      refusal({ path: 'memories:1', value: 'b' }),
    );
    expect(() => builtinMemories('digits:10')).toThrow(
      refusal({ value: '10', limit: [...'0123456789'] }),
    );
    expect(() => builtinMemories('letters-8:B')).toThrow(
      refusal({ value: 'B', limit: [...EIGHT_LETTERS] }),
    );
    expect(() => builtinMemories('letters:')).toThrow(refusal({ value: '' }));
    expect(() => builtinMemories('letters:A,A')).toThrow('twice');
  });

  it('leave other names to others', () => {
    expect(builtinMemories('letters-9')).toBeUndefined();
    expect(builtinMemories('folder/letters.json')).toBeUndefined();
  });
});
