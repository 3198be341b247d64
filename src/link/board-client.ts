import { createHash, randomInt } from 'node:crypto';
import { RelaxdError, type Timeline } from '../core/index.js';
import { negotiateBaud } from './baud.js';
import { FASTER_BAUDS, FIRST_BAUD, type ByteLine } from './byte-line.js';
import { Caller, type CallOptions } from './caller.js';
import { ClockFitter, type ClockFit } from './clock-fit.js';
import { fetchRest } from './fetch-parts.js';
import { FRAME_TYPE } from './frame.js';
import { Handshake, type BoardHello } from './handshake.js';
import { LinkEndpoint } from './link-endpoint.js';
import { Heartbeat, Liveness, type LinkState } from './liveness.js';
import {
  decodeFatal,
  decodeHelloAck,
  decodeLog,
  decodeResetNonce,
  decodeSampleBatch,
  decodeToHost,
  encodeReset,
  LogLevel,
  ResetReason,
  type BankState,
  type BoardEvent,
  type CallAnswer,
  type CallBody,
  type CallName,
  type LogEntry,
} from './messages.js';
import { imageSites } from './program-image.js';
import type { FrameNote } from './recent-frames.js';
import { Rest } from './rest.js';
import { requireResultSum, ResultBlock } from './result-block.js';
import {
  SampleFrameCounter,
  SampleStream,
  type SampleLoss,
  type SampleRows,
} from './sample-stream.js';
import {
  noCallCounts,
  noSampleCounts,
  type BoardCounts,
  type LinkStatistics,
} from './statistics.js';
import { uploadImage, type UploadOptions } from './upload.js';

/** What a driver hears from its board. None of these may throw. */
export interface BoardListener {
  event(event: BoardEvent): void;
  samples(rows: SampleRows): void;
  gap(gap: SampleLoss): void;
  log(entry: LogEntry): void;
  /** `down` comes once and is the end of this client. */
  link(state: LinkState, reason: string): void;
  /** The board has started again, and a new session is open: banks, uploads, runs and parameters are gone. */
  restarted(hello: BoardHello): void;
}

/** For whoever wants to hear nothing of it. */
export const HEARS_NOTHING: BoardListener = {
  event: () => undefined,
  samples: () => undefined,
  gap: () => undefined,
  log: () => undefined,
  link: () => undefined,
  restarted: () => undefined,
};

export interface BoardClientOptions {
  /** For the board's people. */
  readonly hostBuild: string;
  readonly features?: readonly string[];
  readonly listener: BoardListener;
  readonly signal?: AbortSignal | undefined;
  /** A board with another serial number is refused by name. */
  readonly expectSerial?: string;
  /**
   * Line rates at which the board is looked for: the line is at the first one now. 115 200 and then the faster ones where it is left
   * out and the line can be set.
   */
  readonly rates?: readonly number[];
  /** Draws 1 … 2^32 − 1 for nonces. */
  readonly draw?: () => number;
}

/** Between two readings of the board's clock, ms; the first ones come faster. */
const CLOCK_MS = 970;
const FIRST_CLOCK_MS = 97;
const FIRST_CLOCKS = 5;
/** An exchange whose request waited so long for the line says little of the clock, ms. */
const LONGEST_WAIT_MS = 20;
const RESET_MS = 250;
const MOST_RESETS = 8;

/** A board on a line, after the handshake: everything that a driver needs. */
export class BoardClient {
  private readonly endpoint: LinkEndpoint;
  private readonly listener: BoardListener;
  private readonly calls = noCallCounts();
  private readonly samples = noSampleCounts();
  private readonly draw: () => number;
  private readonly rates: readonly number[];
  private baud: number;
  private current: BoardHello | null = null;
  private caller: Caller;
  private handshake: Handshake | null = null;
  private liveness: Liveness | null = null;
  private heartbeat: Heartbeat | null = null;
  private frameCounter: SampleFrameCounter;
  private stream: SampleStream | null = null;
  /** Sites of the program in each bank, as far as this client uploaded it. */
  private readonly sitesOfBank = new Map<number, number>();
  private clockFitter: ClockFitter | null = null;
  private callOffClock: (() => void) | null = null;
  private boardCounts: BoardCounts | null = null;
  private resetAcked: ((nonce: number) => void) | null = null;
  private restarting: Promise<void> | null = null;
  private ended = false;

