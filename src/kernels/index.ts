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
export { fillExponential } from './random/fill-exponential.js';
export { fillNormal } from './random/fill-normal.js';
export { fillUniform } from './random/fill-uniform.js';
export { drawLanes, LANE_STATE, LANES, seedLanes, seedShotLanes } from './random/lanes.js';
export type { WasmMemory } from './web-assembly.js';
export {
  BOARD_NUMBER,
  BOARD_ROW,
  BoardColumns,
  COLUMNS,
  type BoardShape,
} from './board/board-columns.js';
export { boardReceive, boardSteps } from './board/board-steps.js';
export { LIGHT_NUMBER, LightColumns, type LightShape } from './light/light-columns.js';
export { lightSteps } from './light/light-steps.js';
export {
  SPIN_HALF_NUMBER,
  SpinHalfColumns,
  type SpinHalfShape,
} from './spin-half/spin-half-columns.js';
export { spinHalfSteps } from './spin-half/spin-half-steps.js';
