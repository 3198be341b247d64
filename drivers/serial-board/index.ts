import { systemTimeline } from '../../src/core/index.js';
import type { Device, DriverContext, FaultInjector } from '../../src/device/index.js';
import { BoardDevice } from './board-device.js';
import { injectorOf } from './fault-injector.js';
import { readOptions } from './options.js';
import { sourceOf } from './sources.js';

/**
 * A board on a serial port, behind TCP, or simulated.
 *
 * @param options where it is and who it must be: see the README
 * @throws RelaxdError `invalid-input`, `unknown-field`
 */
export function createDevice(
  id: string,
  options: Readonly<Record<string, unknown>>,
  context: DriverContext,
): Device {
  const read = readOptions(id, options);
  return new BoardDevice(id, read, {
    source: sourceOf(read, systemTimeline),
    timeline: systemTimeline,
    log: context.log,
    uniform: () => crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32,
  });
}

export function faultInjector(device: Device): FaultInjector | null {
  return injectorOf(device);
}
