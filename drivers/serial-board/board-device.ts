import { randomInt } from 'node:crypto';
import {
  asRelaxdError,
  isoTime,
  RelaxdError,
  throwIfAborted,
  throwViolations,
  type Violation,
} from '../../src/core/index.js';
import {
  descriptorHash,
  DeviceEventSource,
  DeviceStatus,
  nextEquipment,
  programHash,
  programViolations,
  resolveProgram,
  validateProgram,
  writableParameter,
  type Descriptor,
  type Device,
  type DeviceClock,
  type DeviceEventName,
  type DeviceListener,
  type DeviceResult,
  type EquipmentState,
  type HealthReport,
  type HeldProgram,
  type LatchedFault,
  type LinkCounts,
  type LinkState,
  type LoadReceipt,
  type Origin,
  type ParameterReading,
  type Program,
  type RunPlan,
} from '../../src/device/index.js';
import {
  BoardError,
  BoardState,
  FAULT_BITS,
  faultNames,
  LogLevel,
  Status,
  type BankState,
  type BoardClient,
  type BoardEvent,
  type BoardHello,
  type Fault,
  type LinkStatistics,
  type LogEntry,
} from '../../src/link/index.js';
import { boardChecks, frameCheck } from './board-checks.js';
import { boardClock } from './board-clock.js';
import type { LineSource } from './board-line.js';
import { BoardLink, forManyCalls, type BoardDeviceParts } from './board-link.js';
import { boardProgram } from './board-program.js';
import { BoardRuns, type Loaded } from './board-runs.js';
import { boardStatement } from './board-statement.js';
import { linkViolations } from './link-violations.js';
import type { BoardOptions } from './options.js';
import { startedAgain } from './orphan-run.js';
import { parameterValues } from './parameter-values.js';

const DRIVER = 'serial-board';
const HOST_REQUEST = 1 << FAULT_BITS.indexOf('HOST_REQUEST');
const MOST_RUN_ID = 2 ** 32 - 1;
const LOG_LEVELS = {
  [LogLevel.LOG_DEBUG]: 'debug',
  [LogLevel.LOG_INFO]: 'info',
  [LogLevel.LOG_WARN]: 'warn',
  [LogLevel.LOG_ERROR]: 'error',
} as const;

interface Latched {
  readonly id: string;
  readonly number: number;
  readonly cause: string;
}

/** A board at the other end of a line, as a device. */
export class BoardDevice implements Device {
  readonly driver = DRIVER;
  private readonly events = new DeviceEventSource();
  private readonly status: DeviceStatus;
  private readonly board: BoardLink;
  private readonly runs: BoardRuns;
  private loaded: Loaded | null = null;
  private latched: Latched | null = null;

  constructor(
    readonly id: string,
    options: BoardOptions,
    private readonly parts: BoardDeviceParts,
  ) {
    const { events, driver } = this;
    const { timeline, draw = () => randomInt(1, MOST_RUN_ID) } = parts;
    const status = new DeviceStatus(id, events);
    this.status = status;
    this.board = new BoardLink({ id, driver }, options, parts, status, {
      answered: (hello) => this.runs.found(hello),
      up: (client, signal) => this.synchronise(client, signal),
      failed: () => this.runs.notFound(),
      lost: (hello, reason) => this.lost(hello, reason),
      restarted: (hello) => void this.restarted(hello),
      event: (event) => this.take(event),
      samples: (rows) => this.runs.current?.takeRows(rows),
      gap: (loss) => this.runs.current?.takeLoss(loss),
      log: (entry) => this.takeLog(entry),
    });
    this.runs = new BoardRuns(id, options, { timeline, draw }, status, events, this.board);
  }

