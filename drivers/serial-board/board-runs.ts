import { asRelaxdError, RelaxdError, unlessAborted } from '../../src/core/index.js';
import {
  readoutTimes,
  resolveProgram,
  type DeviceEventSource,
  type DeviceResult,
  type DeviceStatus,
  type Program,
  type RunPlan,
} from '../../src/device/index.js';
import {
  BoardError,
  BoardState,
  Status,
  type BankState,
  type BoardClient,
  type BoardHello,
} from '../../src/link/index.js';
import { armRequest } from './arm-request.js';
import type { BoardDeviceParts, BoardLink } from './board-link.js';
import { boardClock } from './board-clock.js';
import { boardProgram } from './board-program.js';
import { BoardRun } from './board-run.js';
import { linkNotes } from './link-notes.js';
import type { BoardOptions } from './options.js';
import { OrphanRun } from './orphan-run.js';
import { parameterValues } from './parameter-values.js';

const ABORT_MS = 1000;
const READOUT_SCALE = 'readoutScale';

/** What is in the board's active bank. */
export interface Loaded {
  readonly program: Program;
  readonly bank: BankState;
  readonly warnings: readonly string[];
}

/** The runs of a board, one after the other: armed, started, and ended, also where the link is lost meanwhile. */
export class BoardRuns {
  private run: BoardRun | null = null;
  private orphan: OrphanRun | null = null;

  constructor(
    private readonly device: string,
    private readonly options: BoardOptions,
    private readonly parts: Pick<BoardDeviceParts, 'timeline'> & { readonly draw: () => number },
    private readonly status: DeviceStatus,
    private readonly events: DeviceEventSource,
    private readonly link: BoardLink,
  ) {}

  /** The one that was armed last; it may be over. */
  get current(): BoardRun | null {
    return this.run;
  }

  /** @param loaded null: nothing is */
  async arm(loaded: Loaded | null, plan: RunPlan, signal?: AbortSignal): Promise<void> {
    const client = this.link.online();
    const { program, bank, warnings } = this.status.requireLoaded(loaded);
    await this.status.step('arm');
    let run: BoardRun | null = null;
    try {
      const scale = (await parameterValues(client, signal)).get(READOUT_SCALE) ?? 1;
      const descriptor = this.link.described();
      const held = boardProgram(resolveProgram(program, descriptor, plan.seed), descriptor);
      const times = readoutTimes(held.program);
      const runId = this.parts.draw();
      const watchdogMs = Math.min(this.options.watchdogMs, client.hello.maxWatchdogMs);
      const armed: BoardRun = new BoardRun({
        runId,
        held,
        times,
        scale,
        warnings,
        events: this.events,
        timeline: this.parts.timeline,
        fetch: () => client.readResult(runId),
        giveUp: () => void this.abandon(client, armed),
        clock: () => boardClock(client, this.parts.timeline),
        notes: (clock) => linkNotes(client, clock),
        ended: (failure) => this.ended(client, armed, failure),
      });
      this.run = run = armed;
      const { seed } = plan;
      const { maxRunSeconds } = this.options;
      const request = armRequest(held, times, { runId, bank, seed, watchdogMs, maxRunSeconds });
      await client.call('arm', request, { signal });
      client.startHeartbeat(watchdogMs);
    } catch (error) {
      // The board may have armed it without our hearing so.
      if (run !== null) await this.abandon(client, run);
      this.run = null;
      if (this.status.equipment === 'armed') await this.status.step('disarm');
      throw error;
    }
  }

  private async abandon(client: BoardClient, { runId }: BoardRun): Promise<void> {
    client.stopHeartbeat();
    await client.call('abort', { runId }, { deadlineMs: ABORT_MS }).catch(() => undefined);
  }

  private async ended(
    client: BoardClient,
    run: BoardRun,
    failure: RelaxdError | null,
  ): Promise<void> {
    client.stopHeartbeat();
    if (this.run !== run) return;
    if (this.status.equipment === 'acquiring') {
      await this.status.step('finished', failure === null ? null : failure.message);
    } else if (this.status.equipment === 'armed') await this.status.step('disarm');
  }

  async start(signal?: AbortSignal): Promise<void> {
    const run = this.status.requireRun(this.run, 'start');
    const client = this.link.online();
    await this.status.step('start');
    try {
      await client.call('start', { runId: run.runId }, { signal });
    } catch (error) {
      await this.abandon(client, run);
      await run.fail(asRelaxdError(error));
      throw error;
    }
  }

  async pauseAtShot(signal?: AbortSignal): Promise<void> {
    const run = this.status.requireAcquiring(this.run, 'pause');
    if (run.isPaused || run.isOver) return;
    await this.ask('pause', run, signal);
    await run.standsStill();
  }

  async resume(signal?: AbortSignal): Promise<void> {
    const run = this.status.requireAcquiring(this.run, 'resume');
    try {
      await this.ask('resume', run, signal);
    } catch (error) {
      // It goes on already.
      if (error instanceof BoardError && error.status === Status.ILLEGAL_STATE) return;
      throw error;
    }
  }

  async end(call: 'stop' | 'abort', signal?: AbortSignal): Promise<void> {
    const { run } = this;
    if (run === null || run.isOver) {
      if (call === 'stop') this.status.requireRun(run, 'stop');
      await run?.over;
      return;
    }
    const wasArmed = this.status.equipment === 'armed';
    const failure = new RelaxdError('aborted', 'the run was aborted');
    if (call === 'abort' || wasArmed) run.willFail(failure);
    await this.ask(call, run, signal);
    await run.over;
    if (wasArmed && this.run === run) this.run = null;
  }

  /** A run may end by itself in the moment that something is asked of it. */
  private async ask(
    call: 'pause' | 'resume' | 'stop' | 'abort',
    run: BoardRun,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    try {
      await this.link.online().call(call, { runId: run.runId }, { signal });
    } catch (error) {
      const over =
        error instanceof BoardError &&
        (error.status === Status.ILLEGAL_STATE ||
          error.status === Status.NOT_FOUND ||
          error.status === Status.SAFE) &&
        (error.state === BoardState.STATE_STANDBY || error.state === BoardState.STATE_SAFE);
      if (!over) throw error;
      await run.over;
    }
  }

  async result(signal?: AbortSignal): Promise<DeviceResult> {
    return unlessAborted(this.status.requireRun(this.run, 'read a result').result, signal);
  }

  /** The link is lost: why, is known when the board answers again. */
  orphaned(before: BoardHello, reason: string): void {
    const { run, device } = this;
    if (run === null || run.isOver) return;
    this.orphan = new OrphanRun(run, device, before, reason, this.parts.timeline);
  }

  /** A board answers after the link was lost. */
  found(hello: BoardHello): void {
    this.orphan?.found(hello);
  }

  /** None does. */
  notFound(): void {
    this.orphan?.giveUp();
  }

  /** @param client null: the board cannot be told */
  async close(client: BoardClient | null): Promise<void> {
    this.orphan?.giveUp();
    const { run } = this;
    if (run === null || run.isOver) return;
    const { runId } = run;
    await client?.call('abort', { runId }, { deadlineMs: ABORT_MS }).catch(() => undefined);
    await run.fail(new RelaxdError('aborted', `${this.device} was closed`));
  }
}
