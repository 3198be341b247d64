import { RelaxdError } from '../core/index.js';
import { loadMemories, memorySetDocument, readMemorySet, type MemorySet } from '../memory/index.js';

/** Looks up a stored memory set by its hash; null where there is none. */
export type StoredMemorySet = (id: string) => Promise<unknown>;

const isStored = (source: string | object): source is string =>
  typeof source === 'string' && source.startsWith('sha256:');

/** The same source for a thread that has no store: a stored set becomes its document. @throws as {@link memoriesOf} */
export const withoutStore = async (
  source: string | object,
  stored: StoredMemorySet,
): Promise<string | object> =>
  isStored(source) ? memorySetDocument(await memoriesOf(source, stored)) : source;

/**
 * The memories that a job's body means: a stored set's id, a built-in's name, or a memory-set document. Paths are not
 * read, since the caller may be on another machine.
 *
 * @throws RelaxdError `unknown-memory-set`, and as `readMemorySet`, with paths below `memories`
 */
export async function memoriesOf(
  source: string | object,
  stored: StoredMemorySet,
): Promise<MemorySet> {
  if (isStored(source)) {
    const document = await stored(source);
    if (document !== null && document !== undefined) return readMemorySet(document);
    throw new RelaxdError('unknown-memory-set', `there is no stored memory set ${source}`, {
      path: 'memories',
      value: source,
      hint: 'POST /v1/memory-sets stores one and answers with its id',
    });
  }
  try {
    return await loadMemories(source, { paths: false });
  } catch (error) {
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
