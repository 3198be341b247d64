import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { allDrivers, driverNamed } from './wanted-devices.js';

const root = fileURLToPath(new URL('../../drivers', import.meta.url));

describe('the driver that a configuration names', () => {
  const drivers = allDrivers(root, []);

  it('is one of those that are there, or a folder', () => {
    expect(driverNamed(drivers, 'glauber').failure).toBeNull();
    expect(driverNamed(drivers, `${root}/template`).manifest).not.toBeNull();
  });

  it('is not there: what is', () => {
    const { failure, manifest } = driverNamed(drivers, 'glaubr');
    expect(manifest).toBeNull();
    expect(failure).toMatchObject({ code: 'driver-invalid', details: { value: 'glaubr' } });
    expect(failure!.details.limit).toContain('glauber');
  });
});
