/**
 * What is used of JavaScript's WebAssembly interface. TypeScript declares it among the browser's types, which Node code
 * has no use for otherwise.
 */

/** A memory that threads share; it grows in place, and a grown one has a new `buffer` over the same bytes. */
export interface WasmMemory {
  readonly buffer: SharedArrayBuffer;
  /** @param pages of 64 KiB */
  grow(pages: number): number;
}
interface WasmInterface {
  readonly Memory: new (descriptor: {
    readonly initial: number;
    readonly maximum: number;
    readonly shared: true;
  }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: { readonly env: { readonly memory: WasmMemory } },
  ) => { readonly exports: object };
  validate(bytes: Uint8Array): boolean;
}

export const webAssembly = (globalThis as unknown as { readonly WebAssembly: WasmInterface })
  .WebAssembly;
