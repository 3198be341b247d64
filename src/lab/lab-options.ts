import type { Clock, IdSource, Timeline } from '../core/index.js';
import type { DeviceSource } from './device-places.js';
import type { DiskLimits } from './disk-watch.js';
import type { JobKind } from './job-kind.js';
import type { NodeOptions } from './lab-node.js';
import type { Log } from './log.js';
import type { RetentionSettings } from './retention-rule.js';
import type { Store } from './store.js';

export interface LabOptions {
  /** Folder of the store and the records, made where it is missing; `:memory:` keeps nothing. */
  readonly folder: string;
  readonly devices: DeviceSource;
  readonly kinds: readonly JobKind[];
  readonly clock: Clock;
  readonly log: Log;
  /** Version of relaxd, for provenance. */
  readonly version: string;
  /** Worker threads that one run may use; null or left out: as many as are worth it. */
  readonly threads?: number | null;
  /** Most jobs that may be open; further ones get `queue-full`. */
  readonly mostQueued?: number;
  readonly ids?: IdSource;
  readonly setAlarm?: Timeline['after'];
  /** Seeds for programs that have none. */
  readonly drawSeed?: () => number;
  /** Which records go, and when; left out: all are kept for ever. */
  readonly retention?: RetentionSettings;
  /** Another store than the embedded one. */
  readonly store?: Store;
  /** When there is an alarm about the disk, and when nothing more is taken. */
  readonly disk?: DiskLimits;
  /** This process among the nodes of a lab of several machines, and the store that they share. */
  readonly node?: NodeOptions;
  /** False: nothing is dispatched before `Lab.begin`, so that a start that fails harms no job. */
  readonly begin?: boolean;
}
