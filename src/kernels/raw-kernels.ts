/**
 * The compiled kernels as WebAssembly and the native module export them, under the same names and with the same
 * arguments: addresses (byte offsets into the arena) and numbers. Each is called by one function of this room only.
 */
export interface RawKernels {
  /** Uniform numbers k·2⁻²⁴ on [0, 1): state of 16 lanes, out f32[n], n a multiple of 16. */
  fillUniform(state: number, out: number, n: number): void;
  /** Steps of a board with imperfections, sixteen shots side by side; block u32[34], see board/board-columns.ts. */
  boardHeun(block: number, steps: number): void;
  boardDense(block: number, steps: number): void;
  /** @returns −1, or 16·node + column of a shot that is too stiff */
  boardEuler(block: number, steps: number): number;
  /** Steps of vector spins in a cavity's light, sixteen shots side by side; block u32[18], see light/light-columns.ts. */
  lightHeun(block: number, steps: number): void;
  lightStrang(block: number, steps: number): void;
  lightWigner(block: number, steps: number): void;
  /** Steps of spins ½ under homodyne detection, sixteen shots side by side; block u32[21], see spin-half/spin-half-columns.ts. */
  spinHalf(block: number, steps: number): void;
  /** Standard normal numbers: state of 16 lanes, out f32[n], n a multiple of 16. */
  fillNormal(state: number, out: number, n: number): void;
  /** Exponential numbers of mean 1: state of 16 lanes, out f32[n], n a multiple of 16. */
  fillExponential(state: number, out: number, n: number): void;
}
