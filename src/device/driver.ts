import type { Clock } from '../core/index.js';
import type { FaultInjector } from './conformance/bench.js';
import type { Device } from './device.js';

/** `driver.json` of a driver folder (docs/formats/driver.md). */
export interface DriverManifest {
  readonly version: 1;
  readonly name: string;
  readonly title: string;
  /** Module with an export `createDevice`, relative to the folder. */
  readonly entry: string;
  /** Each device in a process of its own; left out: so for folders from outside, not so for relaxd's own. */
  readonly isolated?: boolean;
  /** Devices that are there without any configuration. */
  readonly devices: readonly {
    readonly id: string;
    readonly options?: Readonly<Record<string, unknown>>;
  }[];
}

/** What the composition root gives to every driver. */
export interface DriverContext {
  readonly clock: Clock;
  readonly log: (
    level: 'debug' | 'info' | 'warn' | 'error',
    message: string,
    fields?: Readonly<Record<string, unknown>>,
  ) => void;
  /** Worker threads that emulators may use. */
  readonly threads: number;
}

/** Stands beside devices and can bring them to their safe state: an interlock, for one. Ends before they do. */
export interface Guard extends AsyncDisposable {
  readonly name: string;
}

export interface DriverModule {
  createDevice(
    id: string,
    options: Readonly<Record<string, unknown>>,
    context: DriverContext,
  ): Device | Promise<Device>;
  /** Guards devices, for drivers that do. Runs in relaxd's own process. */
  createGuard?(
    options: Readonly<Record<string, unknown>>,
    devices: readonly Device[],
    context: DriverContext,
  ): Guard | Promise<Guard>;
  /** Judges the options of a guard without making it, for `relaxd config check`. @throws RelaxdError */
  checkGuard?(options: Readonly<Record<string, unknown>>): void;
  /** Makes faults happen on a device of this driver, where it is one that can; for `relaxd conform`. */
  faultInjector?(device: Device): FaultInjector | null;
}