  /** The process or port behind it. */
  get source(): LineSource {
    return this.parts.source;
  }
  get origin(): Origin {
    return this.board.origin;
  }
  get serial(): string {
    return this.board.serial;
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
  get fault(): LatchedFault | null {
    const { latched } = this;
    return latched === null ? null : { id: latched.id, cause: latched.cause };
  }
  get clockFit(): DeviceClock | null {
    const { client } = this.board;
    return client === null ? null : boardClock(client, this.parts.timeline);
  }
  get linkCounts(): LinkCounts | null {
    const { client } = this.board;
    if (client === null) return null;
    const { bytesSent, bytesReceived, bad, retransmits, samples, smoothedRoundTripMs } =
      client.statistics();
    return {
      bytesSent,
      bytesReceived,
      framesBad: Object.values(bad).reduce((sum, count) => sum + count, 0),
      retransmissions: retransmits,
      rowsLost: samples.rowsLost,
      roundTripMs: smoothedRoundTripMs,
    };
  }

  on<E extends DeviceEventName>(event: E, listener: DeviceListener<E>): () => void {
    return this.events.on(event, listener);
  }

  /** What was on the link since it was opened; null while there is none. */
  statistics(): LinkStatistics | null {
    return this.board.client?.statistics() ?? null;
  }

  // ---- Link ----------------------------------------------------------------------------------------------------------

  async connect(signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    if (this.link !== 'online') await this.board.connect(signal);
  }

  /** What state the board is in, whoever was there before. */
  private async synchronise(client: BoardClient, signal?: AbortSignal): Promise<void> {
    let { state } = await client.call('getHealth', {}, { signal });
    if (state !== BoardState.STATE_SAFE && state !== BoardState.STATE_STANDBY) {
      // Nobody here knows that run any more.
      await client.call(
        'enterSafeState',
        { cause: 'a host that is gone had armed it' },
        { signal },
      );
      state = BoardState.STATE_SAFE;
    }
    if (state === BoardState.STATE_SAFE) {
      await this.latch(await client.call('getFault', {}, { signal }));
      return;
    }
    this.latched = null;
    if (this.equipment === 'fault') await this.status.step('clear');
    else if (this.equipment === 'safe') await this.status.step('connected');
    else if (this.equipment === 'standby') this.status.reason = null;
  }

  /** The board goes to its safe state by itself; nobody knows what is in its banks. */
  private lost(hello: BoardHello, reason: string): void {
    this.loaded = null;
    this.runs.orphaned(hello, reason);
  }

  async close(): Promise<void> {
    await this.board.close(async (client) => {
      await this.runs.close(client);
      this.loaded = null;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  // ---- What the board says of its own accord --------------------------------------------------------------------------

  private take(event: BoardEvent): void {
    if (event.kind === 'run') {
      this.runs.current?.takeState(event.run);
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
    const { client } = this.board;
    if (client === null) return;
    const run = this.runs.current;
    this.loaded = null;
    const failure = startedAgain(this.id, hello);
    try {
      if (this.equipment === 'armed' || this.equipment === 'acquiring') {
        await this.status.step('disarm', failure.message);
      }
      await run?.fail(failure);
      await this.board.learn(client);
      await this.synchronise(client);
    } catch (error) {
      this.parts.log('warn', `${this.id} after its restart: ${asRelaxdError(error).message}`);
    }
  }

  /** The board is in its safe state, for a reason that has a number. */
  private async latch(fault: Fault): Promise<void> {
    const { faultId, faultWord, cause } = fault;
    if (faultId === 0) return;
    const id = `${this.board.client?.hello.bootCount ?? 0}-${faultId}`;
    if (this.latched?.id === id) return;
    const names = faultNames(faultWord);
    const reason = `${names.join(', ') || 'reset'}: ${cause}`;
    this.latched = { id, number: faultId, cause: reason };
    this.loaded = null;
    this.board.client?.stopHeartbeat();
    this.runs.current?.willFail(
      new RelaxdError('device-fault', `${this.id}: ${reason}`, { fault: id, cause }),
    );
    await this.status.step((faultWord & ~HOST_REQUEST) === 0 ? 'safe' : 'fail', reason);
    await this.events.emit('fault', { id, cause: reason, at: this.now() });
  }

  // ---- Descriptor and parameters --------------------------------------------------------------------------------------

  async describe(signal?: AbortSignal): Promise<Descriptor> {
    throwIfAborted(signal);
    return this.board.described();
  }

  async readParameters(signal?: AbortSignal): Promise<readonly ParameterReading[]> {
    throwIfAborted(signal);
    const values = await parameterValues(this.board.online(), signal);
    const readAt = this.now();
    return this.board.described().parameters.map(({ name, unit }) => {
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

  async writeParameter(
    name: string,
    value: number,
    signal?: AbortSignal,
  ): Promise<ParameterReading> {
    throwIfAborted(signal);
    const parameter = writableParameter(await this.describe(), name, value);
    this.requireIdle('write a parameter');
    const answer = await this.board.online().call('writeParameter', { name, value }, { signal });
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
    const client = this.board.online();
    await this.status.step('load');
    const before = this.loaded;
    this.loaded = null;
    try {
      const found = await this.validate(program, signal);
      throwViolations('program-refused', `program on ${this.id}`, found);
      const descriptor = this.board.described();
      const held = boardProgram(resolveProgram(program, descriptor, 0), descriptor);
      const bank = await this.upload(client, before?.bank.bank ?? null, held.image, signal);
      const warnings = [...held.warnings, ...bank.notes];
      // A reset or a fault since then has taken it away again.
      if (this.board.client !== client || this.equipment !== 'configuring') {
        throw new RelaxdError('device-offline', `${this.id} lost the program: ${this.reason}`);
      }
      this.loaded = { program, bank, warnings };
      return {
        programHash: programHash(program),
        descriptorHash: descriptorHash(this.board.described()),
        warnings,
        thermodynamics: { ...boardStatement(held.program, descriptor) },
      };
    } finally {
      if (this.equipment === 'configuring') {
        await this.status.step(this.loaded === null ? 'refused' : 'loaded');
      }
    }
  }

  /** Into the bank that is not active: which one that is only the board knows after a reconnect. */
  private async upload(
    client: BoardClient,
    active: number | null,
    image: Uint8Array,
    signal?: AbortSignal,
  ): Promise<BankState> {
    const first = active === 0 ? 1 : 0;
    const options = { signal: signal && forManyCalls(signal) };
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
    await this.runs.arm(this.loaded, plan, signal);
  }

  async start(signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    await this.runs.start(signal);
  }

  async pauseAtShot(signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    await this.runs.pauseAtShot(signal);
  }

  async resume(signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    await this.runs.resume(signal);
  }

  /** The board keeps a bank under its checksum; that it is the same board since, without a fault, is what it can tell. */
  async verify(signal?: AbortSignal): Promise<HeldProgram> {
    throwIfAborted(signal);
    const client = this.board.online();
    const { faultWord } = await client.call('getHealth', {}, { signal });
    const { loaded } = this;
    if (loaded === null || faultWord !== 0) {
      throw new RelaxdError('couplings-changed', `${this.id} has lost the program`, {
        fault: faultWord,
        hint: 'submit the job again',
      });
    }
    const { bank, crc32 } = loaded.bank;
    return { programHash: programHash(loaded.program), held: `bank ${bank}, crc32:${crc32}` };
  }

  async stop(signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    await this.runs.end('stop', signal);
  }

  async abort(signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    await this.runs.end('abort', signal);
  }

  async readResult(signal?: AbortSignal): Promise<DeviceResult> {
    return this.runs.result(signal);
  }

  // ---- Safety --------------------------------------------------------------------------------------------------------

  async toSafeState(cause: string, signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    const client = this.board.online();
    const run = this.runs.current;
    run?.willFail(new RelaxdError('aborted', `safe state: ${cause}`, { cause }));
    await client.call('enterSafeState', { cause }, { signal });
    // Its event has come before the answer, unless it was lost with a session.
    await this.latch(await client.call('getFault', {}, { signal }));
    await run?.over;
  }

  async clearFault(
    clear: { readonly fault: string; readonly operator: string; readonly note: string },
    signal?: AbortSignal,
  ): Promise<void> {
    throwIfAborted(signal);
    const client = this.board.online();
    nextEquipment(this.equipment, 'clear');
    await this.latch(await client.call('getFault', {}, { signal }));
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
    await this.runs.current?.over;
    await client.call(
      'clearFault',
      { faultId: latched.number, operator: clear.operator, note: clear.note },
      { signal },
    );
    this.latched = null;
    await this.status.step('clear');
  }

  async selfTest(signal?: AbortSignal): Promise<HealthReport> {
    throwIfAborted(signal);
    this.requireIdle('self-test');
    const report = await this.board.online().call('selfTest', {}, { signal });
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
    const { client, lastFrames } = this.board;
    if (client === null) return this.report([...checks, ...frameCheck(lastFrames)]);
    const health = await client.call('getHealth', {}, { signal });
    return this.report([
      ...checks,
      ...boardChecks(health, client.statistics()),
      ...frameCheck(client.recentFrames()),
    ]);
  }

  // ---- Small things ---------------------------------------------------------------------------------------------------

  private report(checks: HealthReport['checks']): HealthReport {
    return { ok: checks.every(({ ok }) => ok), checkedAt: this.now(), checks };
  }

  private now(): string {
    return isoTime(this.parts.timeline.wallMs());
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
