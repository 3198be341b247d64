import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  asRelaxdError,
  checkDocument,
  driverUrl,
  RelaxdError,
  throwViolations,
  Type,
} from '../core/index.js';
import type { Device } from './device.js';
import type { DriverContext, DriverManifest, DriverModule } from './driver.js';

export const DRIVER_MANIFEST_SCHEMA = Type.Object(
  {
    version: Type.Literal(1),
    name: Type.String({ pattern: '^[a-z][a-z0-9-]*$' }),
    title: Type.String({ minLength: 1 }),
    entry: Type.String({ minLength: 1 }),
    isolated: Type.Optional(Type.Boolean()),
    devices: Type.Array(
      Type.Object(
        {
          id: Type.String({ pattern: '^[a-z][a-z0-9-]*$' }),
          options: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
);

/** A driver that could be found; `failure` says why it cannot be used. */
export interface FoundDriver {
  readonly folder: string;
  /** From the configuration or the command line, not one of relaxd's own. */
  readonly outside: boolean;
  readonly manifest: DriverManifest | null;
  readonly failure: RelaxdError | null;
}

/** Reads `driver.json` of one folder. @throws RelaxdError `driver-invalid` */
export function readManifest(folder: string): DriverManifest {
  const file = join(folder, 'driver.json');
  try {
    const document: unknown = JSON.parse(readFileSync(file, 'utf8'));
    throwViolations('driver-invalid', file, checkDocument(DRIVER_MANIFEST_SCHEMA, document));
    return document as DriverManifest;
  } catch (error) {
    throw new RelaxdError(
      'driver-invalid',
      `${file}: ${(error as Error).message}`,
      { path: file, hint: 'a driver folder has a driver.json: docs/formats/driver.md' },
      error,
    );
  }
}

/** The driver that is there to be copied, not to be run. */
const TEMPLATE = 'template';

/** Every driver folder below `root` (folders without a driver.json are passed over, and so is the template). */
export function findDrivers(root: string): FoundDriver[] {
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== TEMPLATE)
    .filter((entry) => existsSync(join(root, entry.name, 'driver.json')))
    .map((entry) => join(root, entry.name))
    .sort()
    .map((folder) => ({ ...findDriver(folder), outside: false }));
}

/** One driver folder from outside. */
export function findDriver(folder: string): FoundDriver {
  try {
    return { folder, outside: true, manifest: readManifest(folder), failure: null };
  } catch (error) {
    const failure = asRelaxdError(error, 'driver-invalid');
    return { folder, outside: true, manifest: null, failure };
  }
}

/** Loads a driver's module. @throws RelaxdError `driver-invalid` naming the file and what is missing */
export async function loadDriverModule(
  folder: string,
  manifest: DriverManifest,
): Promise<DriverModule> {
  const path = isAbsolute(folder) ? join(folder, manifest.entry) : resolve(folder, manifest.entry);
  // Under a test runner the sources are loaded: the same name with .ts.
  const file = existsSync(path) ? path : path.replace(/\.js$/, '.ts');
  try {
    const module = (await import(driverUrl(pathToFileURL(file)).href)) as Partial<DriverModule>;
    if (typeof module.createDevice !== 'function') {
      throw new Error('it has no export createDevice(id, options, context)');
    }
    return module as DriverModule;
  } catch (error) {
    throw new RelaxdError(
      'driver-invalid',
      `driver ${manifest.name}: ${file}: ${(error as Error).message}`,
      { path: file, hint: 'see docs/writing-a-driver.md' },
      error,
    );
  }
}

/** Makes one device of a driver. @throws RelaxdError `driver-failed` where the driver threw */
export async function createDevice(
  folder: string,
  manifest: DriverManifest,
  id: string,
  options: Readonly<Record<string, unknown>>,
  context: DriverContext,
): Promise<Device> {
  const module = await loadDriverModule(folder, manifest);
  let device: Device;
  try {
    device = await module.createDevice(id, options, context);
  } catch (error) {
    throw asRelaxdError(error, 'driver-failed');
  }
  const missing = DEVICE_CALLS.filter((name) => typeof (device as never)?.[name] !== 'function');
  if (missing.length > 0) {
    throw new RelaxdError(
      'driver-invalid',
      `driver ${manifest.name}: what createDevice gave for '${id}' is no Device: it has no ${missing.join(', ')}`,
      { path: folder, limit: DEVICE_CALLS, hint: 'see docs/writing-a-driver.md' },
    );
  }
  return device;
}

/** What every device can be asked (device.ts): checked once, since a driver need not be TypeScript. */
const DEVICE_CALLS = [
  'connect',
  'close',
  'describe',
  'readParameters',
  'writeParameter',
  'validate',
  'load',
  'arm',
  'start',
  'pauseAtShot',
  'resume',
  'stop',
  'abort',
  'toSafeState',
  'clearFault',
  'readResult',
  'selfTest',
  'health',
  'on',
] as const;
