/**
 * The compiled kernels as WebAssembly and the native module export them, under the same names and with the same
 * arguments: addresses (byte offsets into the arena) and numbers. Each is called by one function of this room only.
 */
export interface RawKernels {
  /** Uniform numbers k·2⁻²⁴ on [0, 1): state of 16 lanes, out f32[n], n a multiple of 16. */
  fillUniform(state: number, out: number, n: number): void;
  /** Chains x ← x·a + b: f32[32], rounds; answers with the operations done. */
  peakFma(numbers: number, rounds: number): number;
  /** Sum modulo 2³² of i32[n], n a multiple of 64. */
  peakRead(words: number, n: number): number;
  /** Standard normal numbers: state of 16 lanes, out f32[n], n a multiple of 16. */
  fillNormal(state: number, out: number, n: number): void;
  /** Exponential numbers of mean 1: state of 16 lanes, out f32[n], n a multiple of 16. */
  fillExponential(state: number, out: number, n: number): void;
  /** Memories ({@link file://./memory/memory-block.ts}): counts and keeps everything that the block's state needs. */
  memoryReset(block: number): void;
  /** Overlaps of the block's state, counted afresh: out i32[P]. */
  memoryCount(block: number, out: number): void;
  memoryField(block: number, site: number): number;
  memoryFlip(block: number, site: number): void;
  /** Attempts at T = 0, sites in turn from `first`; how many flipped. */
  memoryDescend(block: number, first: number, count: number): number;

  // Loops of attempts, see spin/flip-layout.ts: address of a record, address of a model's slots.
  flipsInt8(record: number, model: number): void;
  flipsInt16(record: number, model: number): void;
  flipsFloat32(record: number, model: number): void;
  flipsFloat64(record: number, model: number): void;
  flipsSparse(record: number, model: number): void;
}
