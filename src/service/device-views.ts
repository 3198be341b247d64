import { RelaxdError, type ErrorDetails } from '../core/index.js';
import type { AttachedDevice } from '../lab/index.js';
import type { LabView } from './lab-view.js';
import {
  descriptorHash,
  type AbsentDevice,
  type Descriptor,
  type Device,
  type EquipmentState,
  type LatchedFault,
  type LinkState,
  type Origin,
} from '../device/index.js';

/** What the service asks of a registry. */
export interface RegistryView {
  list(): readonly Device[];
  get(id: string): Device;
  readonly absent: readonly AbsentDevice[];
}

export const DEVICE_ACTIONS = [
  'connect',
  'disconnect',
  'safe-state',
  'clear-fault',
  'self-test',
  'lock',
  'unlock',
] as const;
export type DeviceAction = (typeof DEVICE_ACTIONS)[number];

/** A device as `GET /v1/devices` shows it. */
export interface DeviceView {
  readonly id: string;
  readonly driver: string;
  /** Null for a device that could not be made: nobody knows. */
  readonly origin: Origin | null;
  readonly serial: string | null;
  readonly link: LinkState;
  readonly equipment: EquipmentState;
  readonly reason: string | null;
  /** The fault that is latched: `clear-fault` takes its id; null: none, or of a device whose faults have no ids. */
  readonly fault: LatchedFault | null;
  readonly title: string | null;
  /** Hash of the descriptor; null until the device has been able to tell. */
  readonly descriptor: string | null;
  /** Why the device could not be made or asked, where that is so. */
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly details: ErrorDetails;
  } | null;
  readonly actions: readonly DeviceAction[];
  /** Who has locked it for maintenance; null: nobody. */
  readonly lock: { readonly holder: string; readonly note: string; readonly since: string } | null;
  /** Whose time it is; null: everybody's. */
  readonly reservation: {
    readonly id: string;
    readonly holder: string;
    readonly note: string;
    readonly until: string;
  } | null;
  /** The calibration in force; null: there is none. */
  readonly calibration: {
    readonly id: string;
    readonly activatedAt: string | null;
    readonly until: string | null;
    readonly expired: boolean;
  } | null;
  /** Name of the node that has it, in a lab of several; left out for what every node has. */
  readonly node?: string;
}

/**
 * The devices as the API shows them. Descriptors are immutable, so each is asked for once per connection; a device
 * that cannot answer is shown with the reason and holds up nothing else.
 */
export class DeviceViews implements Disposable {
  private readonly known = new Map<
    string,
    { readonly descriptor: Descriptor; readonly hash: string }
  >();
  private readonly removers: (() => void)[] = [];

  constructor(
    private readonly registry: RegistryView,
    private readonly lab: Pick<LabView, 'reservations' | 'calibrations' | 'nodes'>,
  ) {
    for (const device of registry.list()) {
      this.removers.push(
        device.on('link', ({ link }) => {
          // Another board may be at the other end by now.
          if (link === 'offline') this.known.delete(device.id);
        }),
      );
    }
  }

  async list(): Promise<DeviceView[]> {
    const present = await Promise.all(this.registry.list().map((device) => this.view(device)));
    const elsewhere = (this.lab.nodes?.elsewhere() ?? []).map((one) => ({
      ...elsewhereView(one),
      ...this.kept(one.device),
    }));
    return [...present, ...this.registry.absent.map(absentView), ...elsewhere];
  }

  /** @throws RelaxdError `unknown-device` */
  async one(id: string): Promise<DeviceView> {
    const absent = this.registry.absent.find((candidate) => candidate.id === id);
    return absent === undefined ? this.view(this.registry.get(id)) : absentView(absent);
  }

  /** @throws RelaxdError `unknown-device`, or why the device cannot tell */
  async descriptor(
    id: string,
  ): Promise<{ readonly descriptor: Descriptor; readonly hash: string }> {
    const known = this.known.get(id);
    if (known !== undefined) return known;
    const descriptor = await this.registry.get(id).describe();
    const entry = { descriptor, hash: descriptorHash(descriptor) };
    this.known.set(id, entry);
    return entry;
  }

  [Symbol.dispose](): void {
    for (const remove of this.removers.splice(0)) remove();
  }

  private async view(device: Device): Promise<DeviceView> {
    let described: { readonly descriptor: Descriptor; readonly hash: string } | null = null;
    let error: DeviceView['error'] = null;
    if (this.known.has(device.id) || device.link === 'online') {
      try {
        described = await this.descriptor(device.id);
      } catch (thrown) {
        error =
          thrown instanceof RelaxdError
            ? thrown.toJSON()
            : { code: 'driver-failed', message: String(thrown), details: {} };
      }
    }
    return {
      id: device.id,
      driver: device.driver,
      origin: device.origin,
      serial: device.serial,
      link: device.link,
      equipment: device.equipment,
      reason: device.reason,
      fault: device.fault ?? null,
      title: described?.descriptor.title ?? null,
      descriptor: described?.hash ?? null,
      error,
      actions: DEVICE_ACTIONS,
      ...this.nodeOf(device),
      ...this.kept(device.id),
    };
  }

  /** Who keeps it from others, and what it is taken to be. */
  private kept(id: string): Pick<DeviceView, 'lock' | 'reservation' | 'calibration'> {
    const inForce = this.lab.calibrations.activeView(id);
    const lock = this.lab.reservations.lockOf(id);
    const active = this.lab.reservations.active(id);
    return {
      lock: lock === null ? null : { holder: lock.holder, note: lock.note, since: lock.since },
      reservation:
        active === null
          ? null
          : { id: active.id, holder: active.holder, note: active.note, until: active.until },
      calibration:
        inForce === null
          ? null
          : {
              id: inForce.id,
              activatedAt: inForce.activatedAt,
              until: inForce.validity.until,
              expired: inForce.expired,
            },
    };
  }

  private nodeOf({ id, origin }: Device): { readonly node?: string } {
    const owner = origin === 'emulator' ? null : (this.lab.nodes?.ownerOf(id) ?? null);
    return owner === null ? {} : { node: owner.node.name };
  }
}

function elsewhereView(
  one: AttachedDevice,
): Omit<DeviceView, 'lock' | 'reservation' | 'calibration'> {
  const { device: id, driver, origin, serial, link, equipment, reason, descriptor, node } = one;
  const known = descriptor as Descriptor | null;
  return {
    id,
    driver,
    origin: origin as Origin,
    serial,
    link: link as LinkState,
    equipment: equipment as EquipmentState,
    reason,
    fault: null,
    title: known?.title ?? null,
    descriptor: known === null ? null : descriptorHash(known),
    error: null,
    actions: DEVICE_ACTIONS,
    node: node.name,
  };
}

function absentView(absent: AbsentDevice): DeviceView {
  return {
    id: absent.id,
    driver: absent.driver,
    origin: null,
    serial: null,
    link: 'offline',
    equipment: 'safe',
    reason: absent.failure.message,
    fault: null,
    title: null,
    descriptor: null,
    error: absent.failure.toJSON(),
    actions: [],
    lock: null,
    reservation: null,
    calibration: null,
  };
}
