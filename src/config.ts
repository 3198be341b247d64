import { hostname } from 'node:os';
import { dirname, resolve } from 'node:path';
import { ACCESS_SCHEMA } from './access/index.js';
import { readJson, type NodeRequest, type ServeRequest } from './cli/index.js';
import { checkDocument, RelaxdError, throwViolations, Type } from './core/index.js';

/** The configuration file (docs/formats/configuration.md). */
export const CONFIGURATION_SCHEMA = Type.Object(
  {
    version: Type.Literal(1),
    host: Type.Optional(Type.String({ minLength: 1 })),
    port: Type.Optional(Type.Integer({ minimum: 0, maximum: 65535 })),
    data: Type.Optional(Type.String({ minLength: 1 })),
    threads: Type.Optional(Type.Integer({ minimum: 1, maximum: 1024 })),
    ...ACCESS_SCHEMA,
    tls: Type.Optional(
      Type.Object(
        { cert: Type.String({ minLength: 1 }), key: Type.String({ minLength: 1 }) },
        { additionalProperties: false },
      ),
    ),
    calibration: Type.Optional(
      Type.Object(
        { activate: Type.Optional(Type.Boolean()), recalibrate: Type.Optional(Type.Boolean()) },
        { additionalProperties: false },
      ),
    ),
    databaseUrl: Type.Optional(Type.String({ minLength: 1 })),
    redisUrl: Type.Optional(Type.String({ minLength: 1 })),
    node: Type.Optional(
      Type.Object(
        {
          name: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
          address: Type.Optional(Type.String({ minLength: 1 })),
          leaseS: Type.Optional(Type.Number({ minimum: 1, maximum: 600 })),
        },
        { additionalProperties: false },
      ),
    ),
    drivers: Type.Optional(Type.Array(Type.String({ minLength: 1 }))),
    devices: Type.Optional(
      Type.Array(
        Type.Object(
          {
            id: Type.String({ pattern: '^[a-z][a-z0-9-]*$' }),
            driver: Type.String({ minLength: 1 }),
            options: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
          },
          { additionalProperties: false },
        ),
      ),
    ),
    guards: Type.Optional(
      Type.Array(
        Type.Object(
          {
            driver: Type.String({ minLength: 1 }),
            devices: Type.Array(Type.String({ minLength: 1 }), { minItems: 1 }),
            options: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
          },
          { additionalProperties: false },
        ),
      ),
    ),
  },
  { additionalProperties: false },
);
export type Configuration = Type.Static<typeof CONFIGURATION_SCHEMA>;

/**
 * Reads a configuration file; its paths are taken from its own folder.
 *
 * @throws RelaxdError `file-unreadable`, `invalid-json`, or with every violation
 */
export async function readConfiguration(file: string): Promise<Configuration> {
  const document = await readJson(file);
  throwViolations('invalid-input', file, checkDocument(CONFIGURATION_SCHEMA, document));
  const configuration = withoutNulls(document as Configuration);
  const { limits } = configuration;
  const folder = dirname(resolve(file));
  const here = (path: string): string => resolve(folder, path);
  const located = <T extends { driver: string }>(one: T): T => ({
    ...one,
    driver: /[/\\]/.test(one.driver) ? here(one.driver) : one.driver,
  });
  return {
    ...configuration,
    ...(configuration.data === undefined ? {} : { data: here(configuration.data) }),
    ...(limits === undefined ? {} : { limits: withoutNulls(limits) }),
    ...(configuration.tls === undefined
      ? {}
      : { tls: { cert: here(configuration.tls.cert), key: here(configuration.tls.key) } }),
    ...(configuration.drivers === undefined ? {} : { drivers: configuration.drivers.map(here) }),
    ...(configuration.devices === undefined ? {} : { devices: configuration.devices.map(located) }),
    ...(configuration.guards === undefined ? {} : { guards: configuration.guards.map(located) }),
  };
}

/** Members that are null mean the same as members that are left out. */
const withoutNulls = <T extends object>(members: T): T =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null)) as T;

/**
 * What a call and a configuration file say of several machines; null: nothing, the lab is one process.
 *
 * @throws RelaxdError `wrong-call` for a Redis without a PostgreSQL
 */
export function nodeRequest(
  call: Pick<ServeRequest, 'databaseUrl' | 'redisUrl' | 'nodeName' | 'nodeAddress'>,
  configuration: Configuration | null,
): NodeRequest | null {
  const databaseUrl = call.databaseUrl ?? configuration?.databaseUrl ?? null;
  const redisUrl = call.redisUrl ?? configuration?.redisUrl ?? null;
  if (databaseUrl === null) {
    if (redisUrl === null) return null;
    throw new RelaxdError('wrong-call', 'a Redis is of use to several nodes only', {
      path: 'redis-url',
      hint: 'give --database-url too: PostgreSQL holds what must not be lost',
    });
  }
  return {
    databaseUrl,
    redisUrl,
    name: call.nodeName ?? configuration?.node?.name ?? hostname(),
    address: call.nodeAddress ?? configuration?.node?.address ?? null,
    leaseS: configuration?.node?.leaseS ?? null,
  };
}
