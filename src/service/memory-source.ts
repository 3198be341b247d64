import { RelaxdError } from '../core/index.js';
import { loadMemories, readMemorySet, type MemorySet } from '../memory/index.js';
import type { LabView } from './lab-view.js';

/**
 * The memories that a call means: a stored set's id, a built-in's name, or a set. Paths are not read: callers may
 * be elsewhere.
 *
 * @throws RelaxdError `unknown-memory-set`, and as `readMemorySet`
 */
export async function memoriesOf(
  source: string | object,
  lab: Pick<LabView, 'memorySet'>,
): Promise<MemorySet> {
  if (typeof source === 'string' && source.startsWith('sha256:')) {
    const stored = await lab.memorySet(source);
    if (stored === null) throw unknownSet(source);
    return readMemorySet(stored.document);
  }
  try {
    return await loadMemories(source, { paths: false });
  } catch (error) {
    // A document's paths are those of the whole body.
    if (!(error instanceof RelaxdError) || typeof source === 'string') throw error;
    const under = (path: string): string => (path === '' ? 'memories' : `memories.${path}`);
    const { path, violations, ...rest } = error.details;
    throw new RelaxdError(
      error.code,
      `memories: ${error.message}`,
      {
        ...rest,
        path: under(path ?? ''),
        ...(violations === undefined
          ? {}
          : { violations: violations.map((v) => ({ ...v, path: under(v.path) })) }),
      },
      error,
    );
  }
}

function unknownSet(id: string): RelaxdError {
  return new RelaxdError('unknown-memory-set', `there is no memory set '${id}'`, {
    path: 'memories',
    value: id,
    hint: 'GET /v1/memory-sets lists them',
  });
}
