import type { Device, DeviceEvents, Program, SampleChunk } from '../../src/device/index.js';

/** A device with some of its members replaced; the others act on the real one. */
export function sabotaged(
  device: Device,
  replaced: Partial<Record<keyof Device, unknown>>,
): Device {
  return new Proxy(device, {
    get(target, name) {
      if (Object.hasOwn(replaced, name)) return (replaced as Record<PropertyKey, unknown>)[name];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
    },
  });
}

/** The device with its chunks changed on their way; null: the chunk is lost. */
export function withChunks(
  device: Device,
  change: (chunk: SampleChunk) => SampleChunk | null,
  waits = true,
): Device {
  const on: Device['on'] = (event, listener) => {
    if (event !== 'samples') return device.on(event, listener);
    return device.on('samples', (chunk) => {
      const changed = change(chunk);
      if (changed === null) return;
      const heard = listener(changed as DeviceEvents[typeof event]);
      return waits ? heard : undefined;
    });
  };
  return sabotaged(device, { on });
}

/** The device that runs another program than the one that it says it has loaded. */
export function withPrograms(device: Device, change: (program: Program) => Program): Device {
  return sabotaged(device, {
    load: async (program: Program) => {
      const receipt = await device.load(program);
      await device.load(change(program));
      return receipt;
    },
  });
}