  private constructor(
    private readonly line: ByteLine,
    private readonly timeline: Timeline,
    private readonly options: BoardClientOptions,
  ) {
    this.listener = options.listener;
    this.draw = options.draw ?? (() => randomInt(1, 2 ** 32));
    this.rates =
      options.rates ?? (line.setBaud === null ? [] : [FIRST_BAUD, ...mostUsedFirst(FASTER_BAUDS)]);
    this.baud = this.rates[0] ?? FIRST_BAUD;
    this.frameCounter = new SampleFrameCounter(this.samples);
    this.endpoint = new LinkEndpoint(line, timeline, {
      reliable: (payload) => this.takeReliable(payload),
      sample: (payload, counter) => this.takeSample(payload, counter),
      log: (payload) => this.takeLog(payload),
      helloAck: (session, payload) => this.takeHelloAck(session, payload),
      otherMajor: (major, session, ack) => this.takeOtherMajor(major, session, ack),
      resetAck: (payload) => this.resetAcked?.(decodeResetNonce(payload) ?? 0),
      fatal: (payload) => this.takeFatal(payload),
      down: (reason) => this.goDown(reason),
    });
    if (line.setBaud !== null) this.endpoint.setLineRate(this.baud);
    this.caller = this.newCaller();
  }

  /**
   * Shakes hands.
   *
   * @throws RelaxdError `device-offline` where no board answers, or another one than the expected; `not-supported`;
   * `driver-failed`; `aborted`. The line is left as it is, and may be tried again.
   */
  static async open(
    line: ByteLine,
    timeline: Timeline,
    options: BoardClientOptions,
  ): Promise<BoardClient> {
    const client = new BoardClient(line, timeline, options);
    try {
      await client.shakeHands(client.rates, options.signal);
    } catch (error) {
      client.close();
      throw error;
    }
    return client;
  }

  /** Of the latest handshake. */
  get hello(): BoardHello {
    return this.current!;
  }
  /** The line rate; 115 200 where the line has none. */
  get lineBaud(): number {
    return this.baud;
  }
  get state(): LinkState {
    return this.ended ? 'down' : (this.liveness?.state ?? 'suspect');
  }

  /**
   * Any number at a time; the board carries them out in the order in which they were made.
   *
   * @throws BoardError where it is not answered OK, or not in time
   * @throws RelaxdError `aborted`; `device-offline` where the link goes down or the board starts again; `too-large`
   */
  async call<K extends CallName>(
    call: K,
    body: CallBody<K>,
    options: CallOptions = {},
  ): Promise<CallAnswer<K>> {
    if (call === 'arm') this.prepareSamples(body);
    return this.caller.call(call, body, options);
  }

  /**
   * Says how wide the rows of a run's channel STATE are. Needed before Arm where the program was not uploaded by this client, and to
   * go on with a run that is under way; what comes of other runs is counted and dropped.
   */
  expectRun(run: { readonly runId: number; readonly sites: number }): void {
    if (this.stream?.runId === run.runId && this.stream.sites === run.sites) return;
    this.stream = new SampleStream(
      run.runId,
      run.sites,
      {
        samples: (rows) => this.listener.samples(rows),
        gap: (gap) => this.listener.gap(gap),
      },
      this.samples,
    );
  }

  /**
   * The descriptor's JSON text.
   *
   * @param known texts by their SHA-256, hexadecimal: one of those is not fetched again
   */
  async descriptor(
    known?: ReadonlyMap<string, string>,
    signal?: AbortSignal,
  ): Promise<{ sha256: string; text: string }> {
    const options = signal === undefined ? {} : { signal };
    const first = await this.call('getDescriptor', { offset: 0 }, options);
    const sha256 = Buffer.from(first.sha256).toString('hex');
    const text = known?.get(sha256);
    if (text !== undefined) return { sha256, text };
    const bytes = await fetchRest(
      'the descriptor',
      first,
      (offset) => this.call('getDescriptor', { offset }, options),
      signal,
    );
    const got = createHash('sha256').update(bytes).digest('hex');
    if (got !== sha256) {
      throw new RelaxdError(
        'driver-failed',
        'the descriptor does not have the hash that the board gives',
        {
          value: got,
          limit: sha256,
        },
      );
    }
    return { sha256, text: Buffer.from(bytes).toString('utf8') };
  }

