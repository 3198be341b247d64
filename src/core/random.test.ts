import { describe, expect, it } from 'vitest';
import { philox4x32, RandomStream } from './random.js';

describe('Philox4x32-10', () => {
  it('gives the known answers of its authors (Random123, kat_vectors)', () => {
    const hex = (words: readonly number[]): string[] =>
      words.map((w) => w.toString(16).padStart(8, '0'));
    expect(hex(philox4x32([0, 0, 0, 0], [0, 0]))).toEqual([
      '6627e8d5',
      'e169c58d',
      'bc57ac4c',
      '9b00dbd8',
    ]);
    const all = 0xffffffff;
    expect(hex(philox4x32([all, all, all, all], [all, all]))).toEqual([
      '408f276d',
      '41c83b0e',
      'a20bc7c6',
      '6d5451fd',
    ]);
    expect(
      hex(philox4x32([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0])),
    ).toEqual(['d16cfe09', '94fdcceb', '5001e420', '24126ea1']);
  });
});

describe('a random stream', () => {
  it('is the same for the same seed, purpose and index, and another for another', () => {
    const draw = (stream: RandomStream): number[] =>
      Array.from({ length: 5 }, () => stream.uint32());
    expect(draw(RandomStream.of(7, 'dynamics', 3))).toEqual(
      draw(RandomStream.of(7, 'dynamics', 3)),
    );
    const different = [
      RandomStream.of(8, 'dynamics', 3),
      RandomStream.of(7, 'initial', 3),
      RandomStream.of(7, 'dynamics', 4),
      RandomStream.of(7 + 2 ** 32, 'dynamics', 3),
      RandomStream.of(7, 'dynamics', 3 + 2 ** 32),
    ];
    const first = draw(RandomStream.of(7, 'dynamics', 3));
    for (const stream of different) expect(draw(stream)).not.toEqual(first);
  });

  it('has uniforms with the mean, variance and lag correlation of uniforms (10^6 draws, 5 s.e.)', () => {
    const stream = RandomStream.of(1, 'dynamics');
    const n = 1_000_000;
    let sum = 0;
    let squares = 0;
    let lag = 0;
    let previous = 0.5;
    let least = 1;
    let most = 0;
    for (let k = 0; k < n; k++) {
      const u = stream.uniform();
      least = Math.min(least, u);
      most = Math.max(most, u);
      sum += u;
      squares += (u - 0.5) ** 2;
      lag += (u - 0.5) * (previous - 0.5);
      previous = u;
    }
    expect(least).toBeGreaterThanOrEqual(0);
    expect(most).toBeLessThan(1);
    expect(Math.abs(sum / n - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / n));
    expect(Math.abs(squares / n - 1 / 12)).toBeLessThan(5 * Math.sqrt(1 / 180 / n));
    expect(Math.abs(lag / n)).toBeLessThan((5 * (1 / 12)) / Math.sqrt(n));
  });

  it('has normals with moments 0, 1, 0, 3 (10^6 draws, 5 s.e.)', () => {
    const stream = RandomStream.of(2, 'dynamics');
    const n = 1_000_000;
    const sums = [0, 0, 0, 0];
    for (let k = 0; k < n; k++) {
      const z = stream.normal();
      for (let p = 0; p < 4; p++) sums[p]! += z ** (p + 1);
    }
    const variances = [1, 2, 15, 96];
    [0, 1, 0, 3].forEach((expected, p) => {
      expect(Math.abs(sums[p]! / n - expected)).toBeLessThan(5 * Math.sqrt(variances[p]! / n));
    });
  });

  it('draws integers without bias, also where 2^32 is not a multiple (chi-square, 6 d.o.f., 1e-6)', () => {
    const stream = RandomStream.of(3, 'dynamics');
    const counts = new Array<number>(7).fill(0);
    const n = 700_000;
    for (let k = 0; k < n; k++) counts[stream.integer(7)]!++;
    const chi2 = counts.reduce((sum, c) => sum + (c - n / 7) ** 2 / (n / 7), 0);
    expect(chi2).toBeLessThan(38.3);
  });

  it('samples different integers, each equally often', () => {
    const stream = RandomStream.of(4, 'cue');
    const counts = new Array<number>(10).fill(0);
    for (let k = 0; k < 10_000; k++) {
      const chosen = stream.sample(10, 3);
      expect(new Set(chosen).size).toBe(3);
      for (const i of chosen) counts[i]!++;
    }
    for (const c of counts)
      expect(Math.abs(c - 3000)).toBeLessThan(5 * Math.sqrt(10_000 * 0.3 * 0.7));
  });

  it('jumps to a stretch that the stream itself has not reached, and always the same', () => {
    const jumped = RandomStream.of(5, 'dynamics');
    jumped.jump();
    const again = RandomStream.of(5, 'dynamics');
    again.jump();
    const plain = RandomStream.of(5, 'dynamics');
    const draws = Array.from({ length: 100 }, () => jumped.uint32());
    expect(draws).toEqual(Array.from({ length: 100 }, () => again.uint32()));
    const near = new Set(Array.from({ length: 10_000 }, () => plain.uint32()));
    expect(draws.filter((d) => near.has(d)).length).toBeLessThan(3);
  });
});
