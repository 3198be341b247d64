import { readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { asRelaxdError, RelaxdError, throwIfAborted, type Timeline } from '../../src/core/index.js';
import { BoardClient, HEARS_NOTHING } from '../../src/link/index.js';
import type { BoardLine } from './board-line.js';

/** Names of serial ports of boards, where nobody but the folder can be asked. */
const PORT = /^tty(USB|ACM)\d+$/;

/** Where boards may be: {@link listPorts} finds the system's own. */
export interface PortFolders {
  readonly dev: string;
  readonly byId: string;
}
const SYSTEM: PortFolders = { dev: '/dev', byId: '/dev/serial/by-id' };

/**
 * Paths of serial ports that a board may be on, each port once. Asks the system first; where that cannot be asked (no udev)
 * the folder of devices is read. A path says nothing of who is there.
 *
 * @param ask the list of `serialport`; may reject
 */
export async function listPorts(
  ask: () => Promise<readonly { readonly path: string }[]>,
  folders: PortFolders = SYSTEM,
): Promise<string[]> {
  let found: string[];
  try {
    found = (await ask()).map(({ path }) => path).filter((path) => /USB|ACM|usb|^COM/.test(path));
  } catch {
    found = [];
  }
  if (found.length === 0) {
    const links = namesIn(folders.byId).map((name) => join(folders.byId, name));
    const ports = namesIn(folders.dev)
      .filter((name) => PORT.test(name))
      .map((name) => join(folders.dev, name));
    found = [...links, ...ports];
  }
  const seen = new Set<string>();
  return found.filter((path) => {
    let real: string;
    try {
      real = realpathSync(path);
    } catch {
      return false; // unplugged in this moment
    }
    if (seen.has(real)) return false;
    seen.add(real);
    return true;
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/** The system's ports. */
export async function systemPorts(): Promise<string[]> {
  return listPorts(async () => {
    const { SerialPort } = await import('serialport');
    return SerialPort.list();
  });
}

/**
 * Asks at every port who is there.
 *
 * @returns the path that the board is on now
 * @throws RelaxdError `device-offline` naming what was found instead; `aborted`
 */
export async function findBoard(
  serial: string,
  paths: readonly string[],
  open: (path: string) => Promise<BoardLine>,
  timeline: Timeline,
  signal?: AbortSignal,
): Promise<string> {
  const told: string[] = [];
  for (const path of paths) {
    throwIfAborted(signal);
    let line: BoardLine;
    try {
      line = await open(path);
    } catch (error) {
      told.push((error as Error).message);
      continue;
    }
    try {
      const client = await BoardClient.open(line, timeline, {
        hostBuild: 'relaxd discovery',
        listener: HEARS_NOTHING,
        expectSerial: serial,
        ...(signal === undefined ? {} : { signal }),
      });
      client.close();
      return path;
    } catch (error) {
      if (asRelaxdError(error).code === 'aborted') throw error;
      told.push(`${path}: ${(error as Error).message}`);
    } finally {
      await line.close();
    }
  }
  throw new RelaxdError(
    'device-offline',
    paths.length === 0
      ? `board ${serial} is not here: there is no serial port`
      : `board ${serial} is not here: ${told.join('; ')}`,
    { value: serial, limit: paths, hint: 'plug it in, or name its port' },
  );
}
