import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/core/index.js';
import { findDriver, openDevice, readProgram, type Device } from '../../src/device/index.js';
import type { IsolationOptions } from '../../src/device/index.js';

const template = fileURLToPath(new URL('../../drivers/template', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'relaxd-drivers-'));
// As `npm install /path/to/relaxd` leaves it.
mkdirSync(join(root, 'node_modules'));
symlinkSync(fileURLToPath(new URL('../..', import.meta.url)), join(root, 'node_modules', 'relaxd'));
let made = 0;

/** A driver folder outside the repository: the template with something wrong with it. */
export function brokenDriver(code: string): string {
  const folder = join(root, `driver-${++made}`);
  cpSync(template, folder, { recursive: true });
  writeFileSync(
    join(folder, 'broken.js'),
    `import { createDevice as make } from './index.js';\n${code}\n`,
  );
  const manifest = { version: 1, name: 'coin', title: 'Broken', entry: 'broken.js', devices: [] };
  writeFileSync(
    join(folder, 'driver.json'),
    JSON.stringify({ ...manifest, devices: [{ id: 'coin-1' }] }),
  );
  return folder;
}

export const removeDrivers = (): void => rmSync(root, { recursive: true, force: true });

/** The same without changes. */
export const wholeDriver = (): string => brokenDriver('export const createDevice = make;');

export interface LoggedLine {
  readonly level: string;
  readonly message: string;
}

export async function openIsolated(
  folder: string,
  options: { readonly log?: LoggedLine[]; readonly limits?: IsolationOptions['limits'] } = {},
): Promise<Device> {
  const context = {
    clock: systemClock,
    threads: 1,
    log: (level: string, message: string): void => void options.log?.push({ level, message }),
  };
  return openDevice(findDriver(folder), 'coin-1', {}, context, { limits: options.limits ?? {} });
}

export const coins = (shots: number): ReturnType<typeof readProgram> =>
  readProgram({
    version: 1,
    sites: 4,
    couplings: { kind: 'coo', entries: [] },
    fields: [0.5, -0.5, 1, 0],
    references: [[1, -1, 1, 1]],
    duration: 4,
    readout: { every: 1, channels: ['energy', 'overlaps', 'state'] },
    shots,
  });
