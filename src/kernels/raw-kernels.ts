/**
 * The compiled kernels as WebAssembly and the native module export them, under the same names and with the same
 * arguments: addresses (byte offsets into the arena) and numbers. Each is called by one function of this room only.
 */
export interface RawKernels {
  /** Uniform numbers k·2⁻²⁴ on [0, 1): state of 16 lanes, out f32[n], n a multiple of 16. */
  fillUniform(state: number, out: number, n: number): void;
  /** Rates and the next event's time, at time t: control block of `EventArrays`. */
  startEvents(control: number, t: number): void;
  /** Events at times up to `until`; how many. */
  runEvents(control: number, until: number): number;
  /** Fields from the state. */
  sumFields(control: number): void;

  // Loops of attempts, see spin/flip-layout.ts: address of a record, address of a model's slots.
  flipsInt8(record: number, model: number): void;
  flipsInt16(record: number, model: number): void;
  flipsFloat32(record: number, model: number): void;
  flipsFloat64(record: number, model: number): void;
  flipsSparse(record: number, model: number): void;
}
