import { memoriesOf as compileMemoriesOf } from '../compile/index.js';
import type { MemorySet } from '../memory/index.js';
import type { LabView } from './lab-view.js';

/** The memories that a call means, stored ones out of the lab; as `memoriesOf` of the compiler. */
export function memoriesOf(
  source: string | object,
  lab: { readonly library: Pick<LabView['library'], 'memorySet'> },
): Promise<MemorySet> {
  return compileMemoriesOf(
    source,
    async (id) => (await lab.library.memorySet(id))?.document ?? null,
  );
}
