// What the WebAssembly module exports: the names and arguments of ../raw-kernels.ts. Compiled by scripts/build.mjs
// (AssemblyScript, not TypeScript: no garbage-collected objects, addresses and numbers only).
export { fillExponential, fillNormal } from './normal';
export { fillUniform } from './random';
export { layeredProduct, layeredSteps } from './layered';
export { multiplyGroups32, multiplyGroups64, multiplyRows32, multiplyRows64 } from './matrix';
export {
  explicitSteps32,
  explicitSteps64,
  flowRows64,
  linearRows64,
  multiplySparse64,
  normalRows64,
  pairTerm64,
  siteHeats64,
  siteTerms64,
} from './langevin';
export { oscillatorRows64, oscillatorSteps64 } from './oscillators';
export {
  flipsExponential,
  flipsMemories,
  memoryCount,
  memoryDescend,
  memoryField,
  memoryFields,
  memoryFlip,
  memoryLogField,
  memoryReset,
} from './memory';
export { flipsSynapses } from './synapses';
export { redraws } from './redraws';
export { runEvents, startEvents, sumFields } from './events';
export { flipsFloat32, flipsFloat64, flipsInt16, flipsInt8, flipsSparse } from './pairwise-flips';
export { peakFma, peakRead } from './peak';
export { annealFields, annealSweeps } from './anneal';
export { retrieve } from './retrieve';
export { productsFloat32, productsFloat64, productsInt16, productsInt8 } from './products';
export { addRowFloat32, addRowFloat64, addRowInt16, addRowInt8, scaleRow64 } from './row';
export { boardDense, boardEuler, boardHeun } from './board';
export { lightHeun, lightStrang, lightWigner } from './light';
export { spinHalf } from './spin-half';
export { descend, leastSite, unstableSites } from './descent';
