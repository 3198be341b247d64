import { LETTER_GLYPHS } from './letter-glyphs.js';
import { memorySet, type MemorySet } from './memory-set.js';
import { pickLabels } from './pick-labels.js';

export const LETTERS: readonly string[] = Object.keys(LETTER_GLYPHS);

/**
 * The eight capitals whose mutual overlaps are smallest: of all 1,562,275 choices of eight, the one with the
 * least Σ|m_μν| over its 28 pairs (it also has the least Σ m_μν², the crosstalk variance that the plain Hebb
 * rule suffers from). `letters.test.ts` makes the search again.
 */
export const EIGHT_LETTERS: readonly string[] = ['A', 'J', 'K', 'L', 'P', 'Q', 'T', 'V'];

/**
 * Capitals on a 10×10 grid, ink +1.
 *
 * @param labels which, in which order; all 26 where left out
 * @throws RelaxdError `unknown-memory-set`
 */
export function letters(labels?: readonly string[], name = 'letters'): MemorySet {
  const picked = pickLabels('letters', LETTERS, labels);
  return memorySet({
    name,
    shape: [10, 10],
    labels: picked,
    patterns: picked.map((letter) => glyphSpins(LETTER_GLYPHS[letter]!)),
  });
}

function glyphSpins(glyph: string): Int8Array {
  return Int8Array.from(glyph.replaceAll('\n', ''), (mark) => (mark === '#' ? 1 : -1));
}
