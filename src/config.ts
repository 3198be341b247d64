import { dirname, resolve } from 'node:path';
import { ACCESS_SCHEMA } from './access/index.js';
import { readJson } from './cli/index.js';
import { RETENTION_SCHEMA, retentionViolations } from './lab/index.js';
import { checkDocument, throwViolations, Type, type Violation } from './core/index.js';

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
const mebibytes = Type.Optional(Type.Integer({ minimum: 0, maximum: 1 << 30 }));

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
    retention: Type.Optional(RETENTION_SCHEMA),
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
    drainS: Type.Optional(Type.Number({ minimum: 0, maximum: 86_400 })),
    logLevel: Type.Optional(Type.Union(LOG_LEVELS.map((level) => Type.Literal(level)))),
    disk: Type.Optional(
      Type.Object(
        {
          warnFreeMiB: mebibytes,
          keepFreeMiB: mebibytes,
          slowMs: Type.Optional(Type.Number({ minimum: 1, maximum: 60_000 })),
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

/** Everything that is wrong with a document as a configuration file. */
export function configurationViolations(document: unknown): Violation[] {
  const found = [...checkDocument(CONFIGURATION_SCHEMA, document)];
  if (found.some(({ path }) => path === '' || path.startsWith('retention'))) return found;
  const { retention } = document as Configuration;
  return retention == null ? found : [...found, ...retentionViolations(retention)];
}

/**
 * Reads a configuration file; its paths are taken from its own folder.
 *
 * @throws RelaxdError `file-unreadable`, `invalid-json`, or with every violation
 */
export async function readConfiguration(file: string): Promise<Configuration> {
  const document = await readJson(file);
  throwViolations('invalid-input', file, configurationViolations(document));
  return located(document as Configuration, file);
}

/** A document that fits the schema: without members that are null, and with paths taken from the folder of its file. */
export function located(document: Configuration, file: string): Configuration {
  const configuration = withoutNulls(document);
  const { limits, disk, node } = configuration;
  const folder = dirname(resolve(file));
  const here = (path: string): string => resolve(folder, path);
  const driven = <T extends { driver: string }>(one: T): T => ({
    ...one,
    driver: /[/\\]/.test(one.driver) ? here(one.driver) : one.driver,
  });
  return {
    ...configuration,
    ...(configuration.data === undefined ? {} : { data: here(configuration.data) }),
    ...(limits === undefined ? {} : { limits: withoutNulls(limits) }),
    ...(disk === undefined ? {} : { disk: withoutNulls(disk) }),
    ...(node === undefined ? {} : { node: withoutNulls(node) }),
    ...(configuration.tls === undefined
      ? {}
      : { tls: { cert: here(configuration.tls.cert), key: here(configuration.tls.key) } }),
    ...(configuration.drivers === undefined ? {} : { drivers: configuration.drivers.map(here) }),
    ...(configuration.devices === undefined ? {} : { devices: configuration.devices.map(driven) }),
    ...(configuration.guards === undefined ? {} : { guards: configuration.guards.map(driven) }),
  };
}

/** Members that are null mean the same as members that are left out. */
const withoutNulls = <T extends object>(members: T): T =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null)) as T;
