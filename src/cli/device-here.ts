import type { Descriptor, DeviceRegistry } from '../device/index.js';
import type { Composition } from './composition.js';

/** The device of a command in this process: it opens while the command says what it will take. */
export interface DeviceHere {
  readonly registry: Promise<DeviceRegistry>;
  descriptor(): Promise<Descriptor>;
  close(): Promise<void>;
}

export function deviceHere(composition: Composition, device: string): DeviceHere {
  const registry = composition.openDevices(device);
  registry.catch(() => undefined); // whoever needs it hears of it
  return {
    registry,
    descriptor: async () => (await registry).get(device).describe(),
    async close() {
      await (await registry.catch(() => null))?.[Symbol.asyncDispose]();
    },
  };
}
