import type { AuditNote } from '../access/index.js';

/** Who asks, as far as that is known. */
export interface Who {
  readonly name: string | null;
}
export const NOBODY: Who = { name: null };

/** Whose request something is, and what the audit log is to say of it, in the same commit as what the request changes. */
export interface Asking {
  readonly who?: Who;
  readonly note?: AuditNote | null;
}
