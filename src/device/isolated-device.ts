import { RelaxdError, systemTimeline, type Timeline, type Violation } from '../core/index.js';
import type { FaultInjector } from './conformance/bench.js';
import type { Descriptor, Origin } from './descriptor.js';
import type {
  Device,
  DeviceEventName,
  DeviceEvents,
  DeviceListener,
  HealthReport,
  LatchedFault,
  LoadReceipt,
  ParameterReading,
  RunPlan,
} from './device.js';
import type { DeviceClock } from './device-clock.js';
import type { DriverCall, DriverState } from './driver-channel.js';
import {
  DRIVER_LIMITS,
  DriverChild,
  waitFor,
  type DriverDevice,
  type DriverLimits,
} from './driver-child.js';
import { nextEquipment, type EquipmentState, type LinkState } from './equipment.js';
import { DeviceEventSource } from './event-source.js';
import type { Program } from './program.js';
import type { DeviceResult } from './result.js';

/** `connect` starts a driver that dies at once again, after so long each time; then it gives up. */
const LADDER_MS = [0, 500, 2000];
const RUNNING: readonly EquipmentState[] = ['configuring', 'armed', 'acquiring'];

export interface IsolationOptions {
  readonly limits?: Partial<DriverLimits>;
  readonly timeline?: Timeline;
}

/**
 * A device whose driver runs in a process of its own. Whatever the driver does to that process, exit, hang, throw or crash, ends
 * there: the device goes offline and says why, its run fails with `driver-failed`, and `connect` starts the driver anew.
 */
export class IsolatedDevice implements Device {
  readonly id: string;
  driver: string;
  private child: DriverChild | null = null;
  private starting: Promise<void> | null = null;
  private state: DriverState = {
    link: 'offline',
    equipment: 'safe',
    reason: 'not connected yet',
    origin: 'hardware',
    serial: '',
  };
  /** What ended the run that was under way when the driver died. */
  private runFailure: RelaxdError | null = null;
  private readonly events = new DeviceEventSource();
  private readonly limits: DriverLimits;
  private readonly timeline: Timeline;

  /**
   * Starts the driver's process and makes the device, not connected.
   *
   * @throws RelaxdError what the driver refused with, or `driver-failed`
   */
  static async open(what: DriverDevice, options: IsolationOptions = {}): Promise<IsolatedDevice> {
    const device = new IsolatedDevice(what, options);
    await device.startProcess();
    return device;
  }

  private constructor(
    private readonly what: DriverDevice,
    options: IsolationOptions,
  ) {
    this.id = what.id;
    this.driver = what.manifest.name;
    this.limits = { ...DRIVER_LIMITS, ...options.limits };
    this.timeline = options.timeline ?? systemTimeline;
  }

  get link(): LinkState {
    return this.starting === null ? this.state.link : 'connecting';
  }
  get equipment(): EquipmentState {
    return this.state.equipment;
  }
  get reason(): string | null {
    return this.state.reason;
  }
  get origin(): Origin {
    return this.state.origin;
  }
  get serial(): string {
    return this.state.serial;
  }
  get fault(): LatchedFault | null | undefined {
    return this.state.fault;
  }
  get clockFit(): DeviceClock | null | undefined {
    return this.state.clockFit;
  }

  /** Faults that the driver can make happen, for the conformance kit; null: none, or the driver is not there. */
  get faults(): FaultInjector | null {
    const faults = this.child?.faults ?? null;
    if (faults === null) return null;
    return {
      faults,
      inject: async (fault) => void (await this.call('inject', [fault])),
      remove: async (fault) => void (await this.call('remove', [fault])),
    };
  }

  private async startProcess(): Promise<void> {
    const child: DriverChild = await DriverChild.start(this.what, this.limits, this.timeline, {
      state: (state) => (this.state = state),
      event: (name, value) => this.events.emit(name, value as DeviceEvents[typeof name]),
      died: (failure) => this.died(failure),
    });
    this.child = child;
    this.driver = child.driver;
  }

  private died(failure: RelaxdError): void {
    this.child = null;
    const { link, equipment } = this.state;
    if (RUNNING.includes(equipment)) this.runFailure = failure;
    const next = nextEquipment(equipment, 'safe');
    // As a device that has just been made: nobody here can do anything with it. What a board does now is its watchdog's to say.
    this.state = { ...this.state, link: 'offline', equipment: next, reason: failure.message };
    if (this.state.clockFit !== undefined) this.state = { ...this.state, clockFit: null };
    const { context } = this.what;
    context.log('error', `${this.id} is offline: ${failure.message}`, { device: this.id });
    void (async () => {
      const reason = failure.message;
      if (next !== equipment) await this.events.emit('equipment', { equipment: next, reason });
      if (link !== 'offline') await this.events.emit('link', { link: 'offline', reason });
    })().catch((error: unknown) =>
      context.log('warn', `${this.id}: a listener threw: ${String(error)}`),
    );
  }