  /** Uploads an image and commits it; goes on where an upload of the same image was cut off. */
  async upload(bank: number, image: Uint8Array, options: UploadOptions = {}): Promise<BankState> {
    const { mtu, rxWindowBytes } = this.hello;
    const state = await uploadImage(
      (call, body, callOptions) => this.call(call, body, callOptions),
      { mtu, windowBytes: rxWindowBytes },
      bank,
      image,
      options,
    );
    this.sitesOfBank.set(bank, imageSites(image));
    return state;
  }

  /** The final states of a run that has ended. */
  async readResult(runId: number, signal?: AbortSignal): Promise<ResultBlock> {
    const options = signal === undefined ? {} : { signal };
    const ask = (offset: number): Promise<CallAnswer<'readResult'>> =>
      this.call('readResult', { runId, offset }, options);
    const first = await ask(0);
    const bytes = await fetchRest('the result', first, ask, signal);
    requireResultSum(bytes, first.crc32);
    return new ResultBlock(runId, first.end, first.shots, bytes);
  }

  /**
   * Tries the rates in their order.
   *
   * @returns the rate that the link is at
   */
  async negotiateBaud(rates: readonly number[], signal?: AbortSignal): Promise<number> {
    return negotiateBaud(
      {
        call: (call, body, options) => this.call(call, body, options),
        setRate: (baud) => this.setRate(baud),
        current: this.baud,
        maxBaud: this.hello.maxBaud,
        ...(signal === undefined ? {} : { signal }),
      },
      rates,
    );
  }

  /** From now on the host vouches for the link for `leaseMs`, every 250 ms. */
  startHeartbeat(leaseMs: number): void {
    this.stopHeartbeat();
    this.heartbeat = new Heartbeat(this.timeline, (deadlineMs) =>
      this.call('heartbeat', { leaseMs }, { deadlineMs }),
    );
  }

  stopHeartbeat(): void {
    this.heartbeat?.stop();
    this.heartbeat = null;
  }

  /**
   * Makes the board start again: by a call, or by a RESET frame where the reliable channel does not work any more.
   *
   * @returns what the board says of itself then
   */
  async reset(cause: string, signal?: AbortSignal): Promise<BoardHello> {
    const before = this.hello.bootNonce;
    const nonce = this.draw();
    try {
      await this.call(
        'reset',
        { nonce, cause },
        { deadlineMs: 1000, ...(signal ? { signal } : {}) },
      );
    } catch (error) {
      if (signal?.aborted || this.ended) throw error;
      if (!this.restarting) await this.sendReset(nonce, cause);
    }
    // It may have said so already.
    if (this.restarting === null && this.hello.bootNonce === before) {
      this.beginRestart('the host has reset it', before);
    }
    await this.restarting;
    if (this.ended)
      throw new RelaxdError('device-offline', 'the board did not come back after its reset');
    return this.hello;
  }

  /** Null before the fifth reading. */
  clock(): ClockFit | null {
    return this.clockFitter?.fit() ?? null;
  }

  statistics(): LinkStatistics {
    return {
      ...this.endpoint.statistics(),
      samples: { ...this.samples },
      calls: { ...this.calls },
      board: this.boardCounts,
    };
  }

  /** The last 100 frames each way. */
  recentFrames(): readonly FrameNote[] {
    return this.endpoint.recentFrames();
  }

