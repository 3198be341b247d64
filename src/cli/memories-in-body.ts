import { listBuiltins, memorySetDocument, type MemorySet } from '../memory/index.js';

/** Built-ins, whole or some of them: `letters`, `letters:A,B`. */
export const isBuiltin = (source: string): boolean =>
  listBuiltins().some(({ name }) => name === source.split(':')[0]);

/** Memories as a job's body has them: built-ins by name, others in full, since a service sees no files of its callers. */
export const memoriesInBody = (source: string, set: MemorySet): string | object =>
  isBuiltin(source) ? source : memorySetDocument(set);
