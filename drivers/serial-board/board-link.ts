import { setMaxListeners } from 'node:events';
import { asRelaxdError, isoTime, RelaxdError, type Timeline } from '../../src/core/index.js';
import type { Descriptor, DeviceStatus, DriverContext, Origin } from '../../src/device/index.js';
import {
  BoardClient,
  FASTER_BAUDS,
  FIRST_BAUD,
  type BoardHello,
  type BoardListener,
  type FrameNote,
} from '../../src/link/index.js';
import type { BoardLine, LineSource } from './board-line.js';
import type { BoardOptions } from './options.js';
import { ReconnectLadder, type NextTry } from './reconnect.js';
import { toldDescriptor } from './told-descriptor.js';

export interface BoardDeviceParts {
  readonly source: LineSource;
  readonly timeline: Timeline;
  readonly log: DriverContext['log'];
  /** Draws from [0, 1): the jitter of reconnects. */
  readonly uniform: () => number;
  /** Draws 1 … 2^32 − 1: numbers of runs, nonces. */
  readonly draw?: () => number;
}

/** Who is told what becomes of the link, and what the board says on it. */
export interface LinkUser extends Omit<BoardListener, 'link'> {
  /** A board answers; nothing can be asked of it yet. */
  answered(hello: BoardHello): void;
  /** The link is `online` once this has resolved. */
  up(client: BoardClient, signal: AbortSignal): Promise<void>;
  /** It could not be brought up. */
  failed(): void;
  /** It was up, and is gone. */
  lost(hello: BoardHello, reason: string): void;
}

/** The link to one board: brought up, and again after it is lost; and who is there. */
export class BoardLink {
  /** What the board said of itself when it was last there. */
  private descriptor: Descriptor | null = null;
  /** The board that the device is: the configured one, or the first that answered. */
  private identity: string | null;
  /** Descriptors by their hash, so that a reconnect need not fetch them. */
  private readonly known = new Map<string, string>();
  private readonly ladder: ReconnectLadder;
  private line: BoardLine | null = null;
  private current: BoardClient | null = null;
  private connecting: Promise<void> | null = null;
  private connectingWith: AbortController | null = null;
  private lastBaud = FIRST_BAUD;
  private closed = false;
  /** Of the link that was there last, where it was lost: what was on the line when it went. */
  private framesOfLost: readonly FrameNote[] = [];

  constructor(
    private readonly device: { readonly id: string; readonly driver: string },
    private readonly options: BoardOptions,
    private readonly parts: BoardDeviceParts,
    private readonly status: DeviceStatus,
    private readonly user: LinkUser,
  ) {
    this.identity = options.serial;
    this.ladder = new ReconnectLadder(options.reconnect, parts.timeline, parts.uniform, {
      planned: (next) => void this.planned(next),
      attempt: () => this.bringUp(undefined),
    });
  }

  /** Null: it is down. */
  get client(): BoardClient | null {
    return this.current;
  }
  /** The last frames each way of the link that was lost last. */
  get lastFrames(): readonly FrameNote[] {
    return this.framesOfLost;
  }
  get serial(): string {
    return this.identity ?? 'unknown';
  }
  get origin(): Origin {
    return this.descriptor?.origin ?? this.options.origin ?? 'firmware-sim';
  }

  /** @throws RelaxdError `device-offline` */
  online(): BoardClient {
    if (this.current === null || this.status.link === 'offline') throw this.offline();
    return this.current;
  }

  /** @throws RelaxdError `device-offline` where no board has answered yet */
  described(): Descriptor {
    if (this.descriptor === null) throw this.offline();
    return this.descriptor;
  }

  private offline(): RelaxdError {
    const { link, reason } = this.status;
    return new RelaxdError('device-offline', `${this.device.id} is ${link}: ${reason}`, {
      hint: 'connect it',
    });
  }

