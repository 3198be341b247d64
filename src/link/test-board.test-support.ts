import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { relaxd } from '../../proto/gen/board.js';
import type { Timeline } from '../core/index.js';
import { encodeFrame, FRAME_TYPE, FrameReader, type Frame } from './frame.js';
import { GoBackN, MOST_ON_THEIR_WAY, noReliableCounts } from './go-back-n.js';
import type { PipeEnd } from './memory-pipe.test-support.js';
import { RoundTripHistogram } from './round-trips.js';

const v1 = relaxd.board.v1;
type Request = relaxd.board.v1.Request;
type Response = relaxd.board.v1.Response.$Properties;
export type Answer = Omit<Response, 'requestId'>;

export interface TestBoardOptions {
  serial?: string;
  mtu?: number;
  windowBytes?: number;
  tickHz?: number;
  /** DATA frames that it has room for; 32. */
  room?: () => number;
  /** Instead of what the board says by itself; undefined: that; null: no answer at all. */
  answer?: (request: Request) => Answer | null | undefined;
  descriptor?: string;
  result?: Uint8Array;
  shots?: number;
  health?: boolean;
}

interface Upload {
  id: number;
  key: string;
  total: number;
  have: Buffer;
}

/**
 * The other side of the link for the tests of this room: the room's own channel in the mirrored role, and as much of a board as they
 * need. The real one is firmware-sim, which shares nothing with this room.
 */
export class TestBoard {
  readonly counts = noReliableCounts();
  readonly received: Uint8Array[] = [];
  readonly requests: Request[] = [];
  bootNonce = 77;
  bootCount = 1;
  session = 0;
  hellos = 0;
  lastNonceHeard = 0;
  downReason: string | null = null;
  /** Null: it does not answer HELLO. */
  protoMajor: number | null = 1;
  upload: Upload | null = null;
  uploads = 0;
  banks: (Uint8Array | null)[] = [null, null];
  silent = false;
  private channel: GoBackN | null = null;
  private lastNonce = 0;
  private sampleFrames = 0;
  private readonly reader = new FrameReader({
    frame: (frame) => this.take(frame),
    bad: () => this.channel?.takeBadFrame(),
  });

  constructor(
    readonly line: PipeEnd,
    private readonly timeline: Timeline,
    readonly options: TestBoardOptions = {},
  ) {
    line.onBytes((bytes) => this.reader.push(bytes));
    this.reader.setMtu(2048);
    if (options.health) this.tick();
  }

  private tick(): void {
    this.timeline.after(500, () => {
      this.event({ health: { state: 1, badFrames: 3, ticks: this.ticks() } });
      this.tick();
    });
  }

  ticks(): number {
    return Math.floor((this.timeline.monotonicMs() * (this.options.tickHz ?? 1e6)) / 1000);
  }

  /** Starts again: everything is forgotten. */
  restart(): void {
    this.channel?.close('restart');
    this.channel = null;
    this.session = 0;
    this.lastNonce = 0;
    this.bootNonce++;
    this.bootCount++;
    this.upload = null;
    this.banks = [null, null];
    this.line.baud = 115_200;
    this.helloAck(0, 0);
  }

  /** A payload in a DATA frame to the host. */
  send(payload: Uint8Array): Promise<void> {
    return this.channel!.send(payload).acknowledged;
  }

  event(event: relaxd.board.v1.Event.$Shape): void {
    if (this.channel === null) return;
    void this.send(v1.ToHost.encode({ event } as relaxd.board.v1.ToHost.$Properties).finish());
  }

  respond(requestId: number, answer: Answer): void {
    const response = { requestId, ...answer };
    void this.send(v1.ToHost.encode({ response }).finish());
  }

  sample(batch: relaxd.board.v1.SampleBatch.$Properties): void {
    this.write(FRAME_TYPE.SAMPLE, v1.SampleBatch.encode(batch).finish(), this.sampleFrames++ & 255);
  }

  write(type: number, payload: Uint8Array, seq = 0, session = this.session, major = 1): void {
    if (this.silent) return;
    const channel = this.channel;
    this.line.write(
      encodeFrame({
        type,
        major,
        session,
        seq,
        ack: channel?.ackNumber ?? 0,
        credit: channel?.creditNumber ?? 0,
        payload,
      }),
    );
  }

  helloAck(session: number, nonce: number): void {
    const { serial = 'TB-1', mtu = 512, windowBytes = 4096, tickHz = 1e6 } = this.options;
    const payload = v1.HelloAck.encode({
      protoMajor: this.protoMajor ?? 1,
      protoMinor: 3,
      minMajor: 1,
      nonce,
      bootCount: this.bootCount,
      bootNonce: this.bootNonce,
      resetReason: v1.ResetReason.RESET_POWER_ON,
      firmwareBuildId: 'test',
      boardSerial: serial,
      tickHz,
      mtu,
      rxWindowBytes: windowBytes,
      maxBaud: 2_000_000,
      maxWatchdogMs: 5000,
      features: ['x'],
    }).finish();
    if (!this.silent) {
      this.line.write(
        encodeFrame({
          type: FRAME_TYPE.HELLO_ACK,
          major: 1,
          session,
          seq: 0,
          ack: 0,
          credit: 0,
          payload,
        }),
      );
    }
  }

