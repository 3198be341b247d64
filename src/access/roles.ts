/** What a call may touch. Every route and every topic of the stream needs one of these, or is public. */
export const SCOPES = [
  'read',
  'jobs',
  'devices',
  'calibrations',
  'maintenance',
  'keys',
  'audit',
  'backup',
] as const;
export type Scope = (typeof SCOPES)[number];

/** From the one that may do least to the one that may do everything; each may do all that those before it may. */
export const ROLES = ['observer', 'operator', 'calibrator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

const ADDED: Readonly<Record<Role, readonly Scope[]>> = {
  observer: ['read'],
  operator: ['jobs', 'devices'],
  calibrator: ['calibrations', 'maintenance'],
  admin: ['keys', 'audit', 'backup'],
};

/** Everything that a role may do. */
export function scopesOf(role: Role): readonly Scope[] {
  return ROLES.slice(0, ROLES.indexOf(role) + 1).flatMap((lower) => ADDED[lower]);
}

const SCOPE_SETS = new Map<Role, ReadonlySet<Scope>>(
  ROLES.map((role) => [role, new Set(scopesOf(role))]),
);

/** True where the role has the scope. */
export const mayUse = (role: Role, scope: Scope): boolean => SCOPE_SETS.get(role)!.has(scope);

/** The least role that has a scope. */
export const leastRole = (scope: Scope): Role => ROLES.find((role) => mayUse(role, scope))!;

export const isRole = (text: string): text is Role => (ROLES as readonly string[]).includes(text);
