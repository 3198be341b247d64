import { RelaxdError, type Timeline } from '../core/index.js';
import { LINE_BITS_PER_BYTE, type ByteLine } from './byte-line.js';
import {
  encodeFrame,
  FIRST_MTU,
  FRAME_TYPE,
  FrameReader,
  PROTOCOL_MAJOR,
  type BadFrameReason,
  type Frame,
  type FrameType,
} from './frame.js';
import {
  GoBackN,
  MOST_ON_THEIR_WAY,
  noReliableCounts,
  type Delivery,
  type ReliableCounts,
} from './go-back-n.js';
import { RecentFrames, type FrameNote } from './recent-frames.js';
import { RoundTripHistogram, type RoundTrips } from './round-trips.js';
import { badFrames, noFrameCounts, type FrameCounts } from './statistics.js';

/** What the host hears from a link. */
export interface LinkListener {
  /** Payloads of DATA, each once, in order. */
  reliable(payload: Uint8Array): void;
  /** @param counter number of the SAMPLE frame, mod 256 */
  sample(payload: Uint8Array, counter: number): void;
  log(payload: Uint8Array): void;
  /** Every HELLO_ACK, whoever asked; a session that it opens is opened before this comes back. */
  helloAck(session: number, payload: Uint8Array): void;
  /** A frame of another major version, which is dropped but for this. @param helloAck payload where it is a HELLO_ACK, else null */
  otherMajor(major: number, session: number, helloAck: Uint8Array | null): void;
  resetAck(payload: Uint8Array): void;
  fatal(payload: Uint8Array): void;
  /** Six time-outs in a row; nothing comes from this session any more. */
  down(reason: string): void;
}

export interface SessionLimits {
  /** Longest payload of a frame, bytes. */
  readonly mtu: number;
  /** Bytes of payload that may be on their way to the board. */
  readonly windowBytes: number;
}

/** The part of the statistics that the endpoint itself counts. */
export interface EndpointStatistics extends FrameCounts, ReliableCounts {
  readonly openMs: number;
  readonly roundTrips: RoundTrips;
  readonly smoothedRoundTripMs: number | null;
  readonly rtoMs: number | null;
}

const { DATA, ACK, NAK, SAMPLE, LOG, HELLO_ACK, RESET_ACK, FATAL } = FRAME_TYPE;

/** Frames and the reliable channel on a line, host side. */
export class LinkEndpoint {
  private readonly reader: FrameReader;
  private readonly recent = new RecentFrames();
  private readonly frames = noFrameCounts();
  private readonly reliable = noReliableCounts();
  private readonly roundTrips = new RoundTripHistogram();
  private readonly openedMs: number;
  private readonly stopListening: () => void;
  private channel: GoBackN | null = null;
  private session = 0;
  private mtu = FIRST_MTU;
  private heardMs: number;
  /** Null: not known. */
  private baud: number | null = null;
  /** When everything written so far will have left, ms, as far as the line rate is known. */
  private lineFreeMs = 0;
  private closed = false;

  constructor(
    private readonly line: ByteLine,
    private readonly timeline: Timeline,
    private readonly listener: LinkListener,
  ) {
    this.openedMs = this.heardMs = timeline.monotonicMs();
    this.reader = new FrameReader({
      frame: (frame) => this.receive(frame),
      bad: (reason, bytes) => this.receiveBad(reason, bytes),
    });
    this.stopListening = line.onBytes((bytes) => {
      if (this.closed) return;
      this.frames.bytesReceived += bytes.length;
      this.reader.push(bytes);
    });
  }

  /** When the last valid frame came, ms, monotonic: of the session, or a HELLO_ACK. */
  get lastHeardMs(): number {
    return this.heardMs;
  }
  /** Signs of trouble so far: an exchange during which it changes was not undisturbed. */
  get disturbances(): number {
    const { outOfOrder, duplicates, retransmits } = this.reliable;
    return badFrames(this.frames) + outOfOrder + duplicates + retransmits;
  }

  /**
   * Says how fast the line is, so that the time that bytes take to leave is not taken for the other side's. Without it,
   * or with null, they leave at once.
   */
  setLineRate(baud: number | null): void {
    this.baud = baud;
    this.lineFreeMs = this.timeline.monotonicMs();
  }

  /** After a HELLO_ACK: numbers start at 0; what was on its way in the session before is given up. */
  openSession(session: number, limits: SessionLimits): void {
    this.channel?.close('a new session was opened');
    this.session = session;
    this.mtu = limits.mtu;
    this.reader.setMtu(Math.max(FIRST_MTU, limits.mtu));
    this.frames.sessions++;
    const channel: GoBackN = new GoBackN(
      {
        transmit: (type, seq, ack, credit, payload) =>
          this.write({
            type,
            major: PROTOCOL_MAJOR,
            session,
            seq,
            ack,
            credit,
            payload,
          }),
        deliver: (payload) => this.listener.reliable(payload),
        down: (reason) => {
          if (this.channel === channel) this.channel = null;
          this.listener.down(reason);
        },
        // A host reads at once.
        room: () => MOST_ON_THEIR_WAY,
        leftEarly: (ms) => {
          this.lineFreeMs -= ms;
        },
      },
      this.timeline,
      this.line.minRtoMs,
      limits.windowBytes,
      this.reliable,
      this.roundTrips,
    );
    this.channel = channel;
  }

