import { RandomStream } from '../core/index.js';
import { memorySet, type MemorySet } from '../memory/index.js';

/** P random memories of N sites, drawn from a seed (purpose `disorder`, stream 0): the first P of any larger set of that seed. */
export function randomMemories(count: number, sites: number, seed: number): MemorySet {
  const stream = RandomStream.of(seed, 'disorder');
  return memorySet({
    name: `random-${count}x${sites}`,
    patterns: Array.from({ length: count }, () =>
      Int8Array.from({ length: sites }, () => stream.sign()),
    ),
  });
}
