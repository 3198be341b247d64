import { open, statfs, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isoTime, RelaxdError, type Clock, type ErrorCode, type Timeline } from '../core/index.js';
import type { Log } from './log.js';
import { Pulse } from './pulse.js';

export interface DiskLimits {
  /** Below so much room there is an alarm. */
  readonly warnFreeMiB: number;
  /** Below so much nothing more is taken and runs under way end: what is left is for writing down how. */
  readonly keepFreeMiB: number;
  /** A write that is on the disk only after so long, twice in a row, is an alarm. */
  readonly slowMs: number;
}
export const DEFAULT_DISK_LIMITS: DiskLimits = { warnFreeMiB: 1024, keepFreeMiB: 64, slowMs: 500 };

export type DiskState = 'ok' | 'low' | 'full' | 'unwritable';

/** How the disk of the data folder stood when it was looked at last. */
export interface DiskStanding {
  readonly state: DiskState;
  readonly slow: boolean;
  readonly freeBytes: number | null;
  readonly sizeBytes: number | null;
  /** What the last small write took until it was on the disk; null: it failed. */
  readonly syncMs: number | null;
  /** Why it is not ok; null: it is. */
  readonly reason: string | null;
  /** Since when it is what it is. */
  readonly since: string;
}

/** What one look finds. */
export interface DiskLook {
  readonly freeBytes: number | null;
  readonly sizeBytes: number | null;
  readonly syncMs: number | null;
  readonly error: NodeJS.ErrnoException | null;
}

export interface DiskWatchPorts {
  readonly clock: Clock;
  readonly setAlarm: Timeline['after'];
  readonly log: Log;
  changed(standing: DiskStanding): void;
  /** Left out: statfs, and a small file that is written and synced. */
  readonly look?: (folder: string, clock: Clock) => Promise<DiskLook>;
}

const LOOK_MS = 5000;
/** While something is wrong. */
const LOOK_AGAIN_MS = 1000;
/** Not more often, whatever is written. */
const LEAST_LOOK_MS = 500;
const MIB = 2 ** 20;
const PROBE_BYTES = 4096;
const FULL = ['ENOSPC', 'EDQUOT', 'EFBIG'];

/**
 * Looks after the disk that the data folder is on: how much room there is, whether it can be written, and how long a write takes to be
 * durable. Goes on looking, so that what was wrong is known to be over without anybody's doing.
 */
export class DiskWatch {
  private last: DiskStanding;
  private slowLooks = 0;
  private lookedAtMs = -Infinity;
  private writtenBytes = 0;
  private readonly pulse: Pulse;
  private callOff: () => void = () => undefined;

  constructor(
    private readonly folder: string,
    private readonly limits: DiskLimits,
    private readonly ports: DiskWatchPorts,
  ) {
    this.last = {
      state: 'ok',
      slow: false,
      freeBytes: null,
      sizeBytes: null,
      syncMs: null,
      reason: null,
      since: isoTime(ports.clock.wallMs()),
    };
    this.pulse = new Pulse(() => this.look(), LOOK_MS, ports.setAlarm);
  }

  get standing(): DiskStanding {
    return this.last;
  }

  /** Looks now, and goes on doing so. Resolves once it has looked. */
  async now(): Promise<void> {
    await this.pulse.now();
  }

  async close(): Promise<void> {
    this.callOff();
    await this.pulse.close();
  }

  /** @throws RelaxdError `disk-full`, `store-failed` where the disk takes nothing */
  requireRoom(): void {
    const { state, reason, freeBytes } = this.last;
    if (state !== 'full' && state !== 'unwritable') return;
    throw new RelaxdError(state === 'full' ? 'disk-full' : 'store-failed', reason!, {
      path: this.folder,
      ...(freeBytes === null ? {} : { value: freeBytes }),
      limit: `${this.limits.keepFreeMiB} MiB`,
      retryAfterS: 10,
      hint:
        state === 'full'
          ? 'make room; nothing that was acknowledged is lost, and it goes on by itself'
          : 'see what the disk has; it goes on by itself once it can be written',
    });
  }

  /** Looks sooner where much is written, and does not wait for the look where what is kept free is being written on already. */
  wrote(bytes: number): void {
    this.writtenBytes += bytes;
    const { freeBytes } = this.last;
    const left = freeBytes === null ? Infinity : (freeBytes - this.writtenBytes) / MIB;
    if (left < this.limits.keepFreeMiB && this.obstacle() === null) {
      const { keepFreeMiB } = this.limits;
      return this.note(
        'disk-full',
        `some ${Math.max(0, left).toFixed(1)} MiB are free at ${this.folder}, ${keepFreeMiB} are kept free`,
      );
    }
    if (this.writtenBytes >= Math.max(1, this.limits.keepFreeMiB / 4) * MIB) this.soon();
  }

