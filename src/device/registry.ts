import { asRelaxdError, RelaxdError } from '../core/index.js';
import { readDescriptor } from './descriptor-document.js';
import type { Device } from './device.js';
import type { DriverContext } from './driver.js';
import { createDevice, findDriver, findDrivers, type FoundDriver } from './load-drivers.js';

/** A device that could not be made: it is listed all the same, with the reason. */
export interface AbsentDevice {
  readonly id: string;
  readonly driver: string;
  readonly failure: RelaxdError;
}

export interface DeviceRequest {
  readonly id: string;
  /** Name of a driver, or path of a driver folder. */
  readonly driver: string;
  readonly options?: Readonly<Record<string, unknown>>;
}

export interface RegistryOptions {
  /** Folder with one folder a driver. */
  readonly driversRoot: string;
  /** Further driver folders, from the configuration. */
  readonly driverFolders?: readonly string[];
  /** Further devices, from the configuration. */
  readonly devices?: readonly DeviceRequest[];
  readonly context: DriverContext;
  /** The only device that is connected; left out: all. */
  readonly only?: string;
}

/** The devices of this process, made from driver folders. One that fails takes down nothing but itself. */
export class DeviceRegistry implements AsyncDisposable {
  private readonly devices = new Map<string, Device>();
  readonly absent: AbsentDevice[] = [];

  static async open(options: RegistryOptions): Promise<DeviceRegistry> {
    const registry = new DeviceRegistry();
    const drivers = [
      ...findDrivers(options.driversRoot),
      ...(options.driverFolders ?? []).map(findDriver),
    ];
    for (const driver of drivers) {
      if (driver.manifest === null) {
        registry.absent.push({
          id: driver.folder,
          driver: driver.folder,
          failure: driver.failure!,
        });
        continue;
      }
      for (const { id, options: own } of driver.manifest.devices) {
        await registry.add(driver, id, own ?? {}, options.context);
      }
    }
    for (const request of options.devices ?? []) {
      const driver =
        drivers.find((d) => d.manifest?.name === request.driver) ?? findDriver(request.driver);
      await registry.add(driver, request.id, request.options ?? {}, options.context);
    }
    // Side by side: one that is far away keeps nobody waiting but itself.
    const wanted = registry.list().filter(({ id }) => [id, undefined].includes(options.only));
    await Promise.all(wanted.map((device) => registry.connect(device, options.context)));
    return registry;
  }

  private async add(
    driver: FoundDriver,
    id: string,
    options: Readonly<Record<string, unknown>>,
    context: DriverContext,
  ): Promise<void> {
    const name = driver.manifest?.name ?? driver.folder;
    let device: Device;
    try {
      if (driver.manifest === null) throw driver.failure!;
      if (this.devices.has(id)) {
        throw new RelaxdError('driver-invalid', `device id '${id}' is taken`, { value: id });
      }
      device = await createDevice(driver.folder, driver.manifest, id, options, context);
    } catch (error) {
      this.lost(id, name, asRelaxdError(error, 'driver-failed'), context);
      return;
    }
    this.devices.set(id, device);
  }

  private async connect(device: Device, context: DriverContext): Promise<void> {
    const { id } = device;
    try {
      await device.connect();
      readDescriptor(await device.describe());
    } catch (error) {
      const failure = asRelaxdError(error);
      if (device.link === 'online' && failure.code !== 'aborted') {
        // Nothing could be judged by a descriptor that is none: better no device than a wrong one.
        this.devices.delete(id);
        await device.close().catch(() => undefined);
        this.lost(id, device.driver, asRelaxdError(error, 'driver-failed'), context);
        return;
      }
      // It stays listed, offline, with its own reason; `connect` may be tried again.
      context.log('warn', `device ${id} is offline: ${failure.message}`);
    }
  }

  private lost(id: string, driver: string, failure: RelaxdError, context: DriverContext): void {
    this.absent.push({ id, driver, failure });
    context.log('error', `device ${id}: ${failure.message}`, { code: failure.code });
  }

  list(): Device[] {
    return [...this.devices.values()];
  }

  /** @throws RelaxdError `unknown-device`, or why the device of that id could not be made */
  get(id: string): Device {
    const device = this.devices.get(id);
    if (device !== undefined) return device;
    const absent = this.absent.find((candidate) => candidate.id === id);
    if (absent !== undefined) throw absent.failure;
    throw new RelaxdError('unknown-device', `there is no device '${id}'`, {
      value: id,
      limit: [...this.devices.keys()],
      hint: 'relaxd devices lists them',
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.list().map((device) => device[Symbol.asyncDispose]()));
    this.devices.clear();
  }
}
