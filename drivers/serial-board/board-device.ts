import { randomInt } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import {
  asRelaxdError,
  isoTime,
  RelaxdError,
  throwIfAborted,
  throwViolations,
  unlessAborted,
  type Timeline,
  type Violation,
} from '../../src/core/index.js';
import {
  descriptorHash,
  DeviceEventSource,
  DeviceStatus,
  nextEquipment,
  programHash,
  programViolations,
  readoutTimes,
  resolveProgram,
  validateProgram,
  writableParameter,
  type Descriptor,
  type Device,
  type DeviceEventName,
  type DeviceListener,
  type DeviceResult,
  type DriverContext,
  type EquipmentState,
  type HealthReport,
  type LinkState,
  type LoadReceipt,
  type Origin,
  type ParameterReading,
  type Program,
  type RunPlan,
} from '../../src/device/index.js';
import {
  BoardClient,
  BoardError,
  BoardState,
  FASTER_BAUDS,
  FAULT_BITS,
  faultNames,
  FIRST_BAUD,
  LogLevel,
  Status,
  type BankState,
  type BoardEvent,
  type BoardHello,
  type Fault,
  type LinkStatistics,
  type LogEntry,
} from '../../src/link/index.js';
import { armRequest } from './arm-request.js';
import type { BoardLine, LineSource } from './board-line.js';
import { boardChecks } from './board-checks.js';
import { boardProgram, type BoardProgram } from './board-program.js';
import { BoardRun } from './board-run.js';
import { toldDescriptor } from './told-descriptor.js';
import { linkViolations } from './link-violations.js';
import { OrphanRun } from './orphan-run.js';
import type { BoardOptions } from './options.js';
import { ReconnectLadder, type NextTry } from './reconnect.js';

const DRIVER = 'serial-board';
const ABORT_MS = 1000;
const HOST_REQUEST = 1 << FAULT_BITS.indexOf('HOST_REQUEST');
const READOUT_SCALE = 'readoutScale';
const MOST_RUN_ID = 2 ** 32 - 1;
const LOG_LEVELS = {
  [LogLevel.LOG_DEBUG]: 'debug',
  [LogLevel.LOG_INFO]: 'info',
  [LogLevel.LOG_WARN]: 'warn',
  [LogLevel.LOG_ERROR]: 'error',
} as const;

/** What is in the board's active bank. */
interface Loaded {
  readonly program: Program;
  readonly bank: BankState;
  readonly warnings: readonly string[];
}

interface Latched {
  readonly id: string;
  readonly number: number;
  readonly cause: string;
}

export interface BoardDeviceParts {
  readonly source: LineSource;
  readonly timeline: Timeline;
  readonly log: DriverContext['log'];
  /** Draws from [0, 1): the jitter of reconnects. */
  readonly uniform: () => number;
  /** Draws 1 … 2^32 − 1: numbers of runs, nonces. */
  readonly draw?: () => number;
}

/** A board at the other end of a line, as a device. */
export class BoardDevice implements Device {
  readonly driver = DRIVER;
  private readonly events = new DeviceEventSource();
  private readonly ladder: ReconnectLadder;
  private readonly draw: () => number;
  private readonly status: DeviceStatus;
  /** The board that this device is: the configured one, or the first that answered. */
  private identity: string | null;
  private descriptor: Descriptor | null = null;
  /** Descriptors by their hash, so that a reconnect need not fetch them. */
  private readonly known = new Map<string, string>();
  private line: BoardLine | null = null;
  private client: BoardClient | null = null;
  private connecting: Promise<void> | null = null;
  private connectingWith: AbortController | null = null;
  private loaded: Loaded | null = null;
  private run: BoardRun | null = null;
  private latched: Latched | null = null;
  private lastBaud = FIRST_BAUD;
  private orphan: OrphanRun | null = null;
  private closed = false;