  private async call<T>(
    name: DriverCall,
    args: readonly unknown[],
    signal?: AbortSignal,
  ): Promise<T> {
    if (this.child === null) {
      if (name === 'readResult' && this.runFailure !== null) throw this.runFailure;
      throw new RelaxdError('device-offline', `${this.id} is offline: ${this.reason}`, {
        hint: 'connect it',
      });
    }
    return (await this.child.call(name, args, signal)) as T;
  }

  on<E extends DeviceEventName>(event: E, listener: DeviceListener<E>): () => void {
    return this.events.on(event, listener);
  }

  async connect(signal?: AbortSignal): Promise<void> {
    if (this.child !== null) return this.call('connect', [], signal);
    this.starting ??= this.startAnew(signal).finally(() => (this.starting = null));
    return this.starting;
  }

  private async startAnew(signal: AbortSignal | undefined): Promise<void> {
    for (const [rung, delayMs] of LADDER_MS.entries()) {
      await waitFor(this.timeline, delayMs, signal);
      try {
        await this.startProcess();
        return await this.call('connect', [], signal);
      } catch (error) {
        const last = rung === LADDER_MS.length - 1;
        // A driver that answers that it cannot will not be able to in two seconds.
        if (this.child !== null || !(error instanceof RelaxdError)) throw error;
        if (error.code !== 'driver-failed' || error.details['pid'] === undefined) throw error;
        this.state = { ...this.state, reason: error.message };
        if (last) throw error;
      }
    }
  }

  /** Closes the device and ends its process. */
  async close(signal?: AbortSignal): Promise<void> {
    await this.starting?.catch(() => undefined);
    const { child } = this;
    if (child === null) return;
    try {
      await child.call('close', [], signal);
    } finally {
      this.child = null;
      await child.end();
      const { link } = this.state;
      this.state = { ...this.state, link: 'offline', reason: this.state.reason ?? 'closed' };
      if (link !== 'offline') await this.events.emit('link', { link: 'offline', reason: 'closed' });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async arm(plan: RunPlan, signal?: AbortSignal): Promise<void> {
    await this.call('arm', [plan], signal);
    this.runFailure = null;
  }

  describe(signal?: AbortSignal): Promise<Descriptor> {
    return this.call('describe', [], signal);
  }
  readParameters(signal?: AbortSignal): Promise<readonly ParameterReading[]> {
    return this.call('readParameters', [], signal);
  }
  writeParameter(name: string, value: number, signal?: AbortSignal): Promise<ParameterReading> {
    return this.call('writeParameter', [name, value], signal);
  }
  validate(program: Program, signal?: AbortSignal): Promise<readonly Violation[]> {
    return this.call('validate', [program], signal);
  }
  load(program: Program, signal?: AbortSignal): Promise<LoadReceipt> {
    return this.call('load', [program], signal);
  }
  start(signal?: AbortSignal): Promise<void> {
    return this.call('start', [], signal);
  }
  pauseAtShot(signal?: AbortSignal): Promise<void> {
    return this.call('pauseAtShot', [], signal);
  }
  resume(signal?: AbortSignal): Promise<void> {
    return this.call('resume', [], signal);
  }
  stop(signal?: AbortSignal): Promise<void> {
    return this.call('stop', [], signal);
  }
  abort(signal?: AbortSignal): Promise<void> {
    return this.call('abort', [], signal);
  }
  toSafeState(cause: string, signal?: AbortSignal): Promise<void> {
    return this.call('toSafeState', [cause], signal);
  }
  clearFault(
    clear: { readonly fault: string; readonly operator: string; readonly note: string },
    signal?: AbortSignal,
  ): Promise<void> {
    return this.call('clearFault', [clear], signal);
  }
  readResult(signal?: AbortSignal): Promise<DeviceResult> {
    return this.call('readResult', [], signal);
  }
  selfTest(signal?: AbortSignal): Promise<HealthReport> {
    return this.call('selfTest', [], signal);
  }
  health(signal?: AbortSignal): Promise<HealthReport> {
    return this.call('health', [], signal);
  }
}
