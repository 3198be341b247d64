import { asRelaxdError, RelaxdError } from '../core/index.js';
import type { Device } from './device.js';
import type { DriverContext, Guard } from './driver.js';
import { loadDriverModule, type FoundDriver } from './load-drivers.js';
import { isIsolated } from './open-device.js';

export interface GuardRequest {
  /** Name of a driver, or path of a driver folder. */
  readonly driver: string;
  readonly options?: Readonly<Record<string, unknown>>;
  /** Ids of the devices that it guards. */
  readonly devices: readonly string[];
}

/**
 * Makes a guard of a driver.
 *
 * @throws RelaxdError `driver-invalid`, `not-supported`, or `driver-failed` where the driver threw
 */
export async function openGuard(
  driver: FoundDriver,
  options: Readonly<Record<string, unknown>>,
  devices: readonly Device[],
  context: DriverContext,
): Promise<Guard> {
  const { folder, manifest, failure } = driver;
  if (manifest === null) throw failure!;
  if (isIsolated(driver)) {
    throw new RelaxdError(
      'not-supported',
      `driver ${manifest.name} is isolated, and a guard must run beside its devices`,
      { hint: 'a driver.json with "isolated": false lets it; what it throws then ends relaxd' },
    );
  }
  const module = await loadDriverModule(folder, manifest);
  if (module.createGuard === undefined) {
    throw new RelaxdError('not-supported', `driver ${manifest.name} makes no guards`);
  }
  try {
    return await module.createGuard(options, devices, context);
  } catch (error) {
    throw asRelaxdError(error, 'driver-failed');
  }
}
