import { isoTime, type Clock } from '../core/index.js';
import type { DeviceSource } from './device-places.js';
import type { LabEvents } from './lab-events.js';
import type { Listeners } from './listeners.js';

/**
 * Tells of devices what the lab's listeners are to hear.
 *
 * @param changed a device may take a run now that could take none, or the other way round
 * @returns call them to tell no more
 */
export function tellOfDevices(
  devices: DeviceSource,
  events: Listeners<LabEvents>,
  clock: Clock,
  changed: (device: string) => void,
): (() => void)[] {
  return devices.list().flatMap((device) => {
    const { id } = device;
    const stands = (): void => {
      const { link, equipment, reason } = device;
      const at = isoTime(clock.wallMs());
      events.emit('device', { device: id, link, equipment, reason, at });
      changed(id);
    };
    return [
      device.on('link', stands),
      device.on('equipment', stands),
      device.on('parameter', (reading) => events.emit('parameter', { device: id, reading })),
      device.on('fault', (fault) => events.emit('fault', { device: id, fault })),
    ];
  });
}
