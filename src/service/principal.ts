import type { AuditActor, KeyRow, Role } from '../access/index.js';
import { RelaxdError } from '../core/index.js';
import { NOBODY, type Who } from '../lab/index.js';

/** On whose behalf a call is made. */
export interface Principal {
  /** null: without a key, on this machine. */
  readonly key: KeyRow | null;
  readonly name: string;
  readonly role: Role;
  readonly address: string;
}

export const actorOf = ({ key, name, role, address }: Principal): AuditActor => ({
  key: key?.id ?? null,
  name,
  role,
  address,
});

/** Reservations and locks are of whom a key names; without a key that is not known of anybody. */
export const whoOf = (principal: Principal | null): Who =>
  principal === null || principal.key === null ? NOBODY : { name: principal.name };

/** Who calls a route that is not public: somebody. */
export function callerOf(principal: Principal | null): Principal {
  if (principal !== null) return principal;
  throw new RelaxdError('internal', 'nobody is known to make the call');
}
