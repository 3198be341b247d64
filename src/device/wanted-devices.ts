import { existsSync } from 'node:fs';
import { RelaxdError } from '../core/index.js';
import { findDriver, findDrivers, type FoundDriver } from './load-drivers.js';

export interface DeviceRequest {
  readonly id: string;
  /** Name of a driver, or path of a driver folder. */
  readonly driver: string;
  readonly options?: Readonly<Record<string, unknown>>;
}

/** A device that is to be made. */
export interface WantedDevice {
  readonly driver: FoundDriver;
  readonly id: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** relaxd's own drivers, then those of the configuration; also the ones that cannot be used. */
export const allDrivers = (
  driversRoot: string,
  driverFolders: readonly string[],
): FoundDriver[] => [...findDrivers(driversRoot), ...driverFolders.map(findDriver)];

/** The driver of that name, else the one in the folder of that path; where neither is there, it says which names there are. */
export function driverNamed(drivers: readonly FoundDriver[], name: string): FoundDriver {
  const named = drivers.find(({ manifest }) => manifest?.name === name);
  if (named !== undefined) return named;
  if (existsSync(name)) return findDriver(name);
  const failure = new RelaxdError('driver-invalid', `there is no driver “${name}”`, {
    path: 'driver',
    value: name,
    limit: drivers.flatMap(({ manifest }) => manifest?.name ?? []).sort(),
    hint: 'give the name of one of these, or the path of a driver folder',
  });
  return { folder: name, outside: true, manifest: null, failure };
}

/** The devices that manifests name, then those of the configuration. */
export function wantedDevices(
  drivers: readonly FoundDriver[],
  requests: readonly DeviceRequest[],
): WantedDevice[] {
  const named = drivers.flatMap((driver) =>
    (driver.manifest?.devices ?? []).map(({ id, options = {} }) => ({ driver, id, options })),
  );
  const requested = requests.map(({ id, driver, options = {} }) => ({
    driver: driverNamed(drivers, driver),
    id,
    options,
  }));
  return [...named, ...requested];
}
