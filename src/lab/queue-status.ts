import type { JobRow } from './job.js';
import type { QueueItem, QueueStatus } from './lab-events.js';
import { effectivePriority, queueOrder, type Scheduler } from './scheduler.js';

/** Weight of the newest run in the mean of what a device's runs take. */
const NEWEST = 0.3;

/** What runs take, device by device: an exponentially weighted mean. */
export class RunTimes {
  private readonly seconds = new Map<string, number>();

  add(device: string, seconds: number): void {
    const before = this.seconds.get(device);
    this.seconds.set(device, before === undefined ? seconds : before + NEWEST * (seconds - before));
  }

  of(device: string): number | null {
    return this.seconds.get(device) ?? null;
  }
}

export function queueStatus(options: {
  readonly revision: number;
  readonly rows: readonly JobRow[];
  readonly devices: readonly string[];
  readonly nowMs: number;
  readonly scheduler: Scheduler;
  readonly runTimes: RunTimes;
}): QueueStatus {
  const { rows, devices, nowMs, scheduler, runTimes } = options;
  const held = rows.filter((row) => row.state === 'held');
  const waiting = rows.filter((row) => ['submitted', 'validated', 'queued'].includes(row.state));
  const active = rows.filter((row) => !held.includes(row) && !waiting.includes(row));
  const order = queueOrder(nowMs);
  const positions = new Map<string, number>();
  const item = (row: JobRow, inLine: boolean): QueueItem => {
    let position: number | null = null;
    let startsInS: number | null = null;
    const waitsFor = inLine ? scheduler.waitsFor(row) : null;
    if (inLine) {
      position = positions.get(row.device) ?? 0;
      positions.set(row.device, position + 1);
      const runS = runTimes.of(row.device);
      if (runS !== null && waitsFor === null) {
        const current = active.find((other) => other.device === row.device);
        const left = current === undefined ? 0 : (1 - current.progress.fraction) * runS;
        startsInS = left + position * runS;
      }
    }
    return {
      job: row.id,
      kind: row.kind,
      device: row.device,
      state: row.state,
      priority: row.priority,
      effectivePriority: effectivePriority(row, nowMs),
      position,
      waitedS: Math.max(
        0,
        ((row.startedAt === null ? nowMs : Date.parse(row.startedAt)) - Date.parse(row.createdAt)) /
          1000,
      ),
      waitsFor,
      startsInS,
    };
  };
  return {
    revision: options.revision,
    quiescent: active.length === 0 && waiting.length === 0,
    depth: waiting.length,
    held: held.length,
    active: active.length,
    items: [
      ...active.map((row) => item(row, false)),
      ...waiting.sort(order).map((row) => item(row, true)),
      ...held.sort(order).map((row) => item(row, false)),
    ],
    devices: devices.map((device) => ({
      device,
      job: scheduler.leaseOf(device),
      depth: waiting.filter((row) => row.device === device).length,
      runS: runTimes.of(device),
    })),
  };
}
