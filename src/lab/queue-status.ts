import type { JobRow } from './job.js';
import type { QueueItem, QueueStatus } from './lab-events.js';
import { effectivePriority, queueOrder, singleContender, type Contender } from './queue-order.js';
import type { PointShelf } from './point-shelf.js';
import type { Estimate, RunEstimates } from './run-estimates.js';
import type { Scheduler } from './scheduler.js';
import type { SweepCounts } from './sweep-counts.js';

export interface QueueView {
  readonly revision: number;
  readonly alarms: QueueStatus['alarms'];
  readonly draining: boolean;
  /** Jobs that have not ended; of sweeps not their points. */
  readonly rows: readonly JobRow[];
  readonly devices: readonly string[];
  readonly nowMs: number;
  readonly scheduler: Pick<Scheduler, 'waitsFor' | 'leaseOf' | 'asideOn'>;
  readonly estimates: RunEstimates;
  /** An open job, a point too. */
  job(id: string): JobRow | undefined;
  points(sweep: string): PointShelf;
  counts(sweep: JobRow): SweepCounts;
  /** Of sweeps the points that come next. */
  contenders(): Iterable<Contender>;
  /** Why a device is nobody's at present, or somebody's. */
  note(device: string): string | null;
}

const WAITING = ['submitted', 'validated', 'queued'];

/** An expected time and its variance; null: not known. */
type Expected = { readonly seconds: number; readonly variance: number } | null;

const NOW: Expected = { seconds: 0, variance: 0 };
const later = (a: Expected, b: Estimate | null): Expected =>
  a === null || b === null
    ? null
    : { seconds: a.seconds + b.seconds, variance: a.variance + b.spreadS ** 2 };

export function queueStatus(view: QueueView): QueueStatus {
  const { rows, devices, nowMs, scheduler, estimates } = view;
  const singles = rows.filter((row) => row.sweep === null);
  const sweeps = rows.filter((row) => row.sweep !== null);
  const held = singles.filter(({ state }) => state === 'held');
  const waiting = singles.filter(({ state }) => WAITING.includes(state));
  const active = singles.filter(({ state }) => state !== 'held' && !WAITING.includes(state));
  const counts = new Map(sweeps.map((row) => [row.id, view.counts(row)]));
  const open = new Set(['queued', 'running']);
  const goesOn = (row: JobRow): boolean => open.has(row.state) || row.asked !== null;
  const sum = (of: readonly JobRow[], member: 'waiting' | 'active'): number =>
    of.reduce((total, { id }) => total + counts.get(id)![member], 0);

  const lines = linesOf(view);
  const places = new Map<string, { position: number; startsIn: Expected }>();
  for (const [device, line] of lines) {
    let startsIn: Expected = leftOn(view, device);
    for (const [position, { row }] of line.entries()) {
      const key = row.parent ?? row.id;
      const known = places.get(key);
      const place = { position, startsIn };
      if (known === undefined || position < known.position) places.set(key, place);
      startsIn = later(startsIn, estimates.of(device, row.kind, row.size));
    }
  }

  const item = (row: JobRow, inLine: boolean): QueueItem => {
    const contender = singleContender(row);
    const waitsFor = inLine && row.sweep === null ? scheduler.waitsFor(row) : null;
    const place = inLine ? places.get(row.id) : undefined;
    const startsIn = place === undefined || waitsFor !== null ? null : place.startsIn;
    const runs = estimates.of(row.device, row.kind, row.size);
    return {
      job: row.id,
      kind: row.kind,
      device: row.device,
      state: row.state,
      priority: row.priority,
      effectivePriority: row.sweep === null ? effectivePriority(contender, nowMs) : row.priority,
      position: place?.position ?? null,
      waitedS: Math.max(
        0,
        ((row.startedAt === null ? nowMs : Date.parse(row.startedAt)) - Date.parse(row.createdAt)) /
          1000,
      ),
      waitsFor,
      startsInS: startsIn === null ? null : startsIn.seconds,
      startsInSpreadS: startsIn === null ? null : Math.sqrt(startsIn.variance),
      runS: row.sweep === null ? (runs?.seconds ?? null) : null,
      runSpreadS: row.sweep === null ? (runs?.spreadS ?? null) : null,
      ...(row.sweep === null ? {} : { points: counts.get(row.id)! }),
    };
  };
  const order = queueOrder(nowMs);
  const inOrder = (list: readonly JobRow[]): JobRow[] =>
    list
      .map(singleContender)
      .sort(order)
      .map(({ row }) => row);
  const going = sweeps.filter((row) => row.state === 'running' || row.state === 'paused');
  const rest = sweeps.filter((row) => !going.includes(row));
  const openSweeps = sweeps.filter(goesOn);
  const nActive = active.length + sum(sweeps, 'active');
  return {
    revision: view.revision,
    alarms: view.alarms,
    draining: view.draining,
    quiescent: nActive === 0 && waiting.length === 0 && sum(openSweeps, 'waiting') === 0,
    depth: waiting.length + sum(openSweeps, 'waiting'),
    held: held.length + sweeps.filter(({ state }) => state === 'held').length,
    active: nActive,
    items: [
      ...[...active, ...going].map((row) => item(row, row.sweep !== null)),
      ...inOrder([...waiting, ...rest.filter(({ state }) => state !== 'held')]).map((row) =>
        item(row, true),
      ),
      ...inOrder([...held, ...rest.filter(({ state }) => state === 'held')]).map((row) =>
        item(row, false),
      ),
    ],
    devices: devices.map((device) => {
      const known = estimates.ofDevice(device);
      return {
        device,
        job: scheduler.leaseOf(device),
        aside: scheduler.asideOn(device),
        note: view.note(device),
        depth:
          waiting.filter((row) => row.device === device).length +
          openSweeps.reduce((total, { id }) => total + view.points(id).waitingOn(device), 0),
        runS: known?.seconds ?? null,
        runSpreadS: known?.spreadS ?? null,
      };
    }),
  };
}

/** Who stands in which line, in the order in which they go; of a sweep the next point. Those who have to wait stand there, too. */
function linesOf(view: QueueView): Map<string, Contender[]> {
  const lines = new Map<string, Contender[]>();
  const sweeps = new Set<string>();
  for (const contender of view.contenders()) {
    const { row } = contender;
    if (row.parent !== null) {
      const key = `${row.parent}\n${row.device}`;
      if (sweeps.has(key)) continue;
      sweeps.add(key);
    }
    const line = lines.get(row.device) ?? [];
    line.push(contender);
    lines.set(row.device, line);
  }
  const order = queueOrder(view.nowMs);
  for (const line of lines.values()) line.sort(order);
  return lines;
}

/** What the run under way on a device still takes: from its own pace, once it has one. */
function leftOn(view: QueueView, device: string): Expected {
  const id = view.scheduler.leaseOf(device);
  const row = id === null ? undefined : view.job(id);
  if (row === undefined) return NOW;
  const known = view.estimates.of(device, row.kind, row.size);
  const { fraction } = row.progress;
  if (fraction === 0 || row.startedAt === null) return later(NOW, known);
  const gone = (view.nowMs - Date.parse(row.startedAt)) / 1000;
  const left = (gone / fraction) * (1 - fraction);
  const share = known === null ? 0 : (known.spreadS / Math.max(known.seconds, 1e-9)) * left;
  return { seconds: left, variance: (share * (1 - fraction)) ** 2 };
}