  constructor(
    readonly id: string,
    private readonly options: BoardOptions,
    private readonly parts: BoardDeviceParts,
  ) {
    this.status = new DeviceStatus(id, this.events);
    this.identity = options.serial;
    this.draw = parts.draw ?? (() => randomInt(1, MOST_RUN_ID));
    this.ladder = new ReconnectLadder(options.reconnect, parts.timeline, parts.uniform, {
      planned: (next) => void this.planned(next),
      attempt: () => this.bringUp(undefined),
    });
  }

  /** The process or port behind it. */
  get source(): LineSource {
    return this.parts.source;
  }
  get origin(): Origin {
    return this.descriptor?.origin ?? this.options.origin ?? 'firmware-sim';
  }
  get serial(): string {
    return this.identity ?? 'unknown';
  }
  get link(): LinkState {
    return this.status.link;
  }
  get equipment(): EquipmentState {
    return this.status.equipment;
  }
  get reason(): string | null {
    return this.status.reason;
  }

  on<E extends DeviceEventName>(event: E, listener: DeviceListener<E>): () => void {
    return this.events.on(event, listener);
  }

  /** What was on the link since it was opened; null while there is none. */
  statistics(): LinkStatistics | null {
    return this.client?.statistics() ?? null;
  }

  // ---- Link ----------------------------------------------------------------------------------------------------------

  async connect(signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    if (this.link === 'online') return;
    this.closed = false;
    this.ladder.stop();
    try {
      await this.bringUp(signal);
    } catch (error) {
      // Plugged in later it comes by itself.
      if (!this.closed && asRelaxdError(error).code !== 'aborted') this.ladder.start();
      throw error;
    }
  }

  /** One try, shared by all who ask for it. */
  private bringUp(signal: AbortSignal | undefined): Promise<void> {
    this.connecting ??= this.tryOnce(signal).finally(() => {
      this.connecting = null;
      this.connectingWith = null;
    });
    return this.connecting;
  }

  private async tryOnce(signal: AbortSignal | undefined): Promise<void> {
    const calledOff = new AbortController();
    this.connectingWith = calledOff;
    const both = forManyCalls(calledOff.signal, ...(signal === undefined ? [] : [signal]));
    await this.status.setLink('connecting');
    let line: BoardLine | null = null;
    let client: BoardClient | null = null;
    try {
      line = await this.parts.source.open(this.identity, both);
      const opened = line;
      client = await BoardClient.open(line, this.parts.timeline, {
        hostBuild: 'relaxd',
        listener: {
          event: (event) => this.take(event),
          samples: (rows) => this.run?.takeRows(rows),
          gap: (loss) => this.run?.takeLoss(loss),
          log: (entry) => this.takeLog(entry),
          link: (state, reason) => {
            if (opened !== this.line) return;
            if (state === 'down') this.lose(reason);
            else void this.status.setLink(state, state === 'online' ? undefined : reason);
          },
          restarted: (hello) => void this.restarted(hello),
        },
        signal: both,
        ...(line.setBaud === null ? {} : { rates: this.ratesToLookAt() }),
        ...(this.identity === null ? {} : { expectSerial: this.identity }),
        ...(this.parts.draw === undefined ? {} : { draw: this.parts.draw }),
      });
      if (line.setBaud !== null && this.options.baudRates.length > 0) {
        await client.negotiateBaud(this.options.baudRates, both);
      }
      this.lastBaud = client.lineBaud;
      const { hello } = client;
      this.orphan?.found(hello);
      await this.learn(client, hello.serial, both);
      this.line = line;
      this.client = client;
      await this.synchronise(client, both);
    } catch (error) {
      this.line = null;
      this.client = null;
      client?.close();
      await line?.close();
      const failure = asRelaxdError(error, 'driver-failed');
      this.orphan?.giveUp();
      if (!this.closed) {
        this.status.reason = failure.message;
        await this.status.setLink('offline', failure.message);
      }
      throw failure;
    }
    line.onEnd((reason) => {
      if (this.line === line) this.lose(`${this.parts.source.where}: ${reason}`);
    });
    if (this.line === line) await this.status.setLink('online');
  }

