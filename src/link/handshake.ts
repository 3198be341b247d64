import { abortedError, RelaxdError, type Timeline } from '../core/index.js';
import { FRAME_TYPE, HIGHEST_MTU, LOWEST_MTU, PROTOCOL_MAJOR, PROTOCOL_MINOR } from './frame.js';
import type { LinkEndpoint } from './link-endpoint.js';
import {
  decodeFatal,
  encodeHello,
  FatalCode,
  type HelloAck,
  type ResetReason,
} from './messages.js';
import { Rest } from './rest.js';

/** What the board says of itself in the handshake. */
export interface BoardHello {
  /** Its identity, whatever port it is on. */
  readonly serial: string;
  /** Another one than before: the board has started again and forgotten everything. */
  readonly bootNonce: number;
  readonly bootCount: number;
  readonly resetReason: ResetReason;
  readonly firmwareBuildId: string;
  readonly session: number;
  /** Longest payload of a frame, bytes. */
  readonly mtu: number;
  /** Bytes of payload that may be on their way to the board. */
  readonly rxWindowBytes: number;
  /** Nominal ticks a second. */
  readonly tickHz: number;
  readonly uptimeTicks: number;
  readonly maxBaud: number;
  readonly maxWatchdogMs: number;
  /** Minor version that holds: the smaller of the two. */
  readonly minor: number;
  readonly features: readonly string[];
}

const HELLO_MS = 250;
const MOST_HELLOS = 20;
/** Where the board may be at another rate: at the first one, and at each of the others. */
const FIRST_RATE_HELLOS = 8;
const OTHER_RATE_HELLOS = 3;

export interface HandshakeOptions {
  readonly hostBuild: string;
  readonly features: readonly string[];
  /** 1 … 2^32 − 1, another one for each handshake. */
  readonly nonce: number;
  /** Line rates at which the board is looked for, in this order; the line is at the first one. Empty: it has none. */
  readonly rates: readonly number[];
  readonly setRate: (baud: number) => Promise<void>;
  /** The board's serial number must be this one. */
  readonly expectSerial?: string;
  /** A board with this boot nonce has not started again yet: it is asked on. */
  readonly unlessBootNonce?: number;
  readonly signal?: AbortSignal;
  /** Called as soon as the session is open: what the board sends right after its answer is not missed. */
  readonly opened: (hello: BoardHello) => void;
}

/** Asks for a session until the board answers. */
export class Handshake {
  private finished = false;
  private heardOther: string | null = null;
  private otherVersion: OtherVersion | null = null;
  private resolve!: (hello: BoardHello) => void;
  private reject!: (error: RelaxdError) => void;
  private readonly rest: Rest;
  private readonly hello: Uint8Array;

  constructor(
    private readonly endpoint: LinkEndpoint,
    timeline: Timeline,
    private readonly options: HandshakeOptions,
  ) {
    this.rest = new Rest(timeline);
    this.hello = encodeHello({
      protoMajor: PROTOCOL_MAJOR,
      protoMinor: PROTOCOL_MINOR,
      minMajor: PROTOCOL_MAJOR,
      hostBuild: options.hostBuild,
      features: [...options.features],
      nonce: options.nonce,
    });
  }

  /**
   * @throws RelaxdError `device-offline` where nobody answers, or another board than the expected one; `not-supported` where
   * the versions do not meet; `aborted`
   */
  async run(): Promise<BoardHello> {
    const { signal } = this.options;
    const done = new Promise<BoardHello>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    const abort = (): void => this.fail(abortedError(signal!));
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
    const asking = this.ask().catch((error: unknown) =>
      this.fail(new RelaxdError('device-offline', 'the line rate cannot be set', {}, error)),
    );
    try {
      return await done;
    } finally {
      signal?.removeEventListener('abort', abort);
      await asking;
    }
  }

  takeHelloAck(session: number, ack: HelloAck): void {
    if (this.finished) return;
    if (ack.nonce !== this.options.nonce) {
      if (ack.nonce === 0) this.heardOther = 'the board has just started';
      return;
    }
    if (ack.bootNonce === this.options.unlessBootNonce) {
      this.heardOther = 'the board has not started again';
      return;
    }
    const { expectSerial } = this.options;
    const refused = refusal(session, ack);
    if (refused !== null) return this.fail(refused);
    if (expectSerial !== undefined && ack.boardSerial !== expectSerial) {
      return this.fail(
        new RelaxdError(
          'device-offline',
          `another board is on this port: ${ack.boardSerial} instead of ${expectSerial}`,
          {
            value: ack.boardSerial,
            limit: expectSerial,
            hint: 'connect the board that is configured',
          },
        ),
      );
    }
    const hello = helloOf(session, ack);
    this.endpoint.openSession(session, { mtu: hello.mtu, windowBytes: hello.rxWindowBytes });
    this.finish();
    this.options.opened(hello);
    this.resolve(hello);
  }

