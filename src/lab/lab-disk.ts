import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { RelaxdError } from '../core/index.js';
import {
  DiskWatch,
  type DiskLimits,
  type DiskStanding,
  type DiskWatchPorts,
} from './disk-watch.js';
import { EMBEDDED_FILE } from './embedded-file.js';
import type { LabEvents } from './lab-events.js';
import type { Listeners } from './listeners.js';
import type { RecorderDisk } from './run-recorder.js';
import type { Store } from './store.js';

export interface LabDiskPorts extends Pick<DiskWatchPorts, 'clock' | 'setAlarm' | 'log'> {
  readonly folder: string;
  /** False: nothing in the folder outlives the process. */
  readonly kept: boolean;
  readonly limits: DiskLimits;
  readonly store: Store;
  readonly events: Listeners<LabEvents>;
  changed(): void;
}

/** The disk that store and records are on, watched by whoever writes there; nothing bars anything where nothing is kept. */
export class LabDisk {
  readonly recorder: RecorderDisk;
  private readonly watch: DiskWatch | null;

  constructor(private readonly ports: LabDiskPorts) {
    const { folder, kept, limits, store, events, clock, setAlarm, log } = ports;
    const changed = (): void => ports.changed();
    const watch = kept ? new DiskWatch(folder, limits, { clock, setAlarm, log, changed }) : null;
    this.watch = watch;
    store.observe((seconds, code) => {
      events.emit('stored', { seconds, code });
      // PostgreSQL has a disk of its own.
      if (store.kind !== 'embedded') return;
      if (code === null) watch?.took(seconds);
      else watch?.note(code, 'the store has no room');
    });
    this.recorder = {
      requireRoom: () => this.requireRoom(),
      wrote: (bytes) => {
        watch?.wrote(bytes);
        events.emit('recorded', { bytes });
      },
      synced: (seconds) => {
        watch?.took(seconds);
        events.emit('synced', { seconds });
      },
      failed: ({ code, message }) => watch?.note(code, message),
    };
  }

  /** null: nothing is kept. */
  get standing(): DiskStanding | null {
    return this.watch?.standing ?? null;
  }

  /** Why no run may begin; null: one may. */
  obstacle(): string | null {
    return this.watch?.obstacle() ?? null;
  }

  /** @throws RelaxdError `disk-full`, `store-failed` where the disk takes nothing */
  requireRoom(): void {
    this.watch?.requireRoom();
  }

  /** A backup first copies the database beside it. @throws RelaxdError `disk-full` */
  async requireRoomForCopy(): Promise<void> {
    const { folder, limits, store } = this.ports;
    const free = this.standing?.freeBytes ?? null;
    if (free === null || store.kind !== 'embedded') return;
    const { size } = await stat(join(folder, EMBEDDED_FILE));
    const kept = limits.keepFreeMiB * 2 ** 20;
    if (size + kept <= free) return;
    throw new RelaxdError('disk-full', 'there is no room for the copy that a backup begins with', {
      path: folder,
      value: free,
      limit: size + kept,
      hint: 'make room beside the store, and try again',
    });
  }

  /** Looks now, and goes on doing so. Resolves once it has looked. */
  async begin(): Promise<void> {
    await this.watch?.now();
  }

  async close(): Promise<void> {
    await this.watch?.close();
  }
}