  /** @throws RelaxdError why it could not be brought up: it is tried again then, unless it was called off */
  async connect(signal?: AbortSignal): Promise<void> {
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
      client = await this.openClient(line, both);
      if (line.setBaud !== null && this.options.baudRates.length > 0) {
        await client.negotiateBaud(this.options.baudRates, both);
      }
      this.lastBaud = client.lineBaud;
      this.user.answered(client.hello);
      await this.learn(client, both);
      this.line = line;
      this.current = client;
      await this.user.up(client, both);
    } catch (error) {
      this.line = null;
      this.current = null;
      client?.close();
      await line?.close();
      const failure = asRelaxdError(error, 'driver-failed');
      this.user.failed();
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

  private openClient(line: BoardLine, signal: AbortSignal): Promise<BoardClient> {
    const { user } = this;
    const { timeline, draw } = this.parts;
    return BoardClient.open(line, timeline, {
      hostBuild: 'relaxd',
      listener: {
        event: (event) => user.event(event),
        samples: (rows) => user.samples(rows),
        gap: (loss) => user.gap(loss),
        log: (entry) => user.log(entry),
        restarted: (hello) => user.restarted(hello),
        link: (state, reason) => {
          if (line !== this.line) return;
          if (state === 'down') this.lose(reason);
          else void this.status.setLink(state, state === 'online' ? undefined : reason);
        },
      },
      signal,
      ...(line.setBaud === null ? {} : { rates: this.ratesToLookAt() }),
      ...(this.identity === null ? {} : { expectSerial: this.identity }),
      ...(draw === undefined ? {} : { draw }),
    });
  }

  /** A board that was not told that its host went is still at the rate that it was. */
  private ratesToLookAt(): readonly number[] {
    return [...new Set([FIRST_BAUD, this.lastBaud, ...this.options.baudRates, ...FASTER_BAUDS])];
  }

  /** Asks the board who it is. @throws RelaxdError `driver-failed` where its descriptor is none */
  async learn(client: BoardClient, signal?: AbortSignal): Promise<void> {
    const { serial } = client.hello;
    const { sha256, text } = await client.descriptor(this.known, signal);
    this.known.set(sha256, text);
    this.descriptor = toldDescriptor(text, {
      device: this.device.id,
      driver: this.device.driver,
      serial,
      most: this.options.place.kind === 'simulator' ? 'firmware-sim' : 'hardware',
      configured: this.options.origin,
    });
    this.identity = serial;
  }

  /** It is gone: the board goes to its safe state by itself where it was armed. */
  private lose(reason: string): void {
    const { line, current: client, status } = this;
    if (line === null || client === null) return;
    this.line = null;
    this.current = null;
    this.framesOfLost = client.recentFrames();
    client.close();
    this.user.lost(client.hello, reason);
    const lost = async (): Promise<void> => {
      await line.close();
      if (status.equipment === 'armed' || status.equipment === 'acquiring') {
        const by = 'the board goes to its safe state by itself';
        await status.step('safe', `the link was lost (${reason}): ${by}`);
      }
      status.reason = reason;
      await status.setLink('offline', reason);
      if (!this.closed) this.ladder.start();
    };
    void lost().catch((error: unknown) => this.parts.log('error', String(error)));
  }

  private async planned(next: NextTry | null): Promise<void> {
    const before = (this.status.reason ?? 'offline').replace(/; (next try|given up).*$/s, '');
    const reason =
      next === null
        ? `${before}; given up: connect it by hand`
        : `${before}; next try at ${isoTime(next.atMs)} (${next.number} of ${next.of})`;
    this.status.reason = reason;
    await this.status.setLink('offline', reason);
  }

  /** @param takeLeave while the board can still be told; the client is null where it cannot */
  async close(takeLeave: (client: BoardClient | null) => Promise<void>): Promise<void> {
    this.closed = true;
    this.ladder.stop();
    this.connectingWith?.abort(new RelaxdError('aborted', `${this.device.id} was closed`));
    await this.connecting?.catch(() => undefined);
    const { line, current: client, status } = this;
    await takeLeave(client);
    this.line = null;
    this.current = null;
    client?.close();
    await line?.close();
    await this.parts.source.close();
    if (status.link === 'offline') return;
    status.reason = 'closed';
    if (status.equipment === 'standby') await status.step('safe', 'closed');
    await status.setLink('offline', 'closed');
  }
}

/** A signal that many calls at a time may listen to. */
export function forManyCalls(...signals: readonly AbortSignal[]): AbortSignal {
  const signal = AbortSignal.any([...signals]);
  setMaxListeners(0, signal);
  return signal;
}
