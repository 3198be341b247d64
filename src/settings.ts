import { hostname } from 'node:os';
import { DEFAULT_LIMITS, type GivenAccess } from './access/index.js';
import { readJson, type NodeRequest, type ServeRequest } from './cli/index.js';
import {
  CONFIGURATION_SCHEMA,
  configurationViolations,
  located,
  type Configuration,
  type LogLevel,
} from './config.js';
import { checkDocument, throwViolations, type Violation } from './core/index.js';
import {
  DEFAULT_DISK_LIMITS,
  KEEP_EVERYTHING,
  retentionSettings,
  type DiskLimits,
  type RetentionSettings,
} from './lab/index.js';
import type { CalibrationSettings } from './recalibrate.js';
import type { TlsPaths } from './serve-tls.js';

export type SettingSource = 'flag' | 'environment' | 'file' | 'default';

/** One setting as it takes effect, and where it was said. */
export interface Setting {
  /** As in the configuration file: `node.leaseS` */
  readonly name: string;
  /** Secrets are masked. */
  readonly value: unknown;
  readonly source: SettingSource;
  /** The flag, the variable or the file; null: the default. */
  readonly from: string | null;
}

/** Everything that `relaxd serve` goes by. */
export interface Settings {
  readonly host: string;
  readonly port: number;
  readonly data: string;
  /** null: as many as are worth it. */
  readonly threads: number | null;
  readonly access: GivenAccess;
  readonly tls: TlsPaths | null;
  /** null: the lab is this process alone, with its embedded store. */
  readonly node: NodeRequest | null;
  /** What this process is called, in its log too. */
  readonly nodeName: string;
  /** Runs under way have so long when the service is told to stop, s. */
  readonly drainS: number;
  readonly logLevel: LogLevel;
  readonly disk: DiskLimits;
  readonly calibration: CalibrationSettings;
  /** Which records go, and when. */
  readonly retention: RetentionSettings;
  readonly drivers: readonly string[];
  readonly devices: NonNullable<Configuration['devices']>;
  readonly guards: NonNullable<Configuration['guards']>;
}

export interface ReadSettings {
  readonly settings: Settings;
  readonly shown: readonly Setting[];
  /** What is wrong with them; `settings` are then what there would be without it. */
  readonly violations: readonly Violation[];
  /** What is odd and does no harm. */
  readonly warnings: readonly string[];
}

