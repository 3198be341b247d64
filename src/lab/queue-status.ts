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

/** Seconds that a run under way still takes: from its own pace, once it has one. */
function leftS(row: JobRow | undefined, runS: number | null, nowMs: number): number | null {
  if (row === undefined) return 0;
  const { fraction } = row.progress;
  if (fraction === 0 || row.startedAt === null) return runS;
  return ((nowMs - Date.parse(row.startedAt)) / 1000 / fraction) * (1 - fraction);
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
  const away = new Set([...held, ...waiting]);
  const active = rows.filter((row) => !away.has(row));
  const running = new Map(active.map((row) => [row.device, row]));
  const order = queueOrder(nowMs);
  const positions = new Map<string, number>();
  const item = (row: JobRow, inLine: boolean): QueueItem => {
    let position: number | null = null;
    let startsInS: number | null = null;
    const waitsFor = inLine ? scheduler.waitsFor(row) : null;
    if (inLine) {
      position = positions.get(row.device) ?? 0;
      positions.set(row.device, position + 1);
      if (waitsFor === null) {
        const runS = runTimes.of(row.device);
        const left = leftS(running.get(row.device), runS, nowMs);
        if (left !== null && position === 0) startsInS = left;
        else if (left !== null && runS !== null) startsInS = left + position * runS;
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
