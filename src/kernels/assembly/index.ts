// What the WebAssembly module exports: the names and arguments of ../raw-kernels.ts. Compiled by scripts/build.mjs
// (AssemblyScript, not TypeScript: no garbage-collected objects, addresses and numbers only).
export { fillUniform } from './random';
export { runEvents, startEvents, sumFields } from './events';
export { flipsFloat32, flipsFloat64, flipsInt16, flipsInt8, flipsSparse } from './pairwise-flips';