  /** A board that was not told that its host went is still at the rate that it was. */
  private ratesToLookAt(): readonly number[] {
    return [...new Set([FIRST_BAUD, this.lastBaud, ...this.options.baudRates, ...FASTER_BAUDS])];
  }

  /** Who the board is. @throws RelaxdError `driver-failed` where its descriptor is none */
  private async learn(client: BoardClient, serial: string, signal: AbortSignal): Promise<void> {
    const { sha256, text } = await client.descriptor(this.known, signal);
    this.known.set(sha256, text);
    this.descriptor = toldDescriptor(text, {
      device: this.id,
      driver: DRIVER,
      serial,
      most: this.options.place.kind === 'simulator' ? 'firmware-sim' : 'hardware',
      configured: this.options.origin,
    });
    this.identity = serial;
  }

  /** What state the board is in, whoever was there before. */
  private async synchronise(client: BoardClient, signal?: AbortSignal): Promise<void> {
    const options = signal === undefined ? {} : { signal };
    let { state } = await client.call('getHealth', {}, options);
    if (state !== BoardState.STATE_SAFE && state !== BoardState.STATE_STANDBY) {
      // Nobody here knows that run any more.
      await client.call('enterSafeState', { cause: 'a host that is gone had armed it' }, options);
      state = BoardState.STATE_SAFE;
    }
    if (state === BoardState.STATE_SAFE) {
      await this.latch(await client.call('getFault', {}, options));
      return;
    }
    this.latched = null;
    if (this.equipment === 'fault') await this.status.step('clear');
    else if (this.equipment === 'safe') await this.status.step('connected');
    else if (this.equipment === 'standby') this.status.reason = null;
  }

  /** The link is gone: the board goes to its safe state by itself where it was armed. */
  private lose(reason: string): void {
    const { line, client, run } = this;
    if (line === null || client === null) return;
    this.line = null;
    this.client = null;
    this.loaded = null;
    const { bootNonce } = client.hello;
    client.close();
    if (run !== null && !run.isOver) {
      this.orphan = new OrphanRun(run, this.parts.timeline, (hello) =>
        hello === null || hello.bootNonce === bootNonce
          ? this.linkLost(reason)
          : this.startedAgain(hello),
      );
    }
    const lost = async (): Promise<void> => {
      await line.close();
      if (this.equipment === 'armed' || this.equipment === 'acquiring') {
        const by = 'the board goes to its safe state by itself';
        await this.status.step('safe', `the link was lost (${reason}): ${by}`);
      }
      this.status.reason = reason;
      await this.status.setLink('offline', reason);
      if (!this.closed) this.ladder.start();
    };
    void lost().catch((error: unknown) => this.parts.log('error', String(error)));
  }

  private linkLost(reason: string): RelaxdError {
    return new RelaxdError('device-offline', `the link to ${this.id} was lost: ${reason}`, {
      reason,
      hint: 'what was recorded is kept; the device reconnects by itself',
    });
  }

  private startedAgain({ bootCount }: BoardHello): RelaxdError {
    return new RelaxdError(
      'device-reset',
      `${this.id} has started again (start ${bootCount}): its program and its run are gone`,
      { hint: 'load the program and run it again' },
    );
  }

  private async planned(next: NextTry | null): Promise<void> {
    const before = (this.reason ?? 'offline').replace(/; (next try|given up).*$/s, '');
    const reason =
      next === null
        ? `${before}; given up: connect it by hand`
        : `${before}; next try at ${isoTime(next.atMs)} (${next.number} of ${next.of})`;
    this.status.reason = reason;
    await this.status.setLink('offline', reason);
  }

