import { runOnDevice, type Device, type DeviceResult } from '../device/index.js';
import { DriveObserver } from './drive-observer.js';
import { prepareDrive, type DrivePlan, type DriveRequest } from './prepare-drive.js';
import type { ObservedDrive } from './summarise-drive.js';

export interface DriveRun {
  readonly plan: DrivePlan;
  readonly result: DeviceResult;
  readonly observed: ObservedDrive;
}

/**
 * One driven retrieval on a connected device of this process, without a lab.
 *
 * @throws RelaxdError as `prepareDrive` and the device
 */
export async function driveOnDevice(
  device: Device,
  request: DriveRequest,
  options: { readonly signal?: AbortSignal; readonly threads?: number | null } = {},
): Promise<DriveRun> {
  const { signal } = options;
  const plan = prepareDrive(request, await device.describe(signal));
  const observer = new DriveObserver(plan);
  const result = await runOnDevice(device, plan.program, {
    run: 'drive',
    seed: request.seed,
    threads: options.threads ?? null,
    signal,
    onSamples: (chunk) => observer.onSamples(chunk),
  });
  return { plan, result, observed: observer.finish(result) };
}
