import { asRelaxdError, RelaxdError } from '../core/index.js';
import type { Descriptor, Device } from '../device/index.js';
import type { AttachedDevice, LabNode } from './lab-node.js';

/** The devices of this process: a `DeviceRegistry` is one. */
export interface DeviceSource {
  list(): Device[];
  /** @throws RelaxdError `unknown-device`, or why the device of that id could not be made */
  get(id: string): Device;
}

/** Where devices are, and whether they can take a run: those of this process, and those that other nodes of the lab have. */
export class DevicePlaces {
  constructor(
    private readonly here: DeviceSource,
    /** null: the lab is one process. */
    private readonly node: Pick<LabNode, 'id' | 'claim' | 'ownerOf' | 'has'> | null,
    /** Why no job may have a device; null: it is not locked. */
    private readonly locked: (device: string) => string | null,
    /** Why no run may begin on any; null: one may. */
    private readonly halted: () => string | null = () => null,
  ) {}

  /** The other node that has a device, and what it shows of it; null: none has. */
  elsewhere(id: string): AttachedDevice | null {
    const owner = this.node?.ownerOf(id) ?? null;
    return owner !== null && owner.node.id !== this.node!.id ? owner : null;
  }

  /** A run on this device is this node's business. */
  isOurs(id: string): boolean {
    if (this.node === null) return true;
    if (this.node.claim === null) return false;
    const device = this.here.list().find((one) => one.id === id);
    return device !== undefined && this.node.has(device);
  }

  /** @throws RelaxdError `unknown-device`, or why it could not be made */
  require(id: string): void {
    if (this.elsewhere(id) === null) this.here.get(id);
  }

  /** @throws RelaxdError `unknown-device`, `device-offline` */
  async describe(id: string): Promise<Descriptor> {
    const elsewhere = this.elsewhere(id);
    if (elsewhere === null) return this.here.get(id).describe();
    const { descriptor, node, link } = elsewhere;
    if (descriptor !== null) return descriptor as Descriptor;
    throw new RelaxdError('device-offline', `${id} at ${node.name} is ${link}`, {
      device: id,
      node: node.name,
    });
  }

  /** Why there is no device of an id here; null: there is. */
  absence(id: string): string | null {
    try {
      this.here.get(id);
      return null;
    } catch (error) {
      return asRelaxdError(error).message;
    }
  }

  /** Why a device cannot take a run now; null: it can. */
  obstacle(id: string): string | null {
    const halted = this.halted();
    if (halted !== null) return halted;
    const elsewhere = this.elsewhere(id);
    if (elsewhere !== null) {
      const { link, node } = elsewhere;
      return link === 'online' ? null : `${id} at ${node.name} is ${link}`;
    }
    return this.absence(id) ?? this.locked(id) ?? stateObstacle(this.here.get(id));
  }
}

function stateObstacle({ id, link, equipment, reason }: Device): string | null {
  if (link !== 'online') return `${id} is ${link}`;
  if (equipment === 'standby') return null;
  return `${id} is in state ${equipment}${reason === null ? '' : `: ${reason}`}`;
}