  private take(frame: Frame): void {
    if (frame.major !== 1) return;
    if (frame.type === FRAME_TYPE.HELLO) {
      this.hellos++;
      const { nonce } = v1.Hello.decode(frame.payload);
      this.lastNonceHeard = nonce;
      if (this.protoMajor === null) return;
      if (nonce !== this.lastNonce) this.open(nonce);
      this.helloAck(this.session, nonce);
      return;
    }
    if (frame.type === FRAME_TYPE.RESET) {
      this.write(FRAME_TYPE.RESET_ACK, frame.payload, 0, frame.session);
      this.timeline.after(20, () => this.restart());
      return;
    }
    const channel = this.channel;
    if (channel === null || frame.session !== this.session) return;
    if (frame.type === FRAME_TYPE.NAK) channel.takeNak(frame.ack, frame.credit);
    else channel.takeAck(frame.ack, frame.credit);
    if (frame.type === FRAME_TYPE.DATA) channel.takeData(frame.seq, frame.payload);
  }

  private open(nonce: number): void {
    this.lastNonce = nonce;
    this.session = (this.session % 65_535) + 1;
    this.sampleFrames = 0;
    this.channel?.close('a new session');
    const session = this.session;
    this.channel = new GoBackN(
      {
        transmit: (type, seq, ack, credit, payload) => {
          const frame = { type, major: 1, session, seq, ack, credit, payload };
          if (!this.silent) this.line.write(encodeFrame(frame));
          return this.timeline.monotonicMs();
        },
        deliver: (payload) => this.deliver(payload),
        down: (reason) => {
          this.downReason = reason;
        },
        room: this.options.room ?? (() => MOST_ON_THEIR_WAY),
        leftEarly: () => undefined,
      },
      this.timeline,
      25,
      Infinity,
      this.counts,
      new RoundTripHistogram(),
    );
  }

  private deliver(payload: Uint8Array): void {
    this.received.push(payload);
    if (this.options.answer === undefined && this.options.descriptor === undefined) return;
    const request = v1.Request.decode(payload);
    this.requests.push(request);
    const said = this.options.answer?.(request);
    const answer = said === undefined ? this.answer(request) : said;
    if (answer !== null) this.respond(request.requestId, answer);
    if (request.reset != null) this.timeline.after(20, () => this.restart());
  }

  private answer(request: Request): Answer {
    const { descriptor = '{}', result = new Uint8Array(), shots = 0 } = this.options;
    const part = { total: 0, data: new Uint8Array(), offset: 0 };
    const room = (this.options.mtu ?? 512) - 120;
    if (request.ping) return { ping: { payload: request.ping.payload ?? part.data } };
    if (request.getClock) return { clock: { ticks: this.ticks() } };
    if (request.getDescriptor) {
      const bytes = Buffer.from(descriptor);
      const offset = request.getDescriptor.offset ?? 0;
      const sha256 = createHash('sha256').update(bytes).digest();
      const data = bytes.subarray(offset, offset + room);
      return { descriptor: { offset, total: bytes.length, sha256, data } };
    }
    if (request.readResult) {
      const { runId = 0, offset = 0 } = request.readResult;
      const data = result.subarray(offset!, offset! + room);
      return {
        result: {
          runId,
          offset,
          total: result.length,
          crc32: crc32(result),
          shots,
          end: v1.RunEnd.RUN_FINISHED,
          data,
        },
      };
    }
    if (request.setBaud) {
      const baud = request.setBaud.baud!;
      const before = this.line.baud;
      let heard = false;
      this.timeline.after(5, () => {
        this.line.baud = baud;
        const off = this.line.onBytes((bytes) => (heard ||= bytes[0] !== 0xa5));
        this.timeline.after(500, () => {
          off();
          if (!heard) this.line.baud = before;
        });
      });
      return { setBaud: { baud } };
    }
    if (
      request.uploadBegin ||
      request.uploadStatus ||
      request.uploadChunk ||
      request.uploadCommit
    ) {
      return this.uploadCall(request);
    }
    if (request.heartbeat || request.reset) return {};
    if (request.arm) return { run: { runId: request.arm.runId ?? 0, state: 2 } };
    return { status: v1.Status.UNIMPLEMENTED, text: 'not in this test' };
  }

  private uploadCall(request: Request): Answer {
    if (request.uploadBegin) {
      const { bank, n, total, sha256 } = request.uploadBegin;
      const key = [bank, n, total, Buffer.from(sha256!).toString('hex')].join();
      if (this.upload?.key !== key) {
        this.upload = { id: ++this.uploads, key, total: total!, have: Buffer.alloc(0) };
      }
      return this.uploadState();
    }
    const { upload } = this;
    const id = (request.uploadChunk ?? request.uploadCommit ?? request.uploadStatus)!.uploadId;
    if (upload === null || upload.id !== id) return { status: v1.Status.NOT_FOUND };
    if (request.uploadChunk) {
      const { offset = 0, crc32: sum, data } = request.uploadChunk;
      if (crc32(data!) !== sum) return { ...this.uploadState(), status: v1.Status.MISMATCH };
      if (offset! + data!.length <= upload.have.length) return this.uploadState();
      if (offset !== upload.have.length) {
        return { ...this.uploadState(), status: v1.Status.INVALID };
      }
      upload.have = Buffer.concat([upload.have, data!]);
    }
    if (request.uploadCommit) {
      const digest = createHash('sha256').update(upload.have).digest();
      if (Buffer.compare(digest, request.uploadCommit.sha256!) !== 0) {
        return { status: v1.Status.MISMATCH };
      }
      const bank = Number(upload.key.split(',')[0]);
      this.banks[bank] = upload.have;
      this.upload = null;
      return { bank: { bank, crc32: crc32(upload.have), notes: [] } };
    }
    return this.uploadState();
  }

  private uploadState(): Answer {
    const { id, have, total } = this.upload!;
    return {
      upload: {
        uploadId: id,
        nextOffset: have.length,
        crc32Prefix: crc32(have),
        chunk: (this.options.mtu ?? 512) - 60,
        total,
      },
    };
  }
}
