import type { Timeline } from '../src/core/index.js';
import type { BoardPort } from './board-port.js';
import { encodeFrame, FRAME, FrameScanner, type Frame } from './frame.js';
import { GoBackN } from './go-back-n.js';
import type { Handshake } from './handshake.js';
import { Fatal, FatalCode, Reset } from './messages.js';

/** Frames, session and reliable channel on a port. */
export interface BoardLinkListener {
  /** A reliable message, once, in order. */
  message(payload: Uint8Array): void;
  /** Another session: what belongs to the one before is forgotten. */
  opened(): void;
  /** A frame RESET. @returns nothing; the answer has been written */
  reset(nonce: number, cause: string): void;
  /** Any frame that was whole. */
  heard(): void;
}

export interface BoardLinkOptions {
  readonly major: number;
  readonly mtu: number;
  /** DATA frames that are taken in without being answered, and that are on their way to the host, at a time. */
  readonly rxFrames: number;
  readonly window: number;
  readonly leastRtoMs: number;
}

export interface LinkCounts {
  bad: number;
  stale: number;
  /** DATA frames sent again, since the start. */
  retransmitted: number;
  outOfOrder: number;
}

/** HELLO fits it, whatever the board's own MTU is. */
const HELLO_MTU = 512;
const NO_PAYLOAD = { ack: 0, credit: 0 };

export class BoardLink {
  private readonly scanner: FrameScanner;
  private channel: GoBackN | null = null;
  private session = 0;
  private samples = 0;
  private logs = 0;
  private bad = 0;
  private stale = 0;
  private retransmitted = 0;
  private outOfOrder = 0;

  constructor(
    private readonly timeline: Timeline,
    private readonly port: Pick<BoardPort, 'write'>,
    private readonly handshake: Handshake,
    private readonly ticks: () => number,
    private readonly listener: BoardLinkListener,
    private readonly options: BoardLinkOptions,
  ) {
    this.scanner = new FrameScanner(Math.max(HELLO_MTU, options.mtu), {
      frame: (frame) => this.frame(frame),
      bad: () => {
        this.badMessage();
        this.channel?.bad();
      },
    });
  }

  receive(bytes: Uint8Array): void {
    this.scanner.push(bytes);
  }

  /** HELLO_ACK of its own accord. */
  announce(): void {
    this.put(FRAME.helloAck, 0, 0, NO_PAYLOAD, this.handshake.announcement());
  }

  get isOpen(): boolean {
    return this.session !== 0;
  }

  /** Messages that the host has not acknowledged. */
  get unacknowledged(): number {
    return this.channel?.queued ?? 0;
  }

  /** Messages that wait for room on the way. */
  get unsent(): number {
    return this.channel?.unsent ?? 0;
  }

  counts(): LinkCounts {
    return {
      bad: this.bad,
      stale: this.stale,
      retransmitted: this.retransmitted + (this.channel?.retransmitted ?? 0),
      outOfOrder: this.outOfOrder + (this.channel?.outOfOrder ?? 0),
    };
  }

  /** A message that cannot be parsed. */
  badMessage(): void {
    this.bad++;
  }

  /** Reliably. Before the first session there is nobody to send it to. */
  send(payload: Uint8Array, key: string | null = null): void {
    this.channel?.send(payload, key);
  }

  sample(payload: Uint8Array): void {
    if (this.channel === null) return;
    const seq = this.samples++ & 0xff;
    this.put(FRAME.sample, this.session, seq, this.channel.header(), payload);
  }

  log(payload: Uint8Array): void {
    const header = this.channel?.header() ?? NO_PAYLOAD;
    this.put(FRAME.log, this.session, this.logs++ & 0xff, header, payload);
  }

  close(): void {
    this.channel?.close();
  }

  private frame(frame: Frame): void {
    this.listener.heard();
    if (frame.type === FRAME.hello) {
      this.hello(frame);
      return;
    }
    if (frame.major !== this.options.major) {
      this.stale++;
      return;
    }
    switch (frame.type) {
      case FRAME.reset:
        this.reset(frame);
        return;
      case FRAME.data:
      case FRAME.ack:
      case FRAME.nak:
        if (this.channel === null || frame.session !== this.session) this.stale++;
        else this.channel.receive(frame);
        return;
      case FRAME.fatal:
        return;
      default:
        this.bad++;
    }
  }

  private hello(frame: Frame): void {
    const answer = this.handshake.answer(frame.payload);
    switch (answer.kind) {
      case 'bad':
        this.bad++;
        return;
      case 'refused': {
        const { text } = answer;
        const code = FatalCode.FATAL_VERSION;
        const payload = Fatal.encode({ code, text, ticks: this.ticks() }).finish();
        this.put(FRAME.fatal, frame.session, 0, NO_PAYLOAD, payload, frame.major);
        return;
      }
      case 'open':
        this.open(answer.session);
        break;
      case 'again':
        break;
    }
    this.put(FRAME.helloAck, answer.session, 0, NO_PAYLOAD, answer.payload);
  }

  private open(session: number): void {
    this.retire();
    this.session = session;
    this.samples = 0;
    this.logs = 0;
    const channel: GoBackN = new GoBackN(
      this.timeline,
      {
        put: (type, seq, ack, credit, payload) =>
          this.put(type, session, seq, { ack, credit }, payload),
        deliver: (payload) => this.listener.message(payload),
        // The host finds out by its own time-outs.
        down: () => undefined,
      },
      {
        window: this.options.window,
        leastRtoMs: this.options.leastRtoMs,
        room: () => Math.max(0, this.options.rxFrames - (this.channel?.unsent ?? 0)),
      },
    );
    this.channel = channel;
    this.listener.opened();
  }

  private retire(): void {
    if (this.channel === null) return;
    this.channel.close();
    this.retransmitted += this.channel.retransmitted;
    this.outOfOrder += this.channel.outOfOrder;
    this.channel = null;
  }

  private reset(frame: Frame): void {
    let reset: InstanceType<typeof Reset>;
    try {
      reset = Reset.decode(frame.payload);
    } catch {
      this.bad++;
      return;
    }
    this.put(FRAME.resetAck, frame.session, 0, NO_PAYLOAD, frame.payload);
    this.listener.reset(reset.nonce, reset.cause);
  }

  private put(
    type: number,
    session: number,
    seq: number,
    { ack, credit }: { ack: number; credit: number },
    payload: Uint8Array,
    major = this.options.major,
  ): void {
    this.port.write(encodeFrame({ type, major, session, seq, ack, credit, payload }));
  }
}
