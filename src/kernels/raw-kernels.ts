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
}
