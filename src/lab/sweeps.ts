import { asRelaxdError, isoTime, RelaxdError, type Clock, type IdSource } from '../core/index.js';
import { failureOf, type JobBook } from './job-book.js';
import type { JobRow } from './job.js';
import { firstSteps, newJob } from './new-job.js';
import { isTerminal, type JobAction, type JobEvent } from './next-job.js';
import { pointContender, singleContender, type Contender } from './queue-order.js';
import type { Log } from './log.js';
import type { NewJob, Store } from './store.js';
import { countPoints, endedPoints, type SweepCounts } from './sweep-counts.js';
import { axesOf, deviceAt, sweepRow, sweepWarnings, type SweepDocument } from './sweep-document.js';
import { pointsMayBegin, sweepEnd, whyPointsEnd } from './sweep-end.js';
import { bodyAt, planOf, type SweepBody, type SweepPlan } from './sweep-points.js';

/** Points that are stored at once. */
const POINTS_AT_ONCE = 500;
/** Points that are ended at once. */
const ENDED_AT_ONCE = 64;
/** Points of a sweep that stand in the line of a device: the next one, and those behind it where it has to wait for something. */
const POINTS_IN_LINE = 4;
const POINTS_LOOKED_AT = 64;
/** Progress is stored, and so announced, at most so often. */
const PROGRESS_EVERY_MS = 500;
/** Plans that are kept: a base may be large. */
const MOST_PLANS = 8;
/** A store that fails is tried again after so long. */
const TRY_AGAIN_MS = 5000;

export interface SweepPorts {
  readonly book: JobBook;
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  /** An action on the run of a point that is under way. */
  readonly act: (point: string, action: JobAction) => Promise<unknown>;
  readonly setAlarm: (delayMs: number, ring: () => void) => () => void;
  readonly isClosed: () => boolean;
  /** The line has changed. */
  changed(): void;
  /** So many points further on a node of several begins, so that not all of them begin with the same one. */
  ahead(): number;
}

/**
 * Sweeps: jobs that are made of points, each of them a job of its own. Everything that is to happen follows from the rows of sweep
 * and points, as they are stored: after a restart it is looked at again, and goes on.
 */
export class Sweeps {
  private readonly plans = new Map<string, SweepPlan>();
  /** Sweeps that are being looked at; true: once more after that. */
  private readonly busy = new Map<string, boolean>();
  private readonly underWay = new Set<Promise<void>>();
  private readonly progressAtMs = new Map<string, number>();
  private readonly alarms = new Map<string, () => void>();
  /** Sweeps whose points were paused with them. */
  private readonly paused = new Set<string>();

  constructor(private readonly ports: SweepPorts) {}

  /** Looks at every open sweep: for the start. */
  begin(): void {
    for (const row of this.ports.book.open()) if (row.sweep !== null) this.look(row.id);
  }

  async close(): Promise<void> {
    for (const callOff of this.alarms.values()) callOff();
    while (this.underWay.size > 0) await Promise.allSettled([...this.underWay]);
  }

  /** A job has changed. */
  jobChanged(row: JobRow): void {
    if (row.parent !== null) this.look(row.parent);
    else if (row.sweep !== null && !isTerminal(row.state)) this.look(row.id);
    if (isTerminal(row.state) && row.sweep !== null) this.forget(row.id);
  }

  private forget(sweep: string): void {
    this.progressAtMs.delete(sweep);
    this.paused.delete(sweep);
    this.alarms.get(sweep)?.();
    this.alarms.delete(sweep);
  }

  /** The body that a job is prepared from. */
  async bodyOf(row: JobRow): Promise<unknown> {
    if (row.parent === null) return this.ports.store.jobBody(row.id);
    return bodyAt(await this.planOf(await this.ports.book.find(row.parent)), row.point!);
  }

  /** What a sweep is made of. */
  async planOf(sweep: JobRow): Promise<SweepPlan> {
    const known = this.plans.get(sweep.id);
    if (known !== undefined) return known;
    const plan = planOf((await this.ports.store.jobBody(sweep.id)) as SweepBody, sweep.seed!);
    this.plans.set(sweep.id, plan);
    for (const oldest of this.plans.keys()) {
      if (this.plans.size <= MOST_PLANS) break;
      this.plans.delete(oldest);
    }
    return plan;
  }

  countsOf(sweep: JobRow): SweepCounts {
    const { counts } = sweep.sweep!;
    if (isTerminal(sweep.state)) return counts;
    return countPoints(counts.points, this.ports.book.points(sweep.id).counts);
  }

