export {
  ACCESS_SCHEMA,
  accessSettings,
  DEFAULT_LIMITS,
  type AccessSettings,
  type CallLimits,
  type GivenAccess,
} from './access-settings.js';
export type { AccessStore, AuditQuery } from './access-store.js';
export type { DrawBytes } from './api-key.js';
export {
  AUDIT_OUTCOMES,
  CHAIN_START,
  sealEntry,
  type AuditActor,
  type AuditEntry,
  type AuditFields,
  type AuditOutcome,
  type ChainHead,
} from './audit-entry.js';
export { AuditLog, LAB_ACTOR, verifyChain, type ChainReport } from './audit-log.js';
export { AuditNote } from './audit-note.js';
export { CountWindow } from './count-window.js';
export { Denials, WRITTEN_OF_CALLER } from './denials.js';
export { KeyBook, type MintedKey, type NewKey, type Presented } from './key-book.js';
export type { KeyRow, KeyState, ShownKey } from './key-row.js';
export {
  isRole,
  leastRole,
  mayUse,
  ROLES,
  SCOPES,
  scopesOf,
  type Role,
  type Scope,
} from './roles.js';
