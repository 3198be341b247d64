import { RelaxdError } from '../core/index.js';
import type { Device } from '../device/index.js';

/**
 * The device, where it takes a run. In a service a job waits until somebody has looked after its device; here nobody would come.
 * @throws RelaxdError `device-fault`, `device-offline`, `illegal-transition`, with how to go on
 */
export function readyDevice(device: Device): Device {
  const { id, link, equipment, reason, fault = null } = device;
  if (equipment === 'fault' || (equipment === 'safe' && link === 'online')) {
    const isFault = equipment === 'fault';
    throw new RelaxdError(
      isFault ? 'device-fault' : 'illegal-transition',
      `${id} is ${isFault ? 'in fault' : 'in its safe state'}${reason === null ? '' : ` (${reason})`} and takes no run`,
      {
        value: equipment,
        limit: 'standby',
        ...(fault === null ? {} : { fault: fault.id }),
        hint: `see to the cause, then relaxd clear-fault ${id} --fault ${fault === null ? '"…"' : fault.id} --note "…" --operator NAME, and relaxd self-test ${id}`,
      },
    );
  }
  if (link === 'offline' || link === 'connecting') {
    throw new RelaxdError('device-offline', `${id} is ${link}: ${reason ?? 'nobody knows why'}`, {
      value: link,
      limit: 'online',
      hint: 'relaxd devices shows what is there',
    });
  }
  return device;
}
