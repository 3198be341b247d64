import { asRelaxdError, RelaxdError } from '../core/index.js';
import { loadDriverModule } from './load-drivers.js';
import { openDevice } from './open-device.js';
import type { RegistryOptions } from './registry.js';
import { allDrivers, driverNamed, wantedDevices } from './wanted-devices.js';

/** What comes of a device or a guard before anything is connected. */
export interface CheckedDevice {
  /** Where the configuration says it, or the driver folder that does. */
  readonly path: string;
  readonly name: string;
  readonly driver: string;
  /** null: it can be made. */
  readonly failure: RelaxdError | null;
}

/**
 * Makes every device that a registry would, as it would, and connects none: drivers are loaded, options are judged by them. Guards are
 * judged by what their drivers say of options, since to make one is to take its lines.
 */
export async function checkDevices(options: RegistryOptions): Promise<CheckedDevice[]> {
  const { context, devices = [], guards = [] } = options;
  const drivers = allDrivers(options.driversRoot, options.driverFolders ?? []);
  const checked: CheckedDevice[] = drivers.flatMap(({ folder, failure }) =>
    failure === null ? [] : [{ path: 'drivers', name: folder, driver: folder, failure }],
  );
  const wanted = wantedDevices(drivers, devices);
  const own = wanted.length - devices.length;
  for (const [k, { driver, id, options: its }] of wanted.entries()) {
    const path = k < own ? 'drivers' : `devices[${k - own}]`;
    const one = { path, name: id, driver: driver.manifest?.name ?? driver.folder };
    if (wanted.findIndex((other) => other.id === id) < k) {
      const taken = new RelaxdError('driver-invalid', `device id '${id}' is taken`, { value: id });
      checked.push({ ...one, failure: taken });
      continue;
    }
    try {
      const device = await openDevice(driver, id, its, context);
      await device[Symbol.asyncDispose]();
      checked.push({ ...one, failure: null });
    } catch (error) {
      checked.push({ ...one, failure: asRelaxdError(error, 'driver-failed') });
    }
  }
  const ids = wanted.map(({ id }) => id);
  for (const [k, guard] of guards.entries()) {
    const driver = driverNamed(drivers, guard.driver);
    const one = { path: `guards[${k}]`, name: `guard ${guard.driver}`, driver: guard.driver };
    try {
      if (driver.manifest === null) throw driver.failure!;
      const unknown = guard.devices.find((id) => !ids.includes(id));
      if (unknown !== undefined) {
        throw new RelaxdError('unknown-device', `there is no device '${unknown}' to guard`, {
          value: unknown,
          limit: ids,
        });
      }
      const module = await loadDriverModule(driver.folder, driver.manifest);
      if (module.createGuard === undefined) {
        throw new RelaxdError('not-supported', `driver ${driver.manifest.name} makes no guards`);
      }
      module.checkGuard?.(guard.options ?? {});
      checked.push({ ...one, failure: null });
    } catch (error) {
      checked.push({ ...one, failure: asRelaxdError(error, 'driver-failed') });
    }
  }
  return checked;
}
