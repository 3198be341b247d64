import { readProgram, runOnDevice, type Device, type DeviceResult } from '../device/index.js';

/** Runs a program document on a device of this process and waits for its result. */
export const runDocument = (
  device: Device,
  document: Readonly<Record<string, unknown>>,
  seed: number,
  signal: AbortSignal,
): Promise<DeviceResult> =>
  runOnDevice(device, readProgram(document), { run: 'reproduction', seed, signal });