  /** Looks sooner where something else took long to be on the disk. */
  took(seconds: number): void {
    if (1000 * seconds >= this.limits.slowMs) this.soon();
  }

  private soon(): void {
    const nowMs = this.ports.clock.monotonicMs();
    if (nowMs - this.lookedAtMs >= LEAST_LOOK_MS) void this.pulse.now();
  }

  /** Something else has found out before the next look does. @param code of what was thrown; others than a disk's change nothing */
  note(code: ErrorCode, message: string): void {
    if (code !== 'disk-full' && code !== 'file-unwritable' && code !== 'store-failed') return;
    if (code === 'disk-full' && this.last.state !== 'full') {
      const before = this.last;
      const since = isoTime(this.ports.clock.wallMs());
      this.last = { ...before, state: 'full', reason: `the disk is full: ${message}`, since };
      this.tell(before);
      this.ports.changed(this.last);
    }
    void this.pulse.now();
  }

  /** Why no run may begin; null: one may. */
  obstacle(): string | null {
    const { state, reason } = this.last;
    return state === 'full' || state === 'unwritable' ? reason : null;
  }

  private async look(): Promise<void> {
    this.lookedAtMs = this.ports.clock.monotonicMs();
    this.writtenBytes = 0;
    const look = await (this.ports.look ?? lookAt)(this.folder, this.ports.clock);
    const before = this.last;
    const { state, reason } = this.judged(look);
    const isSlow = look.syncMs !== null && look.syncMs >= this.limits.slowMs;
    this.slowLooks = isSlow ? this.slowLooks + 1 : 0;
    // One slow write is nothing, and one that was not does not end it.
    const slow = this.slowLooks >= 2 || (before.slow && isSlow);
    const same = state === before.state && slow === before.slow;
    const { freeBytes, sizeBytes, syncMs } = look;
    const since = same ? before.since : isoTime(this.ports.clock.wallMs());
    this.last = { state, slow, freeBytes, sizeBytes, syncMs, reason, since };
    if (!same) {
      this.tell(before);
      this.ports.changed(this.last);
    }
    if (state !== 'ok' || isSlow) {
      this.callOff();
      this.callOff = this.ports.setAlarm(LOOK_AGAIN_MS, () => void this.pulse.now());
    }
  }

  private judged({ error, freeBytes }: DiskLook): Pick<DiskStanding, 'state' | 'reason'> {
    const { folder, limits } = this;
    const { warnFreeMiB, keepFreeMiB } = limits;
    if (error !== null && !FULL.includes(error.code ?? '')) {
      return { state: 'unwritable', reason: `${folder} cannot be written: ${error.message}` };
    }
    const free = freeBytes === null ? 0 : freeBytes / MIB;
    const left = `${free.toFixed(free < 10 ? 1 : 0)} MiB are free at ${folder}`;
    if (error !== null || free < keepFreeMiB) {
      return { state: 'full', reason: `the disk is full: ${left}, ${keepFreeMiB} are kept free` };
    }
    if (free < warnFreeMiB) {
      return { state: 'low', reason: `the disk is filling: ${left}, ${warnFreeMiB} are wanted` };
    }
    return { state: 'ok', reason: null };
  }

  private tell(before: DiskStanding): void {
    const { state, slow, reason, freeBytes, syncMs } = this.last;
    const fields = { alarm: `disk-${state}`, freeBytes, syncMs };
    if (state !== before.state) {
      if (state === 'ok') this.ports.log('info', 'the disk has room and can be written', fields);
      else this.ports.log(state === 'low' ? 'warn' : 'error', reason!, fields);
    }
    if (slow !== before.slow) {
      const took = syncMs === null ? '' : `: a small write took ${Math.round(syncMs)} ms`;
      this.ports.log(
        slow ? 'warn' : 'info',
        slow ? `the disk is slow${took}` : 'the disk is as fast as it should be',
        { ...fields, alarm: 'disk-slow' },
      );
    }
  }
}

/** One look at a folder's disk. The file is made anew each time: to write over one needs no room. */
async function lookAt(folder: string, clock: Clock): Promise<DiskLook> {
  let freeBytes: number | null = null;
  let sizeBytes: number | null = null;
  try {
    const { bavail, blocks, bsize } = await statfs(folder);
    freeBytes = bavail * bsize;
    sizeBytes = blocks * bsize;
    const path = join(folder, '.probe');
    const beganMs = clock.monotonicMs();
    const file = await open(path, 'w');
    try {
      await file.write(new Uint8Array(PROBE_BYTES));
      await file.datasync();
    } finally {
      await file.close();
      await unlink(path);
    }
    return { freeBytes, sizeBytes, syncMs: clock.monotonicMs() - beganMs, error: null };
  } catch (error) {
    return { freeBytes, sizeBytes, syncMs: null, error: error as NodeJS.ErrnoException };
  }
}
