import { ManualClock } from '../../src/core/index.js';
import type {
  Device,
  DeviceResult,
  DriverContext,
  Program,
  SampleChunk,
} from '../../src/device/index.js';

/** A driver context for tests: a clock that stands still, no log. */
export function driverContext(threads: number): DriverContext {
  return { clock: new ManualClock(), log: () => undefined, threads };
}

/** Connects a device, runs a program on it and gives back what it answered and delivered. The device stays open. */
export async function runOnDevice(
  device: Device,
  program: Program,
  options: { readonly seed: number; readonly threads?: number },
): Promise<{ result: DeviceResult; chunks: SampleChunk[]; warnings: readonly string[] }> {
  const chunks: SampleChunk[] = [];
  const off = device.on('samples', (chunk) => {
    chunks.push(chunk);
  });
  try {
    await device.connect();
    const receipt = await device.load(program);
    await device.arm({
      run: 'run-1',
      seed: options.seed,
      ...(options.threads === undefined ? {} : { threads: options.threads }),
    });
    await device.start();
    return { result: await device.readResult(), chunks, warnings: receipt.warnings };
  } finally {
    off();
  }
}
