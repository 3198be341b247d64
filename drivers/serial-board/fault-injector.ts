import { RelaxdError } from '../../src/core/index.js';
import type { Device, FaultInjector } from '../../src/device/index.js';
import { BoardDevice } from './board-device.js';
import { SimulatorSource } from './simulator.js';

/** Faults that hold until they are taken away, as the simulator is asked for them. */
const FAULTS: Readonly<
  Record<string, { readonly make: Record<string, unknown>; readonly end: Record<string, unknown> }>
> = {
  interlock: {
    make: { fault: 'interlock', holds: true },
    end: { fault: 'interlock', holds: false },
  },
  'emergency-stop': {
    make: { fault: 'emergency-stop', holds: true },
    end: { fault: 'emergency-stop', holds: false },
  },
  rail: { make: { fault: 'rail', holds: true }, end: { fault: 'rail', holds: false } },
  'adc-saturation': {
    make: { fault: 'adc-saturation', limitCode: 1 },
    end: { fault: 'adc-saturation' },
  },
};

/** The simulated board can have faults made; null for a board of flesh and blood. */
export function injectorOf(device: Device): FaultInjector | null {
  if (!(device instanceof BoardDevice) || !(device.source instanceof SimulatorSource)) return null;
  const { source } = device;
  const fault = (name: string) => {
    const found = Object.hasOwn(FAULTS, name) ? FAULTS[name] : undefined;
    if (found !== undefined) return found;
    throw new RelaxdError('not-supported', `the simulator has no fault '${name}'`, {
      value: name,
      limit: Object.keys(FAULTS),
    });
  };
  return {
    faults: Object.keys(FAULTS),
    inject: (name) => source.make(fault(name).make),
    remove: (name) => source.make(fault(name).end),
  };
}
