import type { Allocator } from '../arena.js';

/**
 * Signs in bits, site by site: bit μ of row i is set where ξ_i^μ = +1; with `next`, where ξ_i^{next[μ]} = +1.
 * @returns address of u32[N][lanes / 32]
 */
export function packRows(
  from: Allocator,
  patterns: readonly Int8Array[],
  lanes: number,
  next: Int32Array | null,
): number {
  const sites = patterns[0]!.length;
  const width = lanes / 32;
  const rows = from.uint32(sites * width);
  for (let mu = 0; mu < patterns.length; mu++) {
    const pattern = patterns[next === null ? mu : next[mu]!]!;
    const bit = 1 << (mu & 31);
    for (let i = 0, at = mu >> 5; i < sites; i++, at += width) {
      if (pattern[i]! > 0) rows[at] = rows[at]! | bit;
    }
  }
  return rows.byteOffset;
}

/** The same memory by memory: bit i of row μ. @returns address of u32[P][words] */
export function packColumns(
  from: Allocator,
  patterns: readonly Int8Array[],
  words: number,
): number {
  const columns = from.uint32(patterns.length * words);
  for (const [mu, pattern] of patterns.entries()) {
    for (let i = 0; i < pattern.length; i++) {
      const at = mu * words + (i >> 5);
      if (pattern[i]! > 0) columns[at] = columns[at]! | (1 << (i & 31));
    }
  }
  return columns.byteOffset;
}
