import { readProgram, type Device, type DeviceResult } from '../device/index.js';

/** Runs a program document on a device of this process and waits for its result. */
export async function runOnDevice(
  device: Device,
  document: Readonly<Record<string, unknown>>,
  seed: number,
  signal: AbortSignal,
): Promise<DeviceResult> {
  await device.load(readProgram(document), signal);
  await device.arm({ run: 'reproduction', seed }, signal);
  await device.start(signal);
  const stop = (): void => {
    void device.abort().catch(() => undefined); // the result's own rejection says what happened
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await device.readResult();
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
