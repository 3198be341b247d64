import type { Device } from './device.js';
import type { DriverContext } from './driver.js';
import { IsolatedDevice, type IsolationOptions } from './isolated-device.js';
import { createDevice, type FoundDriver } from './load-drivers.js';

/** Whether a driver's devices get processes of their own: as its manifest says, else where it comes from outside. */
export const isIsolated = ({ outside, manifest }: FoundDriver): boolean =>
  manifest?.isolated ?? outside;

/**
 * Makes one device of a driver, in this process or in one of its own; not connected.
 *
 * @throws RelaxdError `driver-invalid`, or `driver-failed` where the driver threw, hung or ended
 */
export async function openDevice(
  driver: FoundDriver,
  id: string,
  options: Readonly<Record<string, unknown>>,
  context: DriverContext,
  isolation: IsolationOptions = {},
): Promise<Device> {
  const { folder, manifest, failure } = driver;
  if (manifest === null) throw failure!;
  if (!isIsolated(driver)) return createDevice(folder, manifest, id, options, context);
  return IsolatedDevice.open({ folder, manifest, id, options, context }, isolation);
}
