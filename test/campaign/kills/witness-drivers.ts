import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compiledUrl } from '../../../src/core/index.js';

/** One in relaxd's own process, one in a process of its own, and one that says that it is hardware. */
export const WITNESSES = ['witness-in', 'witness-out', 'witness-hard'] as const;

export interface Start {
  readonly device: string;
  readonly run: string;
  readonly seed: number;
}

/** Writes the drivers' folders; answers with what a configuration needs for them. */
export function witnessDrivers(folder: string): {
  readonly drivers: readonly string[];
  readonly devices: readonly object[];
} {
  const entry = compiledUrl(import.meta.url, './witness-device.js').href;
  const witness = witnessFile(folder);
  writeFileSync(witness, '');
  const drivers = ['witness', 'witness-apart'].map((name) => {
    const path = join(folder, name);
    mkdirSync(path);
    const manifest = {
      version: 1,
      name,
      title: 'Witness of the kill campaign',
      entry: 'index.js',
      isolated: name === 'witness-apart',
      devices: [],
    };
    writeFileSync(join(path, 'driver.json'), JSON.stringify(manifest));
    writeFileSync(join(path, 'package.json'), '{"type":"module"}');
    writeFileSync(
      join(path, 'index.js'),
      `export { createDevice } from ${JSON.stringify(entry)};\n`,
    );
    return path;
  });
  const devices = WITNESSES.map((id) => ({
    id,
    driver: id === 'witness-out' ? 'witness-apart' : 'witness',
    options: { witness, origin: id === 'witness-hard' ? 'hardware' : 'emulator' },
  }));
  return { drivers, devices };
}

const witnessFile = (folder: string): string => join(folder, 'starts.txt');

/** Every start that there was, in order. */
export function witnessedStarts(folder: string): Start[] {
  return readFileSync(witnessFile(folder), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [device, run, seed] = line.split(' ');
      return { device: device!, run: run!, seed: Number(seed) };
    });
}