  /** Resolves once acknowledged; rejects when the link goes down, a new session opens, or it is closed. */
  async send(payload: Uint8Array): Promise<void> {
    return this.post(payload).acknowledged;
  }

  /**
   * The same, with what can be known of it on its way.
   *
   * @throws RelaxdError `device-offline` where no session is open, `too-large` where the payload does not fit a frame
   */
  post(payload: Uint8Array): Delivery {
    if (payload.length > this.mtu) {
      throw new RelaxdError(
        'too-large',
        `a message of ${payload.length} bytes does not fit a frame`,
        {
          value: payload.length,
          limit: this.mtu,
        },
      );
    }
    if (this.channel === null) {
      throw new RelaxdError('device-offline', 'there is no session with the board');
    }
    return this.channel.send(payload);
  }

  /** HELLO, RESET, FATAL: outside the reliable channel. */
  sendFrame(type: FrameType, payload: Uint8Array): void {
    if (this.closed) return;
    // HELLO says that there is no session.
    const session = type === FRAME_TYPE.HELLO ? 0 : this.session;
    this.write({ type, major: PROTOCOL_MAJOR, session, seq: 0, ack: 0, credit: 0, payload });
  }

  /** Gives the session up without closing the line. */
  leaveSession(reason: string): void {
    this.channel?.close(reason);
    this.channel = null;
  }

  statistics(): EndpointStatistics {
    return {
      ...this.frames,
      bad: { ...this.frames.bad },
      ...this.reliable,
      openMs: this.timeline.monotonicMs() - this.openedMs,
      roundTrips: this.roundTrips.summary(),
      smoothedRoundTripMs: this.channel?.smoothedRoundTripMs ?? null,
      rtoMs: this.channel?.rtoMs ?? null,
    };
  }

  /** The last 100 frames each way. */
  recentFrames(): readonly FrameNote[] {
    return this.recent.list();
  }

  close(reason = 'the link was closed'): void {
    this.closed = true;
    this.stopListening();
    this.leaveSession(reason);
  }

  private write(frame: Frame): number {
    const bytes = encodeFrame(frame);
    const now = this.timeline.monotonicMs();
    this.frames.framesSent++;
    this.frames.bytesSent += bytes.length;
    this.recent.noteSent(now, frame);
    this.line.write(bytes);
    if (this.baud === null) return now;
    this.lineFreeMs =
      Math.max(now, this.lineFreeMs) + (1000 * LINE_BITS_PER_BYTE * bytes.length) / this.baud;
    return this.lineFreeMs;
  }

  private receive(frame: Frame): void {
    if (this.closed) return;
    const now = this.timeline.monotonicMs();
    this.recent.noteReceived(now, frame);
    this.frames.framesReceived++;
    if (frame.major !== PROTOCOL_MAJOR) {
      this.frames.otherMajor++;
      const isAck = frame.type === HELLO_ACK;
      this.listener.otherMajor(frame.major, frame.session, isAck ? frame.payload : null);
      return;
    }
    switch (frame.type) {
      case HELLO_ACK:
        this.heardMs = now;
        this.listener.helloAck(frame.session, frame.payload);
        return;
      case RESET_ACK:
        this.listener.resetAck(frame.payload);
        return;
      case FATAL:
        this.listener.fatal(frame.payload);
        return;
      case LOG:
        // A board logs before its first session, too.
        if (frame.session === 0) this.listener.log(frame.payload);
        else if (this.inSession(frame, now)) {
          this.channel?.takeAck(frame.ack, frame.credit);
          this.listener.log(frame.payload);
        }
        return;
      case DATA:
        if (!this.inSession(frame, now)) return;
        this.channel?.takeAck(frame.ack, frame.credit);
        this.channel?.takeData(frame.seq, frame.payload);
        return;
      case SAMPLE:
        if (!this.inSession(frame, now)) return;
        this.channel?.takeAck(frame.ack, frame.credit);
        this.listener.sample(frame.payload, frame.seq);
        return;
      case ACK:
        if (this.inSession(frame, now)) this.channel?.takeAck(frame.ack, frame.credit);
        return;
      case NAK:
        if (this.inSession(frame, now)) this.channel?.takeNak(frame.ack, frame.credit);
        return;
      default:
        this.frames.unexpected++;
    }
  }

  private inSession(frame: Frame, now: number): boolean {
    if (this.channel === null || frame.session !== this.session) {
      this.frames.stale++;
      return false;
    }
    this.heardMs = now;
    return true;
  }

  private receiveBad(reason: BadFrameReason, bytes: Uint8Array): void {
    this.frames.bad[reason]++;
    this.recent.noteBad(this.timeline.monotonicMs(), reason, bytes);
    this.channel?.takeBadFrame();
  }
}
