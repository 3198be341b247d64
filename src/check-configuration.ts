import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { ConfigurationReport, ServeRequest, StoreReport } from './cli/index.js';
import { asRelaxdError, type Violation } from './core/index.js';
import { checkDevices, type RegistryOptions } from './device/index.js';
import { schemaOfFolder, schemaOfDatabase, SCHEMA_VERSION, type SchemaFound } from './lab/index.js';
import { readTls } from './serve-tls.js';
import { readSettings, type Settings } from './settings.js';

/**
 * Judges what `relaxd serve` would go by, as it would, and starts nothing: file, environment and flags, the files and folders that they
 * name, the store's schema, and every device's driver with its options.
 *
 * @throws RelaxdError `file-unreadable`, `invalid-json` of the file itself
 */
export async function checkConfiguration(
  call: ServeRequest,
  env: Readonly<Record<string, string | undefined>>,
  registryOptions: (settings: Settings) => RegistryOptions,
): Promise<ConfigurationReport> {
  const { settings, shown, violations, warnings } = await readSettings(call, env);
  const found: (Violation & { hint?: string })[] = violations.map((one) => ({
    ...one,
    ...hintOf(one),
  }));
  const note = (path: string, thrown: unknown): void => {
    const { code, message, details } = asRelaxdError(thrown);
    const { value, limit, hint } = details;
    found.push({
      code,
      path,
      message,
      ...(value === undefined ? {} : { value }),
      ...(limit === undefined ? {} : { limit }),
      ...(hint === undefined ? {} : { hint }),
    });
  };
  if (settings.tls !== null) await readTls(settings.tls).catch((error) => note('tls', error));
  const folder = folderTrouble(settings.data);
  if (folder !== null) found.push({ code: 'file-unwritable', path: 'data', ...folder });
  const devices = await checkDevices(registryOptions(settings));
  for (const { path, failure } of devices) if (failure !== null) note(path, failure);
  const store = await storeReport(settings, (error) =>
    note(settings.node === null ? 'data' : 'databaseUrl', error),
  );
  if (store.state === 'newer') {
    found.push({
      code: 'unsupported-version',
      path: settings.node === null ? 'data' : 'databaseUrl',
      message: 'the store was written by a newer relaxd',
      value: store.schema,
      limit: store.known,
      hint: 'install that relaxd, or restore a backup that this one has made',
    });
  }
  return {
    ok: found.length === 0,
    violations: found,
    warnings,
    settings: shown,
    store,
    devices: devices.map(({ name, driver, failure }) => ({ name, driver, ok: failure === null })),
  };
}

/** What to do about what is wrong in the settings themselves. */
function hintOf({ path, code }: Violation): { hint?: string } {
  if (path.startsWith('RELAXD_')) return { hint: `set ${path} otherwise, or not at all` };
  if (path.startsWith('--')) return { hint: 'relaxd serve --help lists the flags' };
  if (code === 'unknown-field') return { hint: 'docs/formats/configuration.md lists the members' };
  return {};
}

/** Why a data folder cannot be used; null: it can, or can be made. */
function folderTrouble(folder: string): { message: string; value: string; limit: string } | null {
  const path = resolve(folder);
  const trouble = (message: string): { message: string; value: string; limit: string } => ({
    message,
    value: path,
    limit: 'a folder that this user may write, or may make',
  });
  let there = path;
  while (!existsSync(there)) there = dirname(there);
  if (!statSync(there).isDirectory()) return trouble(`${there} is no folder`);
  try {
    accessSync(there, constants.W_OK | constants.X_OK);
    return null;
  } catch (error) {
    return trouble(`${there} cannot be written: ${(error as Error).message}`);
  }
}

async function storeReport(
  { node, data }: Settings,
  failed: (error: unknown) => void,
): Promise<StoreReport> {
  const kind = node === null ? 'embedded' : 'postgres';
  const report = (found: SchemaFound): StoreReport => ({ kind, known: SCHEMA_VERSION, ...found });
  try {
    const found =
      node === null ? await schemaOfFolder(data) : await schemaOfDatabase(node.databaseUrl);
    return report(found);
  } catch (error) {
    failed(error);
    return report({ state: 'unreadable', schema: null });
  }
}