  /** Who stands in the lines of the devices. */
  *contenders(): Generator<Contender, void, undefined> {
    const { book, clock } = this.ports;
    const nowMs = clock.wallMs();
    for (const row of book.open()) {
      if (row.sweep === null) {
        if (row.state === 'queued') yield singleContender(row);
      } else if (pointsMayBegin(row, this.countsOf(row), nowMs)) {
        const shelf = book.points(row.id);
        for (const device of shelf.devices) yield* this.inLine(row, device);
      }
    }
  }

  private *inLine(sweep: JobRow, device: string): Generator<Contender, void, undefined> {
    const shelf = this.ports.book.points(sweep.id);
    const turnMs = shelf.lastTurnMs(device);
    const nowMs = this.ports.clock.wallMs();
    const ahead = this.ports.ahead();
    const first = shelf.waitingOn(device) > ahead + POINTS_IN_LINE ? ahead : 0;
    let looked = -first;
    let yielded = 0;
    for (const point of shelf.next(device)) {
      if (++looked > POINTS_LOOKED_AT || yielded === POINTS_IN_LINE) return;
      if (looked <= 0) continue;
      if (point.notBefore !== null && Date.parse(point.notBefore) > nowMs) continue;
      yielded++;
      yield pointContender(point, sweep, turnMs);
    }
  }

  /**
   * A sweep's document, with rows from one on.
   *
   * @param range.from the first row's point
   */
  async document(
    sweep: JobRow,
    { from, limit }: { readonly from: number; readonly limit: number },
  ): Promise<SweepDocument> {
    const { store } = this.ports;
    const plan = await this.planOf(sweep);
    const stored = new Map(
      (await store.points(sweep.id, { from, limit })).map((row) => [row.point!, row]),
    );
    const end = Math.min(plan.points, from + limit);
    const rows = Array.from({ length: Math.max(0, end - from) }, (_, k) =>
      sweepRow(plan, from + k, stored.get(from + k) ?? null),
    );
    const counts = this.countsOf(sweep);
    return {
      version: 1,
      kind: 'sweep',
      job: sweep.id,
      state: sweep.state,
      seed: plan.seed,
      axes: axesOf(plan.dimensions),
      rows,
      counts,
      warnings: sweepWarnings(counts),
      next: end < plan.points ? end : null,
    };
  }

  /** Sees to it that what is due for a sweep is done. */
  look(sweep: string): void {
    if (this.ports.isClosed()) return;
    if (this.busy.has(sweep)) {
      this.busy.set(sweep, true);
      return;
    }
    this.busy.set(sweep, false);
    const work = this.advance(sweep)
      .catch((error: unknown) => this.failed(sweep, error))
      .finally(() => {
        this.underWay.delete(work);
        const again = this.busy.get(sweep) === true;
        this.busy.delete(sweep);
        if (again) this.look(sweep);
      });
    this.underWay.add(work);
  }

  private failed(sweep: string, thrown: unknown): void {
    const error = asRelaxdError(thrown);
    const { log } = this.ports;
    log('error', `sweep ${sweep}: ${error.message}`, { job: sweep, code: error.code });
    if (error.row.retryable || error.code === 'disk-full') this.lookAfter(sweep, TRY_AGAIN_MS);
  }

  private lookAfter(sweep: string, delayMs: number): void {
    if (this.ports.isClosed()) return;
    this.alarms.get(sweep)?.();
    this.alarms.set(
      sweep,
      this.ports.setAlarm(delayMs, () => {
        this.alarms.delete(sweep);
        this.look(sweep);
      }),
    );
  }

  private async advance(id: string): Promise<void> {
    const { book, clock, isClosed } = this.ports;
    let sweep = book.get(id);
    if (sweep?.sweep == null) return;
    const shelf = book.points(id);
    if (shelf.stored < sweep.sweep.counts.points) await this.storePoints(sweep);
    if (isClosed()) return;
    sweep = book.get(id) ?? sweep;
    let counts = this.countsOf(sweep);
    if (sweep.state === 'queued' && counts.waiting < counts.points && sweep.asked === null) {
      await this.step(id, { type: 'start' }, { startedAt: isoTime(clock.wallMs()) });
    }
    await this.tellPoints(book.get(id) ?? sweep, counts);
    sweep = book.get(id) ?? sweep;
    counts = this.countsOf(sweep);
    if (endedPoints(counts) === counts.points) return this.settle(sweep, counts);
    await this.tellProgress(sweep, counts);
  }

