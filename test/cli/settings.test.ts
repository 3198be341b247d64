import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ServeRequest } from '../../src/cli/index.js';
import {
  readSettings,
  SETTING_VARIABLES,
  settingsFor,
  variableOf,
  type ReadSettings,
} from '../../src/settings.js';
import { temporaryFolder } from '../../src/lab/temporary-folder.test-support.js';

const folder = temporaryFolder();
const file = join(folder, 'relaxd.json');
const NOTHING: ServeRequest = {
  host: null,
  port: null,
  dataFolder: null,
  configFile: null,
  demo: false,
  databaseUrl: null,
  redisUrl: null,
  nodeName: null,
  nodeAddress: null,
  drainS: null,
  logLevel: null,
};
const inFile = (document: object): ServeRequest => {
  writeFileSync(file, JSON.stringify({ version: 1, ...document }));
  return { ...NOTHING, configFile: file };
};
const shown = ({ shown: all }: ReadSettings, name: string) => all.find((one) => one.name === name);

describe('readSettings', () => {
  it('lets a flag win over a variable, that over the file, that over the default', async () => {
    const call = inFile({ host: '10.0.0.1', port: 1, drainS: 5 });
    const env = { RELAXD_PORT: '2', RELAXD_DRAIN_S: '6.5', RELAXD_HOST: '' };
    const read = await readSettings({ ...call, port: 3 }, env);
    expect(read.violations).toEqual([]);
    expect(read.settings).toMatchObject({ host: '10.0.0.1', port: 3, drainS: 6.5 });
    expect(read.settings.disk.slowMs).toBe(500);
    expect(shown(read, 'port')).toMatchObject({ source: 'flag', from: '--port' });
    expect(shown(read, 'drainS')).toMatchObject({ source: 'environment', from: 'RELAXD_DRAIN_S' });
    expect(shown(read, 'host')).toMatchObject({ source: 'file', from: file });
    expect(shown(read, 'disk.slowMs')).toMatchObject({ source: 'default', from: null });
  });

  it('names everything that is wrong, wherever it was said, with value and limit', async () => {
    const call = inFile({ prot: 1, threads: 0, tls: { cert: 'a.pem' }, redisUrl: 'redis://r' });
    const env = { RELAXD_PORT: '70000', RELAXD_THREADS: 'two', RELAXD_TLS_KEY: '/k.pem' };
    const { violations } = await readSettings({ ...call, logLevel: 'loud' }, env);
    const found = new Map(violations.map((one) => [one.path, one]));
    expect([...found.keys()].sort()).toEqual([
      '--log-level',
      'RELAXD_PORT',
      'RELAXD_THREADS',
      'prot',
      'redisUrl',
      'threads',
      'tls',
      'tls.key',
    ]);
    expect(found.get('RELAXD_PORT')).toMatchObject({ value: 70000, limit: [0, 65535] });
    expect(found.get('RELAXD_THREADS')).toMatchObject({ value: 'two' });
    expect(found.get('--log-level')).toMatchObject({ value: 'loud' });
    await expect(settingsFor({ ...call, logLevel: 'loud' }, env)).rejects.toMatchObject({
      code: 'invalid-input',
      details: { violations },
    });
  });

  it('says what is right by itself and not together', async () => {
    const one = await readSettings(inFile({ disk: { warnFreeMiB: 10 } }), {});
    expect(one.violations).toMatchObject([{ path: 'disk.warnFreeMiB', value: 10, limit: '≥ 64' }]);
    const two = await readSettings({ ...NOTHING, databaseUrl: 'mysql://db' }, {});
    expect(two.violations).toMatchObject([{ path: 'databaseUrl', value: 'mysql://db' }]);
    const three = await readSettings({ ...NOTHING, redisUrl: 'redis://r' }, {});
    expect(three.violations).toMatchObject([{ path: 'redisUrl' }]);
  });

  it('masks secrets and passes them on', async () => {
    const url = 'postgres://me:hush@db/lab?sslpassword=hush2';
    const call = inFile({ devices: [{ id: 'b', driver: 'x', options: { apiKey: 'hush3' } }] });
    const read = await readSettings(call, { RELAXD_DATABASE_URL: url });
    expect(JSON.stringify(read.shown)).not.toContain('hush');
    expect(read.settings.node).toMatchObject({ databaseUrl: url });
    expect(read.settings.devices[0]?.options).toEqual({ apiKey: 'hush3' });
  });

  it('takes a node from what was called for before what the file says', async () => {
    const databaseUrl = 'postgres://relaxd@db/relaxd';
    const call = inFile({
      databaseUrl: 'postgres://other/x',
      redisUrl: 'redis://cache',
      node: { name: 'from-file', leaseS: 4 },
    });
    const { settings } = await readSettings({ ...call, databaseUrl, nodeName: 'called' }, {});
    expect(settings.node).toEqual({
      databaseUrl,
      redisUrl: 'redis://cache',
      name: 'called',
      address: null,
      leaseS: 4,
    });
    expect((await readSettings(NOTHING, {})).settings.node).toBe(null);
  });

  it('warns of variables that it does not know', async () => {
    const { warnings, violations } = await readSettings(NOTHING, { RELAXD_PROT: '1' });
    expect(violations).toEqual([]);
    expect(warnings).toEqual(['the variable RELAXD_PROT is none that relaxd knows']);
  });

  it('reads the file that RELAXD_CONFIG names', async () => {
    inFile({ port: 9 });
    expect((await readSettings(NOTHING, { RELAXD_CONFIG: file })).settings.port).toBe(9);
  });

  it('has a page that names every variable', () => {
    const page = readFileSync(
      new URL('../../docs/formats/configuration.md', import.meta.url),
      'utf8',
    );
    for (const name of Object.keys(SETTING_VARIABLES)) expect(page).toContain(`\`${name}\``);
    expect(variableOf('disk.warnFreeMiB')).toBe('RELAXD_DISK_WARN_FREE_MIB');
    expect(variableOf('limits.socketsPerKey')).toBe('RELAXD_LIMITS_SOCKETS_PER_KEY');
  });
});

describe('deploy/relaxd.service', () => {
  const path = new URL('../../deploy/relaxd.service', import.meta.url);
  const unit = readFileSync(path, 'utf8');

  it('waits longer than a drain takes where nobody says otherwise', async () => {
    const { settings } = await readSettings(NOTHING, {});
    const stopS = Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)![1]);
    expect(stopS).toBeGreaterThanOrEqual(settings.drainS + 15);
    expect(unit).toMatch(/^KillSignal=SIGTERM$/m);
    expect(unit).toMatch(/^ProtectSystem=strict$/m);
    const variables = [...unit.matchAll(/\b(RELAXD_[A-Z_]+)=/g)].map(([, name]) => name!);
    for (const name of variables)
      expect([...Object.keys(SETTING_VARIABLES), 'RELAXD_CONFIG']).toContain(name);
  });
});