  /** A frame of another major version. @param ack where it is a HELLO_ACK: HELLO, HELLO_ACK and FATAL mean the same in all */
  takeOtherMajor(major: number, ack: HelloAck | null): void {
    if (this.finished) return;
    if (ack === null) {
      this.otherVersion ??= { value: major, said: String(major) };
      return;
    }
    const { protoMajor, protoMinor } = ack;
    this.otherVersion = { value: protoMajor, said: `${protoMajor}.${protoMinor}` };
    if (ack.nonce === this.options.nonce) this.fail(otherVersion(this.otherVersion));
  }

  takeFatal(payload: Uint8Array): void {
    const fatal = decodeFatal(payload);
    if (fatal === null) return;
    const isVersion = fatal.code === FatalCode.FATAL_VERSION;
    const text = `the board refuses the link: ${fatal.text}${isVersion ? `; this relaxd speaks ${OWN_VERSION}` : ''}`;
    this.fail(
      new RelaxdError(
        'not-supported',
        text,
        isVersion ? { ...versionDetails(this.otherVersion?.value), hint: VERSION_HINT } : {},
      ),
    );
  }

  private fail(error: RelaxdError): void {
    if (this.finished) return;
    this.finish();
    this.reject(error);
  }

  private finish(): void {
    this.finished = true;
    this.rest.wake();
  }

  private async ask(): Promise<void> {
    const { rates, setRate } = this.options;
    const only = rates.length < 2;
    const plan = only ? [rates[0]] : rates;
    for (const [k, rate] of plan.entries()) {
      if (k > 0 && rate !== undefined && !this.finished) await setRate(rate);
      const hellos = only ? MOST_HELLOS : k === 0 ? FIRST_RATE_HELLOS : OTHER_RATE_HELLOS;
      for (let asked = 0; asked < hellos && !this.finished; asked++) {
        this.endpoint.sendFrame(FRAME_TYPE.HELLO, this.hello);
        if (!this.finished) await this.rest.take(HELLO_MS);
      }
    }
    if (this.finished) return;
    if (this.otherVersion !== null) return this.fail(otherVersion(this.otherVersion));
    const { bytesReceived } = this.endpoint.statistics();
    const heard =
      this.heardOther ??
      (bytesReceived > 0
        ? 'bytes came, but no answer: another device, or another line rate'
        : 'nothing came');
    this.fail(
      new RelaxdError('device-offline', `no board answers: ${heard}`, {
        rates,
        hint: 'check the cable, the power and the port',
      }),
    );
  }
}

const OWN_VERSION = `${PROTOCOL_MAJOR}.${PROTOCOL_MINOR}`;
const VERSION_HINT = 'another firmware for the board, or another relaxd';

/** Both versions, the board's and this one's. */
interface OtherVersion {
  readonly value: number;
  /** As far as the board's frames said: the major, or both numbers. */
  readonly said: string;
}

const versionDetails = (value: number | undefined): Record<string, unknown> => ({
  ...(value === undefined ? {} : { value }),
  limit: PROTOCOL_MAJOR,
});

const otherVersion = ({ value, said }: OtherVersion): RelaxdError =>
  new RelaxdError(
    'not-supported',
    `the board speaks version ${said} of the link, this relaxd ${OWN_VERSION}`,
    { ...versionDetails(value), hint: VERSION_HINT },
  );

function refusal(session: number, ack: HelloAck): RelaxdError | null {
  if (ack.protoMajor !== PROTOCOL_MAJOR) {
    const said = `${ack.protoMajor}.${ack.protoMinor}`;
    return otherVersion({ value: ack.protoMajor, said });
  }
  const wrong = (what: string, value: unknown, limit: unknown): RelaxdError =>
    new RelaxdError('driver-failed', `the board's answer to HELLO has ${what}`, { value, limit });
  if (session === 0) return wrong('no session', session, [1, 65_535]);
  if (ack.mtu < LOWEST_MTU || ack.mtu > HIGHEST_MTU) {
    return wrong(`an MTU of ${ack.mtu} bytes`, ack.mtu, [LOWEST_MTU, HIGHEST_MTU]);
  }
  if (ack.tickHz === 0) return wrong('no tick rate', ack.tickHz, 1);
  if (ack.boardSerial === '') return wrong('no serial number', ack.boardSerial, 'a text');
  return null;
}

function helloOf(session: number, ack: HelloAck): BoardHello {
  return {
    serial: ack.boardSerial,
    bootNonce: ack.bootNonce,
    bootCount: ack.bootCount,
    resetReason: ack.resetReason,
    firmwareBuildId: ack.firmwareBuildId,
    session,
    mtu: ack.mtu,
    rxWindowBytes: ack.rxWindowBytes,
    tickHz: ack.tickHz,
    uptimeTicks: ack.uptimeTicks,
    maxBaud: ack.maxBaud,
    maxWatchdogMs: ack.maxWatchdogMs,
    minor: Math.min(PROTOCOL_MINOR, ack.protoMinor),
    features: ack.features,
  };
}
