import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/index.js';
import { conform, junitReport, type ConformanceGroup } from '../../src/device/conformance/index.js';
import { findDeviceBench, findDrivers } from '../../src/device/index.js';

const root = fileURLToPath(new URL('../../dist/drivers', import.meta.url));
const context = { clock: systemClock, log: () => undefined, threads: 2 };
const devices = findDrivers(root).flatMap(({ manifest }) => manifest!.devices.map(({ id }) => id));
/** The quick ones, side by side; `node scripts/conform-devices.mjs` makes every check, and CI calls that. */
const GROUPS: readonly ConformanceGroup[] = ['describe', 'validate', 'couplings', 'samples'];

describe('every device of the project conforms', () => {
  it.concurrent.each(devices)(
    '%s',
    async (id) => {
      const wanted = { device: id, driverFolder: null };
      const bench = await findDeviceBench({ driversRoot: root, context }, wanted);
      const report = await conform({
        open: () => bench.open(),
        faults: bench.faults,
        groups: GROUPS,
      });
      expect(report.groups.flatMap(({ failures }) => failures)).toEqual([]);
      expect(report.passed).toBeGreaterThan(40);
      expect(junitReport(report)).toContain(`failures="0"`);
    },
    180_000,
  );
});
