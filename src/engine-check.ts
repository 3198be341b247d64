import type { JobKind } from './lab/index.js';
import { requireEngine } from './kernels/index.js';

/** The same kind of job, but an engine that is not here is refused when the job comes, not when it runs. */
export function withEngineCheck(kind: JobKind): JobKind {
  return {
    ...kind,
    async prepare(body, context) {
      const prepared = await kind.prepare(body, context);
      if (prepared.engine != null) requireEngine(prepared.engine);
      return prepared;
    },
  };
}