  async close(): Promise<void> {
    this.closed = true;
    this.ladder.stop();
    this.connectingWith?.abort(new RelaxdError('aborted', `${this.id} was closed`));
    await this.connecting?.catch(() => undefined);
    this.orphan?.giveUp();
    const { run, line, client } = this;
    if (run !== null && !run.isOver) {
      const { runId } = run;
      await client?.call('abort', { runId }, { deadlineMs: ABORT_MS }).catch(() => undefined);
      await run.fail(new RelaxdError('aborted', `${this.id} was closed`));
    }
    this.line = null;
    this.client = null;
    this.loaded = null;
    client?.close();
    await line?.close();
    await this.parts.source.close();
    if (this.link === 'offline') return;
    this.status.reason = 'closed';
    if (this.equipment === 'standby') await this.status.step('safe', 'closed');
    await this.status.setLink('offline', 'closed');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  // ---- What the board says of its own accord --------------------------------------------------------------------------

  private take(event: BoardEvent): void {
    if (event.kind === 'run') {
      const { run } = event;
      this.run?.takeState(run);
    } else if (event.kind === 'fault') {
      void this.latch(event.fault).catch((error: unknown) =>
        this.parts.log('error', String(error)),
      );
    }
  }

  private takeLog({ level, text }: LogEntry): void {
    this.parts.log(LOG_LEVELS[level] === 'error' ? 'warn' : (LOG_LEVELS[level] ?? 'info'), text, {
      device: this.id,
      serial: this.serial,
    });
  }

  private async restarted(hello: BoardHello): Promise<void> {
    const { client, run } = this;
    if (client === null) return;
    this.loaded = null;
    const failure = this.startedAgain(hello);
    try {
      if (this.equipment === 'armed' || this.equipment === 'acquiring') {
        await this.status.step('disarm', failure.message);
      }
      await run?.fail(failure);
      await this.learn(client, hello.serial, new AbortController().signal);
      await this.synchronise(client);
    } catch (error) {
      this.parts.log('warn', `${this.id} after its restart: ${asRelaxdError(error).message}`);
    }
  }

  /** The board is in its safe state, for a reason that has a number. */
  private async latch(fault: Fault): Promise<void> {
    const { faultId, faultWord, cause } = fault;
    if (faultId === 0) return;
    const id = `${this.client?.hello.bootCount ?? 0}-${faultId}`;
    if (this.latched?.id === id) return;
    const names = faultNames(faultWord);
    const reason = `${names.join(', ') || 'reset'}: ${cause}`;
    this.latched = { id, number: faultId, cause: reason };
    this.loaded = null;
    this.client?.stopHeartbeat();
    this.run?.willFail(
      new RelaxdError('device-fault', `${this.id}: ${reason}`, { fault: id, cause }),
    );
    await this.status.step((faultWord & ~HOST_REQUEST) === 0 ? 'safe' : 'fail', reason);
    const at = isoTime(this.parts.timeline.wallMs());
    await this.events.emit('fault', { id, cause: reason, at });
  }

  // ---- Descriptor and parameters --------------------------------------------------------------------------------------

  async describe(signal?: AbortSignal): Promise<Descriptor> {
    throwIfAborted(signal);
    if (this.descriptor !== null) return this.descriptor;
    throw this.offline();
  }

  async readParameters(signal?: AbortSignal): Promise<readonly ParameterReading[]> {
    throwIfAborted(signal);
    const values = await this.readValues(this.online(), signal);
    const readAt = this.now();
    return this.described().parameters.map(({ name, unit }) => {
      const value = values.get(name) ?? null;
      return {
        name,
        unit,
        value,
        readAt,
        ...(value === null ? { error: 'the board does not give it' } : {}),
      };
    });
  }

  private async readValues(
    client: BoardClient,
    signal?: AbortSignal,
  ): Promise<Map<string, number>> {
    const values = new Map<string, number>();
    for (let first = 0; ;) {
      const part = await client.call(
        'readParameters',
        { first },
        signal === undefined ? {} : { signal },
      );
      for (const { name, value } of part.parameters) values.set(name!, value ?? 0);
      first += part.parameters.length;
      if (first >= part.total || part.parameters.length === 0) return values;
    }
  }

  async writeParameter(
    name: string,
    value: number,
    signal?: AbortSignal,
  ): Promise<ParameterReading> {
    throwIfAborted(signal);
    const parameter = writableParameter(await this.describe(), name, value);
    this.requireIdle('write a parameter');
    const answer = await this.online().call(
      'writeParameter',
      { name, value },
      signal === undefined ? {} : { signal },
    );
    const reading = {
      name,
      value: answer.parameters[0]?.value ?? value,
      unit: parameter.unit,
      readAt: this.now(),
    };
    await this.events.emit('parameter', reading);
    return reading;
  }

  // ---- Programs ------------------------------------------------------------------------------------------------------

  async validate(program: Program, signal?: AbortSignal): Promise<readonly Violation[]> {
    throwIfAborted(signal);
    const own = programViolations(program);
    if (own.length > 0) return own;
    const descriptor = await this.describe();
    const refused = validateProgram(program, descriptor);
    return refused.length > 0 ? refused : linkViolations(program, descriptor);
  }

  async load(program: Program, signal?: AbortSignal): Promise<LoadReceipt> {
    throwIfAborted(signal);
    const client = this.online();
    await this.status.step('load');
    const before = this.loaded;
    this.loaded = null;
    try {
      const found = await this.validate(program, signal);
      throwViolations('program-refused', `program on ${this.id}`, found);
      const held = this.held(program, 0);
      const bank = await this.upload(client, before?.bank.bank ?? null, held.image, signal);
      const warnings = [...held.warnings, ...bank.notes];
      // A reset or a fault since then has taken it away again.
      if (this.client !== client || this.equipment !== 'configuring') {
        throw new RelaxdError('device-offline', `${this.id} lost the program: ${this.reason}`);
      }
      this.loaded = { program, bank, warnings };
      return {
        programHash: programHash(program),
        descriptorHash: descriptorHash(this.described()),
        warnings,
      };
    } finally {
      if (this.equipment === 'configuring') {
        await this.status.step(this.loaded === null ? 'refused' : 'loaded');
      }
    }
  }

  private held(program: Program, seed: number): BoardProgram {
    const descriptor = this.described();
    return boardProgram(resolveProgram(program, descriptor, seed), descriptor);
  }

  /** Into the bank that is not active: which one that is only the board knows after a reconnect. */
  private async upload(
    client: BoardClient,
    active: number | null,
    image: Uint8Array,
    signal?: AbortSignal,
  ): Promise<BankState> {
    const first = active === 0 ? 1 : 0;
    const options = signal === undefined ? {} : { signal: forManyCalls(signal) };
    try {
      return await client.upload(first, image, options);
    } catch (error) {
      const isActive =
        error instanceof BoardError &&
        error.call === 'uploadBegin' &&
        error.status === Status.ILLEGAL_STATE;
      if (!isActive) throw error;
      return client.upload(1 - first, image, options);
    }
  }

  // ---- Runs ----------------------------------------------------------------------------------------------------------

  async arm(plan: RunPlan, signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    const client = this.online();
    const loaded = this.status.requireLoaded(this.loaded);
    await this.status.step('arm');
    let run: BoardRun | null = null;
    try {
      const scale = (await this.readValues(client, signal)).get(READOUT_SCALE) ?? 1;
      const held = this.held(loaded.program, plan.seed);
      const times = readoutTimes(held.program);
      const runId = this.draw();
      const watchdogMs = Math.min(this.options.watchdogMs, client.hello.maxWatchdogMs);
      run = this.newRun({ client, runId, held, times, scale, warnings: loaded.warnings });
      this.run = run;
      await client.call(
        'arm',
        armRequest(held, times, {
          runId,
          bank: loaded.bank,
          seed: plan.seed,
          watchdogMs,
          maxRunSeconds: this.options.maxRunSeconds,
        }),
        signal === undefined ? {} : { signal },
      );
      client.startHeartbeat(watchdogMs);
    } catch (error) {
      // The board may have armed it without our hearing so.
      if (run !== null) await this.abandon(client, run);
      this.run = null;
      if (this.equipment === 'armed') await this.status.step('disarm');
      throw error;
    }
  }

  private async abandon(client: BoardClient, run: BoardRun): Promise<void> {
    const { runId } = run;
    client.stopHeartbeat();
    await client.call('abort', { runId }, { deadlineMs: ABORT_MS }).catch(() => undefined);
  }

  private newRun(of: {
    client: BoardClient;
    runId: number;
    held: BoardProgram;
    times: Float64Array;
    scale: number;
    warnings: readonly string[];
  }): BoardRun {
    const { client, ...rest } = of;
    const run: BoardRun = new BoardRun({
      ...rest,
      events: this.events,
      timeline: this.parts.timeline,
      fetch: () => client.readResult(of.runId),
      giveUp: () => void this.abandon(client, run),
      notes: () => this.linkNotes(client),
      ended: async (failure) => {
        client.stopHeartbeat();
        if (this.run !== run) return;
        if (this.equipment === 'acquiring') {
          await this.status.step('finished', failure === null ? null : failure.message);
        } else if (this.equipment === 'armed') await this.status.step('disarm');
      },
    });
    return run;
  }

  /** What was lost on the way, and how well the clocks agreed. */
  private linkNotes(client: BoardClient): readonly string[] {
    const notes: string[] = [];
    const { rowsLost, rowsDroppedByBoard } = client.statistics().samples;
    if (rowsLost > 0)
      notes.push(`${rowsLost} sample rows were lost on the link since it was opened`);
    if (rowsDroppedByBoard > 0) {
      notes.push(
        `${rowsDroppedByBoard} sample rows were dropped by the board since the link was opened`,
      );
    }
    const fit = client.clock();
    if (fit !== null) {
      notes.push(
        `board clock ${fit.ratePpm.toFixed(1)} ± ${fit.rateUncertaintyPpm.toFixed(1)} ppm fast, offset known to ${fit.offsetUncertaintyMs.toFixed(2)} ms`,
      );
    }
    return notes;
  }

  async start(signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    const run = this.status.requireRun(this.run, 'start');
    const client = this.online();
    await this.status.step('start');
    try {
      const options = signal === undefined ? {} : { signal };
      await client.call('start', { runId: run.runId }, options);
    } catch (error) {
      await this.abandon(client, run);
      await run.fail(asRelaxdError(error));
      throw error;
    }
  }

  async pauseAtShot(signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    const run = this.status.requireAcquiring(this.run, 'pause');
    if (run.isPaused || run.isOver) return;
    const options = signal === undefined ? {} : { signal };
    await this.unlessOver(run, () =>
      this.online()
        .call('pause', { runId: run.runId }, options)
        .then(() => undefined),
    );
    await run.standsStill();
  }

  async resume(signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    const run = this.status.requireAcquiring(this.run, 'resume');
    const options = signal === undefined ? {} : { signal };
    try {
      await this.unlessOver(run, () =>
        this.online()
          .call('resume', { runId: run.runId }, options)
          .then(() => undefined),
      );
    } catch (error) {
      // It goes on already.
      if (error instanceof BoardError && error.status === Status.ILLEGAL_STATE) return;
      throw error;
    }
  }

  async stop(signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    await this.end('stop', signal);
  }

  async abort(signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    await this.end('abort', signal);
  }

  private async end(call: 'stop' | 'abort', signal?: AbortSignal): Promise<void> {
    const { run } = this;
    if (run === null || run.isOver) {
      if (call === 'stop') this.status.requireRun(this.run, 'stop');
      await run?.over;
      return;
    }
    const wasArmed = this.equipment === 'armed';
    const failure = new RelaxdError('aborted', 'the run was aborted');
    if (call === 'abort' || wasArmed) run.willFail(failure);
    const options = signal === undefined ? {} : { signal };
    await this.unlessOver(run, () =>
      this.online()
        .call(call, { runId: run.runId }, options)
        .then(() => undefined),
    );
    await run.over;
    if (wasArmed && this.run === run) this.run = null;
  }

  /** A run may end by itself in the moment that it is asked to. */
  private async unlessOver(run: BoardRun, ask: () => Promise<void>): Promise<void> {
    try {
      await ask();
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

  async readResult(signal?: AbortSignal): Promise<DeviceResult> {
    return unlessAborted(this.status.requireRun(this.run, 'read a result').result, signal);
  }

  // ---- Safety --------------------------------------------------------------------------------------------------------

  async toSafeState(cause: string, signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    const client = this.online();
    const { run } = this;
    const options = signal === undefined ? {} : { signal };
    run?.willFail(new RelaxdError('aborted', `safe state: ${cause}`, { cause }));
    await client.call('enterSafeState', { cause }, options);
    // Its event has come before the answer, unless it was lost with a session.
    await this.latch(await client.call('getFault', {}, options));
    await run?.over;
  }

  async clearFault(
    clear: { readonly fault: string; readonly operator: string; readonly note: string },
    signal?: AbortSignal,
  ): Promise<void> {
    throwIfAborted(signal);
    const client = this.online();
    nextEquipment(this.equipment, 'clear');
    const options = signal === undefined ? {} : { signal };
    await this.latch(await client.call('getFault', {}, options));
    const { latched } = this;
    if (latched === null || latched.id !== clear.fault) {
      throw new RelaxdError(
        'illegal-transition',
        `the latched fault of ${this.id} is '${latched?.id}' (${latched?.cause}), not '${clear.fault}'`,
        { value: clear.fault, limit: latched?.id, state: this.equipment },
      );
    }
    for (const member of ['operator', 'note'] as const) {
      if (clear[member].trim() !== '') continue;
      throw new RelaxdError('invalid-input', `${member}: say who clears it and why`, {
        path: member,
        value: clear[member],
      });
    }
    await this.run?.over;
    await client.call(
      'clearFault',
      { faultId: latched.number, operator: clear.operator, note: clear.note },
      options,
    );
    this.latched = null;
    await this.status.step('clear');
  }

  async selfTest(signal?: AbortSignal): Promise<HealthReport> {
    throwIfAborted(signal);
    this.requireIdle('self-test');
    const report = await this.online().call('selfTest', {}, signal === undefined ? {} : { signal });
    return this.report(
      report.checks.map(({ name, ok, detail }) => ({
        name: name ?? '',
        ok: ok ?? false,
        detail: detail ?? '',
      })),
    );
  }

  async health(signal?: AbortSignal): Promise<HealthReport> {
    throwIfAborted(signal);
    const checks = [
      {
        name: 'link',
        ok: this.link === 'online',
        detail:
          this.link === 'online' ? `online at ${this.source.where}` : (this.reason ?? this.link),
      },
      {
        name: 'equipment',
        ok: this.equipment !== 'fault',
        detail: this.reason ?? this.equipment,
      },
    ];
    const { client } = this;
    if (client === null) return this.report(checks);
    const health = await client.call('getHealth', {}, signal === undefined ? {} : { signal });
    checks.push(...boardChecks(health, client.statistics()));
    return this.report(checks);
  }

  // ---- Small things ---------------------------------------------------------------------------------------------------

  private report(checks: HealthReport['checks']): HealthReport {
    return { ok: checks.every(({ ok }) => ok), checkedAt: this.now(), checks };
  }

  private now(): string {
    return isoTime(this.parts.timeline.wallMs());
  }

  private described(): Descriptor {
    if (this.descriptor === null) throw this.offline();
    return this.descriptor;
  }

  private online(): BoardClient {
    if (this.client === null || this.link === 'offline') throw this.offline();
    return this.client;
  }

  private offline(): RelaxdError {
    return new RelaxdError('device-offline', `${this.id} is ${this.link}: ${this.reason}`, {
      hint: 'connect it',
    });
  }

  private requireIdle(what: string): void {
    const { equipment } = this;
    if (equipment === 'standby') return;
    const busy = equipment === 'acquiring' || equipment === 'armed';
    throw new RelaxdError(
      busy || equipment === 'configuring' ? 'device-busy' : 'illegal-transition',
      `${this.id} cannot ${what} while ${equipment}`,
      { state: equipment },
    );
  }
}

/** A signal that many calls at a time may listen to. */
function forManyCalls(...signals: readonly AbortSignal[]): AbortSignal {
  const signal = AbortSignal.any([...signals]);
  setMaxListeners(0, signal);
  return signal;
}
