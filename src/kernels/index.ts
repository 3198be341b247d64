/**
 * Kernels: the inner loops of emulators in three engines, which work on arrays of one shared memory.
 * A kernel is a function here; `engine.raw` is its compiled form, where there is one.
 */
export { ALIGNMENT, Arena, Scratch, type Allocator, type ArenaArray } from './arena.js';
export type { Engine } from './engine.js';
export {
  defaultEngine,
  engineMissing,
  engineName,
  openEngine,
  requireEngine,
  useEngine,
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
  workLength,
  type Numbers,
  type Panels,
} from './matrix/index.js';
export { PEAK_NUMBERS, readAll, spinFma } from './peak/peak.js';
export { fillExponential } from './random/fill-exponential.js';
export { fillNormal } from './random/fill-normal.js';
export {
  createMemoryBlock,
  hasHalves,
  largestInteger,
  type MemoryBlock,
  type MemoryLayout,
} from './memory/memory-block.js';
export {
  countOverlaps,
  descendMemories,
  flipMemories,
  memoryField,
  memoryFields,
  memoryLogField,
  resetMemories,
} from './memory/memories.js';
export { descend, leastSite, unstableSites } from './descent/descend.js';
export { DescentArrays, type DescentRows } from './descent/descent-arrays.js';
export { EventArrays, paddedSites, type EventRows } from './events/event-arrays.js';
export { type FlipLawName, type FlipLawNumbers } from './events/flip-rates.js';
export { runEvents, seedEvents, startEvents, sumFields } from './events/run-events.js';
export { fillUniform } from './random/fill-uniform.js';
export { LANE_STATE, LANES, seedLanes, seedShotLanes } from './random/lanes.js';
export { ACCOUNT, DENSE, FLIP_MODEL, MEMORIES, SPARSE, STRETCH } from './spin/flip-layout.js';
export { annealedEnergy, annealingRuns, annealSweeps, computeFields } from './spin/anneal.js';
export { FlipRecord } from './spin/flip-record.js';
export { runFlipsReference, type FlippingModel } from './spin/flip-reference.js';
export { addTo } from './spin/record-course.js';
export { hopfieldNetwork, retrieve, type HopfieldNetwork } from './spin/retrieve.js';
export { addRow, scaleRow } from './row/add-row.js';
export { compiledRowProducts } from './spin/row-products.js';
export { Redraws } from './spin/redraws.js';
export { runRedraws } from './spin/run-redraws.js';
export { Synapses } from './spin/synapses.js';
export { runFlips, type FlipKernel } from './spin/run-flips.js';
export type { WasmMemory } from './web-assembly.js';
export { BOARD_NUMBER, BOARD_ROW, BoardColumns, COLUMNS } from './board/board-columns.js';
export { boardReceive, boardSteps } from './board/board-steps.js';
export { LIGHT_NUMBER, LightColumns } from './light/light-columns.js';
export { lightSteps } from './light/light-steps.js';
export { SPIN_HALF_NUMBER, SpinHalfColumns } from './spin-half/spin-half-columns.js';
export { spinHalfSteps } from './spin-half/spin-half-steps.js';
