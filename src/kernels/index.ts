/**
 * Kernels: the inner loops of emulators in three engines, which work on arrays of one shared memory.
 * A kernel is a function here; `engine.raw` is its compiled form, where there is one.
 */
export { ALIGNMENT, Allocator, Arena, Scratch, type ArenaArray } from './arena.js';
export type { Engine } from './engine.js';
export {
  defaultEngine,
  engineMissing,
  engineName,
  openEngine,
  requireEngine,
} from './load-engine.js';
export * from './langevin/index.js';
export * from './layered/index.js';
export {
  GROUP,
  multiply,
  multiplyGroups,
  pack,
  pack32,
  pack64,
  packTransposed64,
  panelsLength,
  workLength,
  type Numbers,
  type Panels,
} from './matrix/index.js';
export { fillExponential } from './random/fill-exponential.js';
export { fillNormal } from './random/fill-normal.js';
export { fillUniform } from './random/fill-uniform.js';
export { drawLanes, LANE_STATE, LANES, seedLanes, seedShotLanes } from './random/lanes.js';
export type { WasmMemory } from './web-assembly.js';
