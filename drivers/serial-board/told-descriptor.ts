import { readDescriptor, type Descriptor, type Origin } from '../../src/device/index.js';

/** Least first: a configuration can only say less of where data come from than the board does. */
const ORIGINS: readonly Origin[] = ['emulator', 'firmware-sim', 'hardware'];

/**
 * The descriptor that a board has told, as the device's.
 *
 * @param text JSON
 * @throws RelaxdError `driver-invalid` where it is none
 */
export function toldDescriptor(
  text: string,
  of: {
    readonly device: string;
    readonly driver: string;
    readonly serial: string;
    /** What data can come from at most on this line. */
    readonly most: Origin;
    /** Null: as the board says. */
    readonly configured: Origin | null;
  },
): Descriptor {
  const told = JSON.parse(text) as Record<string, unknown>;
  const said = ORIGINS.find((name) => name === told['origin']) ?? 'emulator';
  const allowed = [said, of.most, of.configured ?? said].map((name) => ORIGINS.indexOf(name));
  const { device, driver, serial } = of;
  const origin = ORIGINS[Math.min(...allowed)];
  return readDescriptor({ ...withNulls(told), device, driver, serial, origin });
}

/** Members of a descriptor where what is left out means null (docs/formats/descriptor.md). */
const NULLABLE: readonly (readonly [string, readonly string[]])[] = [
  ['sites', ['range']],
  ['couplings', ['range', 'resolution', 'perSiteSum']],
  ['fields', ['range', 'resolution']],
  ['drives', ['amplitude']],
  ['readout', ['minEvery']],
];

/** A board may leave out what is null. */
export function withNulls(told: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const whole: Record<string, unknown> = {
    wells: null,
    drives: null,
    byFidelity: undefined,
    ...told,
  };
  if (whole['byFidelity'] === undefined) delete whole['byFidelity'];
  for (const [member, names] of NULLABLE) {
    const value = whole[member];
    if (typeof value !== 'object' || value === null) continue;
    whole[member] = { ...Object.fromEntries(names.map((name) => [name, null])), ...value };
  }
  const units = whole['units'] as Record<string, Record<string, unknown> | undefined> | undefined;
  if (units !== undefined) {
    whole['units'] = {
      time: { seconds: null, ...units['time'] },
      energy: { name: 'none', joules: null, ...units['energy'] },
    };
  }
  return whole;
}
