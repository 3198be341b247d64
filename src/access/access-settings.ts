import { Type } from '../core/index.js';
import { ROLES, type Role } from './roles.js';

const perMinute = Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000_000 }));

/** What the configuration file may say about who may do what. */
export const ACCESS_SCHEMA = {
  anonymous: Type.Optional(
    Type.Union([...ROLES.map((role) => Type.Literal(role)), Type.Literal('none')]),
  ),
  metrics: Type.Optional(Type.Union([Type.Literal('public'), Type.Literal('key')])),
  origins: Type.Optional(Type.Array(Type.String({ pattern: '^https?://[^/*]+$' }))),
  limits: Type.Optional(
    Type.Object(
      {
        readsPerMinute: perMinute,
        writesPerMinute: perMinute,
        failuresPerMinute: perMinute,
        socketsPerKey: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000 })),
      },
      { additionalProperties: false },
    ),
  ),
} as const;

/** Calls that one caller (a key, or an address without one) may make. */
export interface CallLimits {
  readonly readsPerMinute: number;
  readonly writesPerMinute: number;
  /** Keys that do not work, of one address. */
  readonly failuresPerMinute: number;
  readonly socketsPerKey: number;
}

export interface AccessSettings {
  /** What calls without a key may do where the service listens on a loopback address. */
  readonly anonymous: Role | 'none';
  /** Whether `/metrics` needs a key. */
  readonly metrics: 'public' | 'key';
  /** Origins of other sites whose pages may use the service, e.g. `https://lab.example`. */
  readonly origins: readonly string[];
  readonly limits: CallLimits;
}

export const DEFAULT_LIMITS: CallLimits = {
  readsPerMinute: 12_000,
  writesPerMinute: 6000,
  failuresPerMinute: 20,
  socketsPerKey: 100,
};

/** Settings as they were given, with the defaults for what was left out. */
export interface GivenAccess extends Partial<Omit<AccessSettings, 'limits'>> {
  readonly limits?: Partial<CallLimits>;
}

export function accessSettings({ limits, ...given }: GivenAccess = {}): AccessSettings {
  return {
    anonymous: 'admin',
    metrics: 'key',
    origins: [],
    ...given,
    limits: { ...DEFAULT_LIMITS, ...limits },
  };
}
