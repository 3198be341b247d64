/**
 * The compiled kernels as WebAssembly and the native module export them, under the same names and with the same
 * arguments: addresses (byte offsets into the arena) and numbers. Each is called by one function of this room only.
 */
export interface RawKernels {
  /** Uniform numbers k·2⁻²⁴ on [0, 1): state of 16 lanes, out f32[n], n a multiple of 16. */
  fillUniform(state: number, out: number, n: number): void;
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
  flipsMemories(record: number, model: number): void;

  /** See spin/anneal.ts. */
  annealFields(
    couplings: number,
    sites: number,
    stride: number,
    states: number,
    fields: number,
    runs: number,
  ): void;
  annealSweeps(
    couplings: number,
    sites: number,
    stride: number,
    states: number,
    fields: number,
    lanes: number,
    runs: number,
    temperatures: number,
    sweeps: number,
    logs: number,
    logMask: number,
    places: number,
  ): void;

  /** See spin/retrieve.ts. */
  retrieve(
    couplings: number,
    sites: number,
    stride: number,
    bits: number,
    codes: number,
    memories: number,
    states: number,
    cues: number,
    plus: number,
    mostSweeps: number,
    scratch: number,
    logSize: number,
    sweeps: number,
  ): void;
}
