import { describe, expect, it } from 'vitest';
import { RandomStream } from '../core/index.js';
import { corruptPattern, patternOverlap } from './cue.js';
import { LETTER_GLYPHS } from './letter-glyphs.js';
import { EIGHT_LETTERS, letters, LETTERS } from './letters.js';
import { hebb, relax } from './zero-temperature.test-support.js';

describe('the letters', () => {
  it('are the 26 capitals, each drawn on ten rows of ten', () => {
    expect(LETTERS.join('')).toBe('ABCDEFGHIJKLMNOPQRSTUVWXYZ');
    for (const letter of LETTERS) {
      const rows = LETTER_GLYPHS[letter]!.trim().split('\n');
      expect(rows, letter).toHaveLength(10);
      for (const row of rows) expect(row, letter).toMatch(/^[#.]{10}$/);
      expect(rows[0], `${letter} begins in the first row`).toContain('#');
      expect(rows[9], `${letter} ends in the last row`).toContain('#');
    }
  });

  it('differ from one another in at least five sites, and no one is the negative of another', () => {
    const { patterns } = letters();
    for (let a = 0; a < 26; a++) {
      for (let b = 0; b < a; b++) {
        const m = patternOverlap(patterns[a]!, patterns[b]!);
        expect(Math.abs(m), LETTERS[a]! + LETTERS[b]!).toBeLessThanOrEqual(0.9);
      }
    }
  });

  it('are picked in the order asked for', () => {
    const set = letters(['C', 'A']);
    expect(set.labels).toEqual(['C', 'A']);
    expect(set.patterns[1]).toEqual(letters().patterns[0]);
    // Upper left corner of the A: paper, its crossbar: ink.
    expect(set.patterns[1]![0]).toBe(-1);
    expect(set.patterns[1]![65]).toBe(1);
  });
});

describe('the eight letters', () => {
  const all = letters().patterns.map((a) =>
    letters().patterns.map((b) => Math.abs(patternOverlap(a, b))),
  );

  /** The eight of 26 with the least sum of `cost` over their pairs, by branch and bound. */
  function leastEight(cost: (overlap: number) => number): string[] {
    let least = Infinity;
    let best: number[] = [];
    const chosen: number[] = [];
    const extend = (from: number, sum: number): void => {
      if (sum >= least) return;
      if (chosen.length === 8) {
        least = sum;
        best = [...chosen];
        return;
      }
      for (let k = from; k <= 26 - (8 - chosen.length); k++) {
        let more = sum;
        for (const other of chosen) more += cost(all[k]![other]!);
        chosen.push(k);
        extend(k + 1, more);
        chosen.pop();
      }
    };
    extend(0, 0);
    return best.map((k) => LETTERS[k]!);
  }

  it('have the least sum of |overlaps| of all choices, and of squared overlaps', () => {
    expect(leastEight((m) => m)).toEqual([...EIGHT_LETTERS]);
    expect(leastEight((m) => m * m)).toEqual([...EIGHT_LETTERS]);
  });

  it('are stable under the Hebb rule and come back from ten flipped sites', () => {
    const { patterns } = letters(EIGHT_LETTERS);
    let returned = 0;
    for (let mu = 0; mu < 8; mu++) {
      expect(relax(patterns, hebb, patterns[mu]!, RandomStream.of(1))).toEqual(patterns[mu]);
      for (let shot = 0; shot < 50; shot++) {
        const random = RandomStream.of(1, 'cue', 50 * mu + shot);
        const end = relax(patterns, hebb, corruptPattern(patterns[mu]!, 0.1, random), random);
        if (patternOverlap(end, patterns[mu]!) >= 0.95) returned++;
      }
    }
    // 400 trials at a success near 0.995 (measured over 300 a letter): 0.97 is 7 standard errors below.
    expect(returned / 400).toBeGreaterThanOrEqual(0.97);
  });
});
