import type { MemoryBlock } from './memory-block.js';
import { ReferenceMemories } from './reference.js';

const references = new WeakMap<MemoryBlock, ReferenceMemories>();
/** The one that was asked for last: mostly it is the next one too. */
let current: { readonly block: MemoryBlock; readonly made: ReferenceMemories } | null = null;

function reference(block: MemoryBlock): ReferenceMemories {
  if (current?.block === block) return current.made;
  let made = references.get(block);
  if (made === undefined) references.set(block, (made = new ReferenceMemories(block)));
  current = { block, made };
  return made;
}

/** Takes the block's state as it now is: counts overlaps and everything that is kept of them. O(N P / 64). */
export function resetMemories(block: MemoryBlock): void {
  const { raw } = block.engine;
  if (raw === null) reference(block).reset();
  else raw.memoryReset(block.address);
}

/** Overlaps x_μ of the block's state, counted afresh. @param out P of them, in the engine's arena */
export function countOverlaps(block: MemoryBlock, out: Int32Array): void {
  const { raw } = block.engine;
  if (raw === null) reference(block).count(out);
  else raw.memoryCount(block.address, out.byteOffset);
}

/**
 * The field b_i of the memories, site i left out. O(P).
 * @returns NaN: exponential memories whose field is so near zero that doubles do not tell its sign
 */
export function memoryField(block: MemoryBlock, site: number): number {
  const { raw } = block.engine;
  return raw === null ? reference(block).field(site) : raw.memoryField(block.address, site);
}

/** The field of the logarithm −ln Σ eˣ of exponential memories; of log-sum-exp memories theirs. O(P). */
export function memoryLogField(block: MemoryBlock, site: number): number {
  const { raw } = block.engine;
  return raw === null ? reference(block).logField(site) : raw.memoryLogField(block.address, site);
}

/** The fields of all sites. O(N P). @param out N of them, in the engine's arena */
export function memoryFields(block: MemoryBlock, out: Float64Array): void {
  const { raw } = block.engine;
  if (raw !== null) return raw.memoryFields(block.address, out.byteOffset);
  const made = reference(block);
  for (let i = 0; i < block.layout.sites; i++) out[i] = made.field(i);
}

/** Flips a spin of the block's state. O(P). */
export function flipMemories(block: MemoryBlock, site: number): void {
  const { raw } = block.engine;
  if (raw === null) reference(block).flip(site);
  else raw.memoryFlip(block.address, site);
}

/**
 * Attempts at T = 0 on sites first, first + 1, … (modulo N) in turn: each spin along its field, in zero field as it is.
 * @param count O(P) each; keep it to some 10 ms
 * @returns how many flipped
 */
export function descendMemories(block: MemoryBlock, first: number, count: number): number {
  const { raw } = block.engine;
  if (raw === null) return reference(block).descend(first, count);
  return raw.memoryDescend(block.address, first, count);
}
