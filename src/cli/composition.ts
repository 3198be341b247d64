import type { Clock, EngineKind, IdSource } from '../core/index.js';
import type { Device, DeviceBench, DeviceRegistry } from '../device/index.js';
import type { JobKind } from '../lab/index.js';
import type { ConfigurationReport } from './config-command.js';

/** What `relaxd serve` was called with; null: from the configuration file, or the default. */
export interface ServeRequest {
  readonly host: string | null;
  readonly port: number | null;
  readonly dataFolder: string | null;
  readonly configFile: string | null;
  readonly demo: boolean;
  /** Of a lab of several machines. */
  readonly databaseUrl: string | null;
  readonly redisUrl: string | null;
  readonly nodeName: string | null;
  readonly nodeAddress: string | null;
  /** Runs under way have so long when the service is told to stop, s. */
  readonly drainS: number | null;
  readonly logLevel: string | null;
}

/** A node of a lab of several machines. */
export interface NodeRequest {
  readonly databaseUrl: string;
  /** null: the nodes find out by looking what the others do. */
  readonly redisUrl: string | null;
  readonly name: string;
  /** Where the other nodes reach this one; null: where it listens. */
  readonly address: string | null;
  /** null: the usual. */
  readonly leaseS: number | null;
}

export interface ServingProcess {
  readonly address: string;
  /** Resolves once the service has ended. */
  readonly ended: Promise<void>;
}

/** What `relaxd board-sim` was called with. */
export interface BoardSimRequest {
  readonly pty?: string;
  readonly tcp?: string;
  readonly faults?: string;
  readonly profile?: string;
  readonly serial?: string;
  readonly control?: string;
  readonly json: boolean;
  readonly print: (line: string) => void;
}

export interface BoardSimProcess {
  /** Resolves with the reason once it has ended. */
  readonly closed: Promise<string>;
}

/** What the commands get from `command-line.ts`, the only place that knows everything. */
export interface Composition {
  readonly version: string;
  readonly clock: Clock;
  readonly ids: IdSource;
  /** A seed where none was given. */
  readonly drawSeed: () => number;
  /** @param only the one that is connected; left out: all */
  readonly openDevices: (only?: string) => Promise<DeviceRegistry>;
  /** One device, by id or as the first of a driver folder, to be made again and again. */
  readonly openBench: (wanted: {
    readonly device: string | null;
    readonly driverFolder: string | null;
    /** Names further drivers and devices; null: none. */
    readonly configFile: string | null;
  }) => Promise<DeviceBench>;
  /** Makes a kernel engine the one that is used where a run asks for none. */
  readonly useEngine: (engine: EngineKind) => Promise<void>;
  readonly jobKinds: () => Promise<readonly JobKind[]>;
  /** What job kinds ask of a lab, for runs in this process: descriptors only. */
  readonly prepareContext: (device: (id: string) => Device) => Parameters<JobKind['prepare']>[1];
  readonly serve: (request: ServeRequest) => Promise<ServingProcess>;
  /** Judges what `serve` would go by, and starts nothing. */
  readonly checkConfiguration: (request: ServeRequest) => Promise<ConfigurationReport>;
  /** The simulated board as a program of its own. */
  readonly boardSim: (request: BoardSimRequest) => Promise<BoardSimProcess>;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: Readonly<Record<string, string | undefined>>;
}
