import { descriptorHash, type Descriptor } from '../device/index.js';
import type { Composition } from './composition.js';
import type { Output } from './output.js';
import type { ServiceClient } from './service-client.js';

interface DeviceView {
  readonly id: string;
  readonly driver: string;
  readonly origin: string | null;
  readonly link: string;
  readonly equipment: string;
  readonly title?: string | null;
  readonly reason?: string | null;
  readonly fault?: { readonly id: string; readonly cause: string } | null;
}

/** `relaxd devices`: of this process, or of a service. */
export async function listDevices(
  composition: Composition,
  output: Output,
  client: ServiceClient | null,
): Promise<void> {
  const devices =
    client === null
      ? await ownDevices(composition)
      : (await client.get<{ items: DeviceView[] }>('/v1/devices')).items;
  if (output.json) return output.printJson({ items: devices });
  output.table(
    ['id', 'origin', 'link', 'equipment', 'what it is'],
    devices.map((device) => [
      device.id,
      device.origin ?? '–',
      device.link,
      device.equipment,
      device.fault == null
        ? (device.reason ?? device.title ?? '')
        : `fault ${device.fault.id}: ${device.fault.cause}`,
    ]),
  );
}

async function ownDevices(
  composition: Composition,
): Promise<(DeviceView & { descriptor?: string })[]> {
  const registry = await composition.openDevices();
  try {
    const present = await Promise.all(
      registry.list().map(async (device) => {
        const descriptor: Descriptor = await device.describe();
        return {
          id: device.id,
          driver: device.driver,
          origin: device.origin,
          serial: device.serial,
          link: device.link,
          equipment: device.equipment,
          title: descriptor.title,
          reason: device.reason,
          fault: device.fault ?? null,
          descriptor: descriptorHash(descriptor),
        };
      }),
    );
    const absent = registry.absent.map(({ id, driver, failure }) => ({
      id,
      driver,
      origin: null,
      link: 'offline',
      equipment: 'safe',
      reason: failure.message,
    }));
    return [...present, ...absent];
  } finally {
    await registry[Symbol.asyncDispose]();
  }
}