type Reader = (text: string) => unknown;
const asBoolean: Reader = (text) => (/^(true|false)$/.test(text) ? text === 'true' : text);
const asText: Reader = (text) => text;
const asNumber: Reader = (text) => (/^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text);
const asList: Reader = (text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

interface Row {
  readonly name: string;
  readonly read: Reader;
  readonly fallback: unknown;
  /** Of `relaxd serve`: the flag, and its place in the call. */
  readonly flag?: readonly [string, keyof ServeRequest];
  /** A password may be in it. */
  readonly secret?: true;
}

/** Everything that can be said by a variable as well as in the file, with its default. */
const ROWS: readonly Row[] = [
  { name: 'host', read: asText, fallback: '127.0.0.1', flag: ['--host', 'host'] },
  { name: 'port', read: asNumber, fallback: 7070, flag: ['--port', 'port'] },
  { name: 'data', read: asText, fallback: './data', flag: ['--data', 'dataFolder'] },
  { name: 'threads', read: asNumber, fallback: null },
  { name: 'anonymous', read: asText, fallback: 'admin' },
  { name: 'metrics', read: asText, fallback: 'key' },
  { name: 'origins', read: asList, fallback: [] },
  ...Object.entries(DEFAULT_LIMITS).map(([name, fallback]) => ({
    name: `limits.${name}`,
    read: asNumber,
    fallback: fallback as number,
  })),
  { name: 'tls.cert', read: asText, fallback: null },
  { name: 'tls.key', read: asText, fallback: null },
  {
    name: 'databaseUrl',
    read: asText,
    fallback: null,
    flag: ['--database-url', 'databaseUrl'],
    secret: true,
  },
  {
    name: 'redisUrl',
    read: asText,
    fallback: null,
    flag: ['--redis-url', 'redisUrl'],
    secret: true,
  },
  { name: 'node.name', read: asText, fallback: hostname(), flag: ['--node-name', 'nodeName'] },
  { name: 'node.address', read: asText, fallback: null, flag: ['--node-address', 'nodeAddress'] },
  { name: 'node.leaseS', read: asNumber, fallback: null },
  { name: 'drainS', read: asNumber, fallback: 30, flag: ['--drain', 'drainS'] },
  { name: 'logLevel', read: asText, fallback: 'info', flag: ['--log-level', 'logLevel'] },
  ...Object.entries(DEFAULT_DISK_LIMITS).map(([name, fallback]) => ({
    name: `disk.${name}`,
    read: asNumber,
    fallback: fallback as number,
  })),
  { name: 'calibration.activate', read: asBoolean, fallback: false },
  { name: 'calibration.recalibrate', read: asBoolean, fallback: false },
];

/** Said in the file only. */
const FILE_ONLY = ['retention', 'drivers', 'devices', 'guards'] as const;
/** Variables that are no settings of the service. */
const OTHER_VARIABLES = [
  ...['RELAXD_URL', 'RELAXD_KEY', 'RELAXD_ENGINE', 'RELAXD_CONFIG'],
  // For those who work on relaxd.
  ...[
    'RELAXD_ACCEPTANCE',
    'RELAXD_CAMPAIGN',
    'RELAXD_NATIVE_FILE',
    'RELAXD_NATIVE_VARIANT',
    'RELAXD_WASM_VARIANT',
  ],
];

/** `node.leaseS` → `RELAXD_NODE_LEASE_S`, `disk.warnFreeMiB` → `RELAXD_DISK_WARN_FREE_MIB` */
export const variableOf = (name: string): string =>
  `RELAXD_${name
    .replace('MiB', 'Mib')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll('.', '_')
    .toUpperCase()}`;

/** Every variable that says a setting, with the setting. */
export const SETTING_VARIABLES: Readonly<Record<string, string>> = Object.fromEntries(
  ROWS.map(({ name }) => [variableOf(name), name]),
);

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Brings together what a call, the environment and the configuration file say: a flag wins over a variable, that over the file, that over
 * the default. Nothing is refused here but a file that cannot be read at all.
 *
 * @throws RelaxdError `file-unreadable`, `invalid-json`
 */
export async function readSettings(call: ServeRequest, env: Environment): Promise<ReadSettings> {
  const file = call.configFile ?? (env['RELAXD_CONFIG'] || null);
  const violations: Violation[] = [];
  const configuration: Configuration =
    file === null ? { version: 1 } : await readFile(file, violations);
  const known = new Set([...Object.keys(SETTING_VARIABLES), ...OTHER_VARIABLES]);
  const warnings = Object.keys(env)
    .filter((name) => name.startsWith('RELAXD_') && !known.has(name))
    .map((name) => `the variable ${name} is none that relaxd knows`);
  const shown: Setting[] = [];
  const values = new Map<string, unknown>();
  for (const row of ROWS) {
    const said = sayingOf(row, call, env, configuration, file, violations);
    values.set(row.name, said.value);
    shown.push(row.secret ? { ...said, value: masked(said.value) } : said);
  }
  for (const name of FILE_ONLY) {
    const value = configuration[name];
    const given = value !== undefined && Object.keys(value).length > 0;
    shown.push({
      name,
      value: withoutSecrets(value ?? (name === 'retention' ? {} : [])),
      source: given ? 'file' : 'default',
      from: given ? file : null,
    });
  }
  const settings = settingsOf(values, configuration);
  violations.push(...contradictions(values));
  return { settings, shown, violations, warnings };
}

/** The same for `relaxd serve`, which starts with nothing that is wrong. @throws RelaxdError with every violation */
export async function settingsFor(call: ServeRequest, env: Environment): Promise<ReadSettings> {
  const read = await readSettings(call, env);
  throwViolations('invalid-input', call.configFile ?? 'the configuration', read.violations);
  return read;
}

/** What of a file fits; the rest is among the violations. */
async function readFile(file: string, violations: Violation[]): Promise<Configuration> {
  const document = await readJson(file);
  const found = configurationViolations(document);
  violations.push(...found);
  if (found.some(({ path }) => path === '')) return { version: 1 };
  const wrong = new Set(found.map(({ path }) => /^[^.[]*/.exec(path)![0]));
  const members = Object.entries(document as object).filter(([name]) => !wrong.has(name));
  return located(Object.fromEntries(members) as Configuration, file);
}

function sayingOf(
  { name, read, fallback, flag }: Row,
  call: ServeRequest,
  env: Environment,
  configuration: Configuration,
  file: string | null,
  violations: Violation[],
): Setting {
  const called = flag === undefined ? null : call[flag[1]];
  if (called !== null) {
    const wrong = wrongWith(name, called).map((one) => ({ ...one, path: flag![0] }));
    violations.push(...wrong);
    if (wrong.length === 0) return { name, value: called, source: 'flag', from: flag![0] };
  }
  const variable = variableOf(name);
  const text = env[variable];
  // One that is set to nothing is not set: that is how a unit file or a container takes it back.
  if (text !== undefined && text !== '') {
    const value = read(text);
    const wrong = wrongWith(name, value).map((one) => ({ ...one, path: variable }));
    violations.push(...wrong);
    if (wrong.length === 0) return { name, value, source: 'environment', from: variable };
  }
  const said = name
    .split('.')
    .reduce<unknown>(
      (members, part) => (members as Record<string, unknown> | undefined)?.[part],
      configuration,
    );
  if (said !== undefined && said !== null) return { name, value: said, source: 'file', from: file };
  return { name, value: fallback, source: 'default', from: null };
}

/** A value is judged as the file's member of that name is. */
function wrongWith(name: string, value: unknown): Violation[] {
  const document = name
    .split('.')
    .reduceRight<unknown>((inner, part) => ({ [part]: inner }), value) as object;
  return checkDocument(CONFIGURATION_SCHEMA, { version: 1, ...document }).filter(
    ({ path }) => path === name || path.startsWith(`${name}[`),
  );
}

function settingsOf(values: ReadonlyMap<string, unknown>, configuration: Configuration): Settings {
  const of = <T>(name: string): T => values.get(name) as T;
  const members = <T extends object>(group: string, like: T): T =>
    Object.fromEntries(Object.keys(like).map((name) => [name, of(`${group}.${name}`)])) as T;
  const cert = of<string | null>('tls.cert');
  const key = of<string | null>('tls.key');
  const databaseUrl = of<string | null>('databaseUrl');
  return {
    host: of('host'),
    port: of('port'),
    data: of('data'),
    threads: of('threads'),
    access: {
      anonymous: of('anonymous'),
      metrics: of('metrics'),
      origins: of('origins'),
      limits: members('limits', DEFAULT_LIMITS),
    },
    tls: cert === null || key === null ? null : { cert, key },
    node:
      databaseUrl === null
        ? null
        : {
            databaseUrl,
            redisUrl: of('redisUrl'),
            name: of('node.name'),
            address: of('node.address'),
            leaseS: of('node.leaseS'),
          },
    nodeName: of('node.name'),
    drainS: of('drainS'),
    logLevel: of('logLevel'),
    disk: members('disk', DEFAULT_DISK_LIMITS),
    calibration: {
      activate: of('calibration.activate'),
      recalibrate: of('calibration.recalibrate'),
    },
    retention:
      configuration.retention === undefined
        ? KEEP_EVERYTHING
        : retentionSettings(configuration.retention),
    drivers: configuration.drivers ?? [],
    devices: configuration.devices ?? [],
    guards: configuration.guards ?? [],
  };
}

/** What is right by itself and not together. */
function contradictions(values: ReadonlyMap<string, unknown>): Violation[] {
  const found: Violation[] = [];
  const add = (path: string, message: string, more: Partial<Violation> = {}): void =>
    void found.push({ code: 'invalid-input', path, message, ...more });
  const cert = values.get('tls.cert');
  const key = values.get('tls.key');
  if ((cert === null) !== (key === null)) {
    add('tls', `has ${cert === null ? 'a key and no cert' : 'a cert and no key'}`, {
      limit: 'both, or neither',
    });
  }
  const databaseUrl = values.get('databaseUrl') as string | null;
  const redisUrl = values.get('redisUrl') as string | null;
  if (redisUrl !== null && databaseUrl === null) {
    add('redisUrl', 'a Redis is of use to several nodes only', {
      limit: 'with databaseUrl: PostgreSQL holds what must not be lost',
    });
  }
  const urls = [
    ['databaseUrl', databaseUrl, ['postgres:', 'postgresql:']],
    ['redisUrl', redisUrl, ['redis:', 'rediss:']],
    ['node.address', values.get('node.address') as string | null, ['http:', 'https:']],
  ] as const;
  for (const [path, url, protocols] of urls) {
    if (url === null) continue;
    const protocol = URL.canParse(url) ? new URL(url).protocol : '';
    if ((protocols as readonly string[]).includes(protocol)) continue;
    add(path, 'is no such address', { value: masked(url), limit: protocols.map((p) => `${p}//…`) });
  }
  const warn = values.get('disk.warnFreeMiB') as number;
  const keep = values.get('disk.keepFreeMiB') as number;
  if (warn < keep) {
    add('disk.warnFreeMiB', 'warns later than it refuses', { value: warn, limit: `≥ ${keep}` });
  }
  return found;
}

const MASK = '***';

/** An address without its password. */
function masked(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (!URL.canParse(value)) return MASK;
  const url = new URL(value);
  if (url.password !== '') url.password = MASK;
  for (const name of [...url.searchParams.keys()]) {
    if (/pass|secret|token|key/i.test(name)) url.searchParams.set(name, MASK);
  }
  return url.href;
}

/** Options of drivers may have secrets of their own: those whose names say so are not shown. */
function withoutSecrets(value: unknown, name = ''): unknown {
  if (/pass(word|wd)?$|secret|token|credential|apikey/i.test(name)) return MASK;
  if (Array.isArray(value)) return value.map((one) => withoutSecrets(one));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([member, inner]) => [member, withoutSecrets(inner, member)]),
  );
}