  /** Stores the points that are not stored yet; each is stored once, however often this is begun. */
  private async storePoints(sweep: JobRow): Promise<void> {
    const { book, ids, clock, isClosed } = this.ports;
    const plan = await this.planOf(sweep);
    const { kind } = plan.base as { readonly kind: string };
    for (let first = 0; first < plan.points && !isClosed(); first += POINTS_AT_ONCE) {
      const jobs: NewJob[] = [];
      const at = isoTime(clock.wallMs());
      for (let point = first; point < Math.min(plan.points, first + POINTS_AT_ONCE); point++) {
        const id = ids.next();
        const { priority, retry, reservation, by, size } = sweep;
        const row: JobRow = {
          ...newJob(id, at),
          kind,
          device: deviceAt(plan, point),
          priority,
          parent: sweep.id,
          point,
          retry,
          reservation,
          by,
          size,
        };
        const transitions = firstSteps(id, at);
        // The body follows from the sweep's: it is not stored ten thousand times.
        jobs.push({ row, body: { sweep: sweep.id, point }, transitions, idempotency: null });
      }
      await book.addPoints(jobs);
      this.ports.changed();
    }
  }

  /** Ends, pauses or lets go on what points have to follow their sweep in. */
  private async tellPoints(sweep: JobRow, counts: SweepCounts): Promise<void> {
    const { book, clock, act } = this.ports;
    const why = whyPointsEnd(sweep, counts, clock.wallMs());
    const action = this.actionFor(sweep);
    if (why === null && action === null) return;
    const points = [...book.points(sweep.id).openPoints()];
    if (why !== null) {
      const error =
        why === 'expire'
          ? failureOf(
              new RelaxdError('deadline-passed', `the point still waited at ${sweep.deadline}`, {
                value: sweep.deadline,
              }),
            )
          : null;
      const waiting = points.filter(({ state }) => state === 'queued' || state === 'held');
      for (let k = 0; k < waiting.length; k += ENDED_AT_ONCE) {
        await Promise.all(
          waiting
            .slice(k, k + ENDED_AT_ONCE)
            .map(({ id }) => this.step(id, { type: why }, { error })),
        );
      }
    }
    const running = points.filter(({ state }) => state !== 'queued' && state !== 'held');
    if (action === null) return;
    for (const { id } of running) {
      // What cannot be paused goes on to its end; what has ended meanwhile has.
      await act(id, action).catch(() => undefined);
    }
  }

  /** What the points that are under way are asked for, too. */
  private actionFor({ id, asked, state }: JobRow): JobAction | null {
    if (asked === 'cancel' || asked === 'abort') return asked;
    if (state === 'paused') {
      this.paused.add(id);
      return 'pause';
    }
    return this.paused.delete(id) ? 'resume' : null;
  }

  private async settle(sweep: JobRow, counts: SweepCounts): Promise<void> {
    const { book } = this.ports;
    const shelf = book.points(sweep.id);
    const { end, error } = sweepEnd(sweep, counts, shelf.firstFailure);
    await this.step(
      sweep.id,
      { type: 'settle', end },
      {
        error: error === null ? null : failureOf(error),
        progress: { fraction: endedPoints(counts) / counts.points, shots: shelf.shots },
        sweep: { ...sweep.sweep!, counts },
      },
    );
  }

  private async tellProgress(sweep: JobRow, counts: SweepCounts): Promise<void> {
    const { book, clock } = this.ports;
    const before = sweep.sweep!.counts;
    const same = (Object.keys(counts) as (keyof SweepCounts)[]).every(
      (name) => counts[name] === before[name],
    );
    if (same) return;
    const nowMs = clock.monotonicMs();
    const dueMs = (this.progressAtMs.get(sweep.id) ?? -Infinity) + PROGRESS_EVERY_MS;
    if (nowMs < dueMs) {
      if (!this.alarms.has(sweep.id)) this.lookAfter(sweep.id, dueMs - nowMs);
      return;
    }
    this.progressAtMs.set(sweep.id, nowMs);
    const progress = {
      fraction: endedPoints(counts) / counts.points,
      shots: book.points(sweep.id).shots,
    };
    await book.update(sweep.id, { progress, sweep: { ...sweep.sweep!, counts } });
  }

  /** A step that something else may have made impossible meanwhile. */
  private async step(id: string, event: JobEvent, patch: Partial<JobRow>): Promise<void> {
    try {
      await this.ports.book.change(id, event, { patch });
    } catch (error) {
      if (asRelaxdError(error).code !== 'illegal-transition') throw error;
    }
  }
}
