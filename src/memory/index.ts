export { builtinMemories, listBuiltins, type Builtin } from './builtins.js';
export { corruptPattern, flipCount, maskRegion, patternOverlap, type Region } from './cue.js';
export { readCueFile } from './cue-file.js';
export { halfBlockPicture } from './half-block-picture.js';
export { loadMemories, type LoadOptions } from './load-memories.js';
export {
  memorySet,
  memorySetDocument,
  memorySetHash,
  parseMemorySetJson,
  patternSize,
  readMemorySet,
  type MemorySet,
  type MemorySetDefaults,
  type MemorySetDocument,
} from './memory-set.js';
export { loadMnist, type MnistImages } from './mnist.js';
export { memorySetFromNpy, memorySetNpy } from './npy-memory-set.js';
export { readNpy, writeNpy, type NpyArray } from './npy.js';
export type { PictureSize } from './png-folder.js';
export type { GreyPicture } from './png-picture.js';
