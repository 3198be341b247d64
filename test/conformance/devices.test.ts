import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/index.js';
import { conform, junitReport } from '../../src/device/conformance/index.js';
import { createDevice, findDrivers } from '../../src/device/index.js';

const root = fileURLToPath(new URL('../../dist/drivers', import.meta.url));
const context = { clock: systemClock, log: () => undefined, threads: 2 };
const devices = findDrivers(root).flatMap(({ folder, manifest }) =>
  manifest!.devices.map(({ id, options = {} }) => ({ id, options, folder, manifest: manifest! })),
);

describe('every device of the project conforms', () => {
  it.each(devices.map((device) => [device.id, device] as const))(
    '%s',
    async (id, { folder, manifest, options }) => {
      const report = await conform({
        open: () => createDevice(folder, manifest, id, options, context),
      });
      expect(report.groups.flatMap(({ failures }) => failures)).toEqual([]);
      expect(report.passed).toBeGreaterThan(70);
      expect(junitReport(report)).toContain(`failures="0"`);
    },
    180_000,
  );
});
