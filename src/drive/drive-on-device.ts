import type { Device, DeviceResult } from '../device/index.js';
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
  await device.load(plan.program, signal);
  const stopListening = device.on('samples', (chunk) => observer.onSamples(chunk));
  const stop = (): void => {
    void device.abort().catch(() => undefined); // the result's own rejection says what happened
  };
  try {
    await device.arm(
      { run: 'drive', seed: request.seed, threads: options.threads ?? null },
      signal,
    );
    signal?.addEventListener('abort', stop, { once: true });
    await device.start(signal);
    const result = await device.readResult();
    return { plan, result, observed: observer.finish(result) };
  } finally {
    signal?.removeEventListener('abort', stop);
    stopListening();
  }
}
