import { RelaxdError } from '../core/index.js';
import type { FaultInjector } from './conformance/index.js';
import type { Device } from './device.js';
import { IsolatedDevice } from './isolated-device.js';
import { findDriver, loadDriverModule } from './load-drivers.js';
import { isIsolated, openDevice } from './open-device.js';
import type { RegistryOptions } from './registry.js';
import { allDrivers, wantedDevices } from './wanted-devices.js';

/** One device of a driver, to be made again and again. */
export interface DeviceBench {
  readonly id: string;
  /** Makes it, not connected. */
  open(): Promise<Device>;
  /** Works on the device that was made last; null: the driver makes no faults. */
  readonly faults: FaultInjector | null;
}

/**
 * Finds a device by its id, or the first device of a driver folder, without connecting it.
 *
 * @throws RelaxdError `unknown-device`, `driver-invalid`
 */
export async function findDeviceBench(
  options: RegistryOptions,
  wanted: { readonly device: string | null; readonly driverFolder: string | null },
): Promise<DeviceBench> {
  const { device, driverFolder } = wanted;
  const drivers =
    driverFolder === null
      ? allDrivers(options.driversRoot, options.driverFolders ?? [])
      : [findDriver(driverFolder)];
  if (driverFolder !== null && drivers[0]!.failure !== null) throw drivers[0]!.failure;
  const candidates = wantedDevices(drivers, driverFolder === null ? (options.devices ?? []) : []);
  const found = candidates.find(({ id }) => device === null || id === device);
  if (found === undefined) {
    throw new RelaxdError(
      'unknown-device',
      device === null
        ? `the driver in ${driverFolder} names no device in its driver.json`
        : `there is no device '${device}'`,
      {
        value: device,
        limit: candidates.map(({ id }) => id),
        hint: 'relaxd devices lists them',
      },
    );
  }
  const { driver, id, options: own } = found;
  if (driver.manifest === null) throw driver.failure!;
  const { folder, manifest } = driver;
  // A driver that is isolated must not be loaded here: its process makes the faults.
  const module = isIsolated(driver) ? null : await loadDriverModule(folder, manifest);
  let current: Device | null = null;
  const injector = (device: Device): FaultInjector | null =>
    device instanceof IsolatedDevice ? device.faults : (module?.faultInjector?.(device) ?? null);
  const open = async (): Promise<Device> => {
    current = await openDevice(driver, id, own, options.context);
    return current;
  };
  const makesNone = module !== null && module.faultInjector === undefined;
  return { id, open, faults: makesNone ? null : delegating(() => current, injector) };
}

/** An injector that asks the driver anew for each device. */
function delegating(
  current: () => Device | null,
  injector: (device: Device) => FaultInjector | null,
): FaultInjector {
  const now = (device: Device): FaultInjector => {
    const found = injector(device);
    if (found === null)
      throw new RelaxdError('not-supported', `${device.id} can have no faults made`);
    return found;
  };
  return {
    get faults() {
      const device = current();
      return device === null ? [] : (injector(device)?.faults ?? []);
    },
    inject: (fault, device) => now(device).inject(fault, device),
    remove: (fault, device) => now(device).remove(fault, device),
  };
}