  /** Ends it without a word to the board; the line stays open. */
  close(): void {
    this.end('the link was closed');
    this.endpoint.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  // ---- Sessions ------------------------------------------------------------------------------------------------------

  private newCaller(): Caller {
    return new Caller((payload) => this.endpoint.post(payload), this.timeline, this.calls);
  }

  private async shakeHands(
    rates: readonly number[],
    signal?: AbortSignal,
    more: { expectSerial?: string; unlessBootNonce?: number } = {},
  ): Promise<BoardHello> {
    const { hostBuild, features = [], expectSerial } = this.options;
    const handshake = new Handshake(this.endpoint, this.timeline, {
      hostBuild,
      features,
      nonce: this.draw(),
      rates,
      setRate: (baud) => this.setRate(baud),
      ...(expectSerial === undefined ? {} : { expectSerial }),
      ...more,
      ...(signal === undefined ? {} : { signal }),
      opened: (hello) => this.openSession(hello),
    });
    this.handshake = handshake;
    try {
      return await handshake.run();
    } finally {
      this.handshake = null;
    }
  }

  private openSession(hello: BoardHello): void {
    this.current = hello;
    this.caller = this.newCaller();
    this.frameCounter = new SampleFrameCounter(this.samples);
    this.clockFitter = new ClockFitter(hello.tickHz);
    this.readClock(0);
    this.liveness?.stop();
    this.liveness = new Liveness(
      this.timeline,
      () => this.endpoint.lastHeardMs,
      (state, reason) => {
        if (state === 'down') this.goDown(reason);
        else this.listener.link(state, reason);
      },
    );
  }

  private takeHelloAck(session: number, payload: Uint8Array): void {
    const ack = decodeHelloAck(payload);
    if (ack === null) {
      this.calls.badMessages++;
      return;
    }
    if (this.handshake !== null) {
      this.handshake.takeHelloAck(session, ack);
      return;
    }
    if (this.ended || this.restarting !== null || this.current === null) return;
    if (session !== 0 || ack.nonce !== 0) return;
    // The one that it sent before the handshake, held up on its way.
    if (ack.bootNonce === this.current.bootNonce) return;
    const why = ResetReason[ack.resetReason] ?? `reason ${Number(ack.resetReason)}`;
    this.beginRestart(`the board has started again: ${why}`);
  }

  private takeOtherMajor(major: number, session: number, payload: Uint8Array | null): void {
    const ack = payload === null ? null : decodeHelloAck(payload);
    if (this.handshake !== null) {
      this.handshake.takeOtherMajor(major, ack);
      return;
    }
    if (this.ended || this.restarting !== null || this.current === null) return;
    if (ack === null || session !== 0 || ack.nonce !== 0) return;
    // Another firmware: it says in the handshake that it does not know this host's version.
    this.beginRestart(
      `the board has started again and speaks version ${ack.protoMajor} of the link`,
    );
  }

  /** Everything of the session before is gone; begins a handshake. */
  private beginRestart(reason: string, unlessBootNonce?: number): void {
    const { serial } = this.hello;
    this.endSession(reason);
    this.listener.link('suspect', reason);
    const restart = async (): Promise<void> => {
      try {
        // After each reset the board is at the first rate.
        if (this.baud !== FIRST_BAUD) await this.setRate(FIRST_BAUD);
        const hello = await this.shakeHands(
          this.rates.length === 0 ? [] : [FIRST_BAUD],
          this.options.signal,
          { expectSerial: serial, ...(unlessBootNonce === undefined ? {} : { unlessBootNonce }) },
        );
        this.restarting = null;
        this.listener.link('online', 'a new session is open');
        this.listener.restarted(hello);
      } catch (error) {
        this.restarting = null;
        this.goDown(error instanceof Error ? error.message : String(error));
      }
    };
    this.restarting = restart();
  }

  private async sendReset(nonce: number, cause: string): Promise<void> {
    let acked = false;
    const rest = new Rest(this.timeline);
    this.resetAcked = (of) => {
      if (of !== nonce) return;
      acked = true;
      rest.wake();
    };
    const payload = encodeReset(nonce, cause);
    for (let sent = 0; sent < MOST_RESETS && !acked && !this.restarting && !this.ended; sent++) {
      this.endpoint.sendFrame(FRAME_TYPE.RESET, payload);
      if (!acked) await rest.take(RESET_MS);
    }
    this.resetAcked = null;
  }

  private async setRate(baud: number): Promise<void> {
    this.baud = baud;
    if (this.line.setBaud === null) return;
    await this.line.setBaud(baud);
    this.endpoint.setLineRate(baud);
  }

  private endSession(reason: string): void {
    this.stopHeartbeat();
    this.liveness?.stop();
    this.callOffClock?.();
    this.callOffClock = null;
    this.stream = null;
    this.sitesOfBank.clear();
    this.caller.close(new RelaxdError('device-offline', reason, { reason }));
    this.endpoint.leaveSession(reason);
  }

  private end(reason: string): boolean {
    if (this.ended) return false;
    this.ended = true;
    this.endSession(reason);
    return true;
  }

  private goDown(reason: string): void {
    if (this.end(reason)) this.listener.link('down', reason);
  }

  // ---- What comes from the board --------------------------------------------------------------------------------------

  private takeReliable(payload: Uint8Array): void {
    const message = decodeToHost(payload);
    if (message === null) {
      this.calls.badMessages++;
      return;
    }
    if (message.kind === 'response') {
      this.caller.takeResponse(message.response);
      return;
    }
    const { event } = message;
    if (event.kind === 'samples') this.stream?.takeStatus(event.samples);
    if (event.kind === 'health') {
      const { badFrames, staleFrames, outOfOrderFrames, sampleBytesFree } = event.health;
      this.boardCounts = { badFrames, staleFrames, outOfOrderFrames, sampleBytesFree };
    }
    this.listener.event(event);
  }

  private takeSample(payload: Uint8Array, counter: number): void {
    this.frameCounter.take(counter);
    const batch = decodeSampleBatch(payload);
    if (batch === null) this.samples.malformed++;
    else if (this.stream === null) this.samples.unexpected++;
    else this.stream.takeBatch(batch);
  }

  private takeLog(payload: Uint8Array): void {
    const entry = decodeLog(payload);
    if (entry === null) this.calls.badMessages++;
    else if (!this.ended) this.listener.log(entry);
  }

  private takeFatal(payload: Uint8Array): void {
    if (this.handshake !== null) {
      this.handshake.takeFatal(payload);
      return;
    }
    const fatal = decodeFatal(payload);
    if (this.ended || fatal === null) return;
    const text = `the board halts: ${fatal.text}`;
    // Nothing that was asked will be answered. It says so itself when it has started again.
    this.caller.close(new RelaxdError('device-offline', text, { reason: text }));
    this.stopHeartbeat();
    this.listener.log({ level: LogLevel.LOG_ERROR, text, ticks: fatal.ticks } as LogEntry);
  }

  /** Arm says which bank; this client knows what is in it. */
  private prepareSamples({ runId, bank }: CallBody<'arm'>): void {
    if (runId == null || this.stream?.runId === runId) return;
    const sites = this.sitesOfBank.get(bank ?? 0);
    if (sites !== undefined) this.expectRun({ runId, sites });
  }

  /** Reads the board's clock from now on: `done` readings have been asked for. */
  private readClock(done: number): void {
    const fitter = this.clockFitter!;
    const disturbances = this.endpoint.disturbances;
    this.callOffClock = this.timeline.after(done < FIRST_CLOCKS ? FIRST_CLOCK_MS : CLOCK_MS, () =>
      this.readClock(done + 1),
    );
    if (done === 0) return;
    this.caller.exchange('getClock', {}, { deadlineMs: CLOCK_MS }).then(
      ({ answer, writtenMs, leftMs, receivedMs, sends }) => {
        const undisturbed = sends === 1 && this.endpoint.disturbances === disturbances;
        if (fitter !== this.clockFitter || !undisturbed) return;
        if (leftMs - writtenMs <= LONGEST_WAIT_MS) fitter.add(writtenMs, receivedMs, answer.ticks);
      },
      // The statistics count it; liveness says what it means.
      () => undefined,
    );
  }
}

/** 921 600 is the usual one; the slower ones follow, then what few adapters can do. */
const mostUsedFirst = (bauds: readonly number[]): number[] => [
  ...bauds.filter((baud) => baud <= 921_600).reverse(),
  ...bauds.filter((baud) => baud > 921_600),
];
