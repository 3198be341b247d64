import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/index.js';
import { conform } from '../../src/device/conformance/index.js';
import { findDeviceBench } from '../../src/device/index.js';
import { temporaryFolder } from '../../src/lab/temporary-folder.test-support.js';

const inRepository = (path: string): string =>
  fileURLToPath(new URL(`../../${path}`, import.meta.url));
const folder = temporaryFolder();
mkdirSync(join(folder, 'node_modules'));
symlinkSync(inRepository(''), join(folder, 'node_modules', 'relaxd'));

/** A copy of a driver of the project outside of it: what it takes from relaxd, it takes as any driver from outside. */
function copied(name: string): string {
  const copy = join(folder, name);
  cpSync(inRepository(`${name === 'template' ? '' : 'dist/'}drivers/${name}`), copy, {
    recursive: true,
  });
  for (const file of readdirSync(copy).filter((path) => path.endsWith('.js'))) {
    const code = readFileSync(join(copy, file), 'utf8');
    writeFileSync(join(copy, file), code.replaceAll("'../../src/", "'relaxd/dist/src/"));
  }
  if (name !== 'template') writeFileSync(join(copy, 'package.json'), '{ "type": "module" }');
  return copy;
}

describe('drivers from outside conform in a process of their own', () => {
  // A process for each device that is made costs: `relaxd conform --driver` makes all the checks.
  it.each([
    ['the template', () => copied('template'), ['describe', 'life-cycle', 'faults'], 29],
    ['a copy of glauber', () => copied('glauber'), ['samples'], 15],
  ] as const)(
    '%s',
    async (_, driver, groups, checks) => {
      const bench = await findDeviceBench(
        {
          driversRoot: inRepository('dist/drivers'),
          context: { clock: systemClock, log: () => undefined, threads: 1 },
        },
        { device: null, driverFolder: driver() },
      );
      const report = await conform({ open: () => bench.open(), faults: bench.faults, groups });
      expect(report.groups.flatMap(({ failures }) => failures)).toEqual([]);
      expect(report.passed).toBeGreaterThanOrEqual(checks);
    },
    180_000,
  );
});
