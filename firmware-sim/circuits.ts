import type { AnalogPart } from './analog-part.js';
import { IdealCircuit } from './ideal-circuit.js';

/** What stands behind the firmware, by the name of its profile. */
const CIRCUITS: Readonly<Record<string, (serial: string) => AnalogPart>> = {
  default: (serial) => new IdealCircuit(serial),
  ideal: (serial) => new IdealCircuit(serial),
};

export const PROFILES = Object.keys(CIRCUITS);

/** @throws Error for people where there is no such profile */
export function circuitOf(profile: string, serial: string): AnalogPart {
  const make = Object.hasOwn(CIRCUITS, profile) ? CIRCUITS[profile] : undefined;
  if (make === undefined) {
    throw new Error(`there is no profile '${profile}'; there are: ${PROFILES.join(', ')}`);
  }
  return make(serial);
}
