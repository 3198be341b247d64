import type { EngineKind, Violation } from '../core/index.js';
import type { Descriptor, Origin } from './descriptor.js';
import type { DeviceClock } from './device-clock.js';
import type { EquipmentState, LinkState } from './equipment.js';
import type { Program } from './program.js';
import type { DeviceResult } from './result.js';
import type { SampleChunk, SampleGap } from './samples.js';

export interface ParameterReading {
  readonly name: string;
  readonly value: number | null;
  readonly unit: string;
  /** When it was read, ISO time; a stale value never looks fresh. */
  readonly readAt: string;
  /** Why there is no value, where there is none. */
  readonly error?: string;
}

export interface LoadReceipt {
  readonly programHash: string;
  readonly descriptorHash: string;
  /** What the device did to the program, in words: rounding, for one. */
  readonly warnings: readonly string[];
  /**
   * What the run's record says of its thermodynamics (docs/formats/record.md, `relaxd.thermodynamics`): a document that only
   * those read who judge them. Left out or null: nothing.
   */
  readonly thermodynamics?: Readonly<Record<string, unknown>> | null;
}

/** What a device holds, as it tells it itself. */
export interface HeldProgram {
  readonly programHash: string;
  /** Fingerprint of the values that the hardware, or a simulation's memory, has now; null: it cannot read them back. */
  readonly held: string | null;
}

/** A paused run that its device has put aside, so that another can be loaded. */
export interface RunAside {
  /** The device, idle again, has the run back, paused as it was. */
  takeUp(): Promise<void>;
  /** Ends the run where it is; its result has the shots that were done. */
  stop(): Promise<void>;
  /** Ends the run without a result. */
  abort(): Promise<void>;
}

export interface RunPlan {
  readonly run: string;
  readonly seed: number;
  /** Worker threads for emulators; null: as many as are worth it. Results do not depend on it. */
  readonly threads?: number | null;
  /** Kernel engine of emulators: `reference`, `wasm` or `native`; null: the fastest that is here. */
  readonly engine?: EngineKind | null;
  /** Algorithm of emulators, by the names that a result says; null: chosen by the program's shape. */
  readonly algorithm?: string | null;
}

export interface HealthReport {
  readonly ok: boolean;
  readonly checkedAt: string;
  readonly checks: readonly {
    readonly name: string;
    readonly ok: boolean;
    readonly detail: string;
  }[];
}

export interface DeviceFault {
  readonly id: string;
  readonly cause: string;
  readonly at: string;
}

/** What `clearFault` has to be told. */
export type LatchedFault = Pick<DeviceFault, 'id' | 'cause'>;

export interface DeviceEvents {
  link: { readonly link: LinkState; readonly reason?: string };
  equipment: { readonly equipment: EquipmentState; readonly reason?: string };
  samples: SampleChunk;
  shot: { readonly shots: number };
  parameter: ParameterReading;
  fault: DeviceFault;
  /** Fraction of the run that is done, 0 … 1. */
  progress: { readonly fraction: number; readonly shots: number };
  gap: SampleGap;
}

/** What has gone over a device's line since it was opened. */
export interface LinkCounts {
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** Frames that were not what they should be. */
  readonly framesBad: number;
  readonly retransmissions: number;
  readonly rowsLost: number;
  /** null: not measured yet. */
  readonly roundTripMs: number | null;
}

export type DeviceEventName = keyof DeviceEvents;
/** A listener that returns a promise holds the device back until it is done: the recorder's way to lose nothing. */
export type DeviceListener<E extends DeviceEventName> = (
  event: DeviceEvents[E],
) => void | Promise<void>;

/**
 * One device, emulated or real. Calls that the equipment's state does not allow throw `illegal-transition`;
 * a fired signal throws `aborted`. See docs/architecture.md, section "Device".
 */
export interface Device extends AsyncDisposable {
  readonly id: string;
  readonly driver: string;
  readonly origin: Origin;
  readonly serial: string;
  readonly link: LinkState;
  readonly equipment: EquipmentState;
  /** Why the device is offline, safe or in fault, where it is. */
  readonly reason: string | null;
  /** The fault that is latched: {@link clearFault} takes its id; null: none. Left out by devices whose faults have no ids. */
  readonly fault?: LatchedFault | null | undefined;
  /** How its own clock goes; null: not known yet. Left out by devices that have none. */
  readonly clockFit?: DeviceClock | null | undefined;
  /** How its line does; null: it is not open. Left out by devices that have none. */
  readonly linkCounts?: LinkCounts | null;

  connect(signal?: AbortSignal): Promise<void>;
  close(signal?: AbortSignal): Promise<void>;
  describe(signal?: AbortSignal): Promise<Descriptor>;
  readParameters(signal?: AbortSignal): Promise<readonly ParameterReading[]>;
  writeParameter(name: string, value: number, signal?: AbortSignal): Promise<ParameterReading>;
  /** Every violation, with path, value and limit; an empty list: the program can be loaded. */
  validate(program: Program, signal?: AbortSignal): Promise<readonly Violation[]>;
  load(program: Program, signal?: AbortSignal): Promise<LoadReceipt>;
  arm(plan: RunPlan, signal?: AbortSignal): Promise<void>;
  start(signal?: AbortSignal): Promise<void>;
  /** Resolves once the device stands still between two shots. */
  pauseAtShot(signal?: AbortSignal): Promise<void>;
  resume(signal?: AbortSignal): Promise<void>;
  /** Reads back what a paused device holds. Left out by devices that cannot tell. */
  verify?(signal?: AbortSignal): Promise<HeldProgram>;
  /** Puts the paused run aside: the device is in standby then. Left out by devices that can hold one run only. */
  putAside?(signal?: AbortSignal): Promise<RunAside>;
  /** Ends the run at the next shot; `readResult` answers with the shots that were done. */
  stop(signal?: AbortSignal): Promise<void>;
  /** Ends the run at once. */
  abort(signal?: AbortSignal): Promise<void>;
  toSafeState(cause: string, signal?: AbortSignal): Promise<void>;
  clearFault(
    clear: { readonly fault: string; readonly operator: string; readonly note: string },
    signal?: AbortSignal,
  ): Promise<void>;
  /** Waits for the run's end. Throws what ended it, where that was not `stop`. */
  readResult(signal?: AbortSignal): Promise<DeviceResult>;
  selfTest(signal?: AbortSignal): Promise<HealthReport>;
  health(signal?: AbortSignal): Promise<HealthReport>;
  /** Adds a listener; the function that comes back removes it. */
  on<E extends DeviceEventName>(event: E, listener: DeviceListener<E>): () => void;
}
