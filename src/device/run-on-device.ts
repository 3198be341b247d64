import type { Device } from './device.js';
import type { Program } from './program.js';
import type { DeviceResult } from './result.js';
import type { SampleChunk } from './samples.js';

export interface RunOnDeviceOptions {
  /** What the device calls the run. */
  readonly run: string;
  readonly seed: number;
  readonly threads?: number | null;
  readonly signal?: AbortSignal | undefined;
  readonly onSamples?: (chunk: SampleChunk) => void;
}

/**
 * One run on a connected device of this process, without a lab: no record, no job.
 *
 * @throws RelaxdError what the device refuses, or what its run ended with
 */
export async function runOnDevice(
  device: Device,
  program: Program,
  options: RunOnDeviceOptions,
): Promise<DeviceResult> {
  const { run, seed, threads = null, signal, onSamples } = options;
  await device.load(program, signal);
  const stopListening =
    onSamples === undefined ? null : device.on('samples', (chunk) => onSamples(chunk));
  const stop = (): void => {
    void device.abort().catch(() => undefined); // the result's own rejection says what happened
  };
  try {
    await device.arm({ run, seed, threads }, signal);
    signal?.addEventListener('abort', stop, { once: true });
    await device.start(signal);
    return await device.readResult();
  } finally {
    signal?.removeEventListener('abort', stop);
    stopListening?.();
  }
}
