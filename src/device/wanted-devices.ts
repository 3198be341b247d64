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

/** The driver of that name, else the one in the folder of that path. */
export const driverNamed = (drivers: readonly FoundDriver[], name: string): FoundDriver =>
  drivers.find(({ manifest }) => manifest?.name === name) ?? findDriver(name);

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
