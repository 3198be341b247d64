// What the WebAssembly module exports: the names and arguments of ../raw-kernels.ts. Compiled by scripts/build.mjs
// (AssemblyScript, not TypeScript: no garbage-collected objects, addresses and numbers only).
export { fillExponential, fillNormal } from './normal';
export { fillUniform } from './random';
export { boardDense, boardEuler, boardHeun } from './board';
export { lightHeun, lightStrang, lightWigner } from './light';
export { spinHalf } from './spin-half';
