import { Type, type Violation } from '../core/index.js';

/** `retention` of the configuration file (docs/formats/configuration.md). */
export const RETENTION_SCHEMA = Type.Object(
  {
    everyS: Type.Optional(Type.Number({ minimum: 1, maximum: 86_400 * 30 })),
    rules: Type.Array(
      Type.Object(
        {
          name: Type.String({ minLength: 1, maxLength: 100 }),
          devices: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { minItems: 1 })),
          kinds: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { minItems: 1 })),
          origins: Type.Optional(
            Type.Array(
              Type.Union([
                Type.Literal('emulator'),
                Type.Literal('firmware-sim'),
                Type.Literal('hardware'),
              ]),
              { minItems: 1 },
            ),
          ),
          olderThanDays: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 36_500 })),
          mostBytes: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
          keepLast: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
        },
        { additionalProperties: false },
      ),
      { maxItems: 100 },
    ),
  },
  { additionalProperties: false },
);
export type GivenRetention = Type.Static<typeof RETENTION_SCHEMA>;

/** Whose records go, and when. Members that are left out are null. */
export interface RetentionRule {
  readonly name: string;
  /** null: of any. */
  readonly devices: readonly string[] | null;
  /** Kinds of jobs; points of sweeps are of their base's kind. */
  readonly kinds: readonly string[] | null;
  readonly origins: readonly string[] | null;
  /** Records go once their runs ended so long ago. Exactly one of this and `mostBytes`. */
  readonly olderThanDays: number | null;
  /** The oldest go while all that the rule speaks of take more. */
  readonly mostBytes: number | null;
  /** The newest of each device stay, whatever the rule says otherwise. */
  readonly keepLast: number | null;
}

export interface RetentionSettings {
  /** Pause between two passes. */
  readonly everyS: number;
  /** Empty: everything is kept for ever. */
  readonly rules: readonly RetentionRule[];
}

const EVERY_S = 3600;
export const KEEP_EVERYTHING: RetentionSettings = { everyS: EVERY_S, rules: [] };

/** What the schema cannot say. @param path of the rules in their document */
export function retentionViolations(
  { rules }: GivenRetention,
  path = 'retention.rules',
): Violation[] {
  const found: Violation[] = [];
  const names = new Set<string>();
  rules.forEach(({ name, olderThanDays, mostBytes }, k) => {
    const at = `${path}[${k}]`;
    const given = [olderThanDays, mostBytes].filter((value) => value != null);
    if (given.length !== 1) {
      found.push({
        code: 'invalid-input',
        path: at,
        message: `rule '${name}' needs one of olderThanDays and mostBytes${given.length === 0 ? '' : ', not both: make two rules of it'}`,
        value: given.length,
        limit: 1,
      });
    }
    if (names.has(name)) {
      found.push({
        code: 'invalid-input',
        path: `${at}.name`,
        message: 'two rules have this name: deletions are told by it',
        value: name,
        limit: 'a name of its own',
      });
    }
    names.add(name);
  });
  return found;
}

export function retentionSettings({ everyS, rules }: GivenRetention): RetentionSettings {
  return {
    everyS: everyS ?? EVERY_S,
    rules: rules.map((rule) => ({
      name: rule.name,
      devices: rule.devices ?? null,
      kinds: rule.kinds ?? null,
      origins: rule.origins ?? null,
      olderThanDays: rule.olderThanDays ?? null,
      mostBytes: rule.mostBytes ?? null,
      keepLast: rule.keepLast ?? null,
    })),
  };
}
