import type { AuditActor, KeyRow, Role } from '../access/index.js';

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
