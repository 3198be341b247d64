import { asRelaxdError, RelaxdError, systemTimeline } from '../core/index.js';
import { readDescriptor } from './descriptor-document.js';
import type { Device } from './device.js';
import type { DriverContext, Guard } from './driver.js';
import type { FoundDriver } from './load-drivers.js';
import { openDevice } from './open-device.js';
import { openGuard, type GuardRequest } from './open-guard.js';
import {
  allDrivers,
  driverNamed,
  wantedDevices,
  type DeviceRequest,
  type WantedDevice,
} from './wanted-devices.js';

/** A device that could not be made: it is listed all the same, with the reason. */
export interface AbsentDevice {
  readonly id: string;
  readonly driver: string;
  readonly failure: RelaxdError;
}

export interface RegistryOptions {
  /** Folder with one folder a driver. */
  readonly driversRoot: string;
  /** Further driver folders, from the configuration. */
  readonly driverFolders?: readonly string[];
  /** Further devices, from the configuration. */
  readonly devices?: readonly DeviceRequest[];
  /** What stands beside devices, from the configuration. */
  readonly guards?: readonly GuardRequest[];
  readonly context: DriverContext;
  /** The only device that is made; left out: all. */
  readonly only?: string;
}

/** The others are waited for so long with one that does not connect, ms. */
const PATIENCE_MS = 10_000;

/** The devices of this process, made from driver folders. One that fails takes down nothing but itself. */
export class DeviceRegistry implements AsyncDisposable {
  private readonly devices = new Map<string, Device>();
  readonly absent: AbsentDevice[] = [];
  private readonly guards: Guard[] = [];
  /** Ids in the order of the folders and of the configuration, whichever was there first. */
  private readonly order: string[] = [];

  static async open(options: RegistryOptions): Promise<DeviceRegistry> {
    const registry = new DeviceRegistry();
    const drivers = allDrivers(options.driversRoot, options.driverFolders ?? []);
    for (const { folder, failure } of drivers) {
      if (failure !== null) registry.absent.push({ id: folder, driver: folder, failure });
    }
    const wanted = wantedDevices(drivers, options.devices ?? []);
    // Side by side: a driver that hangs is waited for once, not once a device, and holds up no other one.
    await Promise.all(
      wanted.map(async (one, k) => {
        const { id } = one;
        if (wanted.findIndex((other) => other.id === id) < k) {
          const taken = new RelaxdError('driver-invalid', `device id '${id}' is taken`, {
            value: id,
          });
          return registry.fail(one, taken, options.context);
        }
        registry.order.push(id);
        await registry.add(one, options);
      }),
    );
    for (const guard of options.guards ?? []) await registry.guard(guard, drivers, options.context);
    return registry;
  }

  /** A device whose guard cannot be had is not to be had either. */
  private async guard(
    request: GuardRequest,
    drivers: readonly FoundDriver[],
    context: DriverContext,
  ): Promise<void> {
    const { devices: ids, options = {} } = request;
    const driver = driverNamed(drivers, request.driver);
    const guarded = ids.flatMap((id) => this.devices.get(id) ?? []);
    try {
      const unknown = ids.find((id) => !this.order.includes(id));
      if (unknown !== undefined) {
        throw new RelaxdError('unknown-device', `there is no device '${unknown}' to guard`, {
          value: unknown,
          limit: this.order,
        });
      }
      this.guards.push(await openGuard(driver, options, guarded, context));
    } catch (error) {
      const { code, message, details } = asRelaxdError(error, 'driver-failed');
      const why = `its guard '${request.driver}' cannot be had: ${message}`;
      for (const device of guarded) {
        this.devices.delete(device.id);
        await device.toSafeState(why).catch(() => undefined);
        await device.close().catch(() => undefined);
        const failure = new RelaxdError(code, `${device.id} is withheld: ${why}`, details, error);
        this.absent.push({ id: device.id, driver: device.driver, failure });
      }
      context.log('error', `guard ${request.driver} of ${ids.join(', ')}: ${message}`, { code });
    }
  }

  private fail({ driver, id }: WantedDevice, error: unknown, context: DriverContext): void {
    const failure = asRelaxdError(error, 'driver-failed');
    this.absent.push({ id, driver: driver.manifest?.name ?? driver.folder, failure });
    context.log('error', `device ${id}: ${failure.message}`, { code: failure.code });
  }

  private async add(wanted: WantedDevice, { context, only }: RegistryOptions): Promise<void> {
    const { driver, id, options } = wanted;
    if (only !== undefined && id !== only) return;
    let device: Device;
    try {
      device = await openDevice(driver, id, options, context);
    } catch (error) {
      return this.fail(wanted, error, context);
    }
    this.devices.set(id, device);
    const connecting = this.connect(wanted, device, context);
    // A device that does not answer must not keep the others waiting: it is listed, and goes on connecting.
    let enough: () => void = () => undefined;
    const patience = new Promise<void>((resolve) => {
      enough = systemTimeline.after(PATIENCE_MS, resolve);
    });
    await Promise.race([connecting, patience]);
    enough();
  }

  private async connect(
    wanted: WantedDevice,
    device: Device,
    context: DriverContext,
  ): Promise<void> {
    const { id } = wanted;
    try {
      await device.connect();
      readDescriptor(await device.describe());
    } catch (error) {
      const { code } = asRelaxdError(error);
      if (device.link === 'online' && code !== 'aborted') {
        // Nothing could be judged by a descriptor that is none: better no device than a wrong one.
        this.devices.delete(id);
        await device.close().catch(() => undefined);
        return this.fail(wanted, error, context);
      }
      // It stays listed, offline, with its own reason; `connect` may be tried again.
      context.log('warn', `device ${id} is offline: ${asRelaxdError(error).message}`);
    }
  }

  list(): Device[] {
    return this.order.flatMap((id) => this.devices.get(id) ?? []);
  }

  /** @throws RelaxdError `unknown-device`, or why the device of that id could not be made */
  get(id: string): Device {
    const device = this.devices.get(id);
    if (device !== undefined) return device;
    const absent = this.absent.find((candidate) => candidate.id === id);
    if (absent !== undefined) throw absent.failure;
    throw new RelaxdError('unknown-device', `there is no device '${id}'`, {
      value: id,
      limit: this.order,
      hint: 'relaxd devices lists them',
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Pulses end before what they enable does.
    for (const guard of this.guards.splice(0)) await guard[Symbol.asyncDispose]();
    const closing = this.list().map((device) => device[Symbol.asyncDispose]());
    this.devices.clear();
    const failed = (await Promise.allSettled(closing)).flatMap((end) =>
      end.status === 'rejected' ? [end.reason as unknown] : [],
    );
    if (failed.length > 0) throw new AggregateError(failed, 'closing devices failed');
  }
}
