import { describe, expect, it } from 'vitest';
import { halfBlockPicture } from './half-block-picture.js';
import { letters } from './letters.js';
import { pictures } from './pictures.js';

describe('a picture in half blocks', () => {
  it('shows two rows of sites a line', () => {
    expect(halfBlockPicture([1, 1, -1, -1, 1, -1, 1, -1], [2, 4])).toEqual(['█▀▄ ']);
    expect(halfBlockPicture([1, -1, 1], [3, 1])).toEqual(['▀', '▀']);
  });

  it('shows a letter as it was drawn', () => {
    expect(halfBlockPicture(letters(['T']).patterns[0]!, [10, 10])).toEqual([
      '██████████',
      '    ██    ',
      '    ██    ',
      '    ██    ',
      '    ██    ',
    ]);
  });

  it('fills the other spin where ink is −1', () => {
    expect(halfBlockPicture([1, -1], [1, 2], { ink: -1 })).toEqual([' ▀']);
  });

  it('is made smaller in proportion', () => {
    const lines = halfBlockPicture(pictures(['key']).patterns[0]!, [128, 128], { columns: 40 });
    expect(lines).toHaveLength(20);
    for (const line of lines) expect(line).toHaveLength(40);
    expect(new Set(lines.join(''))).toEqual(new Set(' ▀▄█'));
    const even = halfBlockPicture(new Int8Array(1000).fill(1), [10, 100], { columns: 10 });
    expect(even).toEqual(['▀▀▀▀▀▀▀▀▀▀']);
  });

  it('folds a pattern of one dimension to a near-square', () => {
    expect(halfBlockPicture([1, 1, 1, -1, -1, 1, 1], [7])).toEqual(['▀▀█', '▀  ']);
  });

  it('takes the sign of real numbers', () => {
    expect(halfBlockPicture([0.2, -3], [1, 2])).toEqual(['▀ ']);
  });

  it('is refused where pattern and shape disagree', () => {
    expect(() => halfBlockPicture([1, 1], [3])).toThrow(
      expect.objectContaining({ code: 'wrong-size' }) as Error,
    );
  });
});
