import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { VirtualTimeline } from '../src/core/index.js';
import { relaxd } from '../proto/gen/board.js';
import { encodeFrame, FRAME, FrameScanner, type Frame } from './frame.js';

/**
 * A small host for tests of the firmware, written from docs/link-protocol.md: one call at a time, stop and wait, no window.
 * It repeats what is not acknowledged after 100 ms.
 */
const v1 = relaxd.board.v1;
type Response = relaxd.board.v1.Response.$Properties;
type Event = relaxd.board.v1.Event.$Properties;
type HelloAck = relaxd.board.v1.HelloAck;
type SampleBatch = relaxd.board.v1.SampleBatch;

/** Decoded 64 bits are objects whatever their type says: here they become numbers. */
const NUMBERS = { longs: Number, defaults: true };
type CallBody = Omit<relaxd.board.v1.Request.$Properties, 'requestId' | 'deadlineMs'>;

export interface TestLine {
  write(bytes: Uint8Array): void;
  onBytes(listener: (bytes: Uint8Array) => void): () => void;
}

export class TestHost {
  readonly events: Event[] = [];
  readonly samples: SampleBatch[] = [];
  readonly logs: string[] = [];
  readonly acks: { session: number; ack: HelloAck }[] = [];
  readonly fatals: { major: number; fatal: relaxd.board.v1.Fatal }[] = [];
  readonly resetAcks: Frame[] = [];
  readonly frames: Frame[] = [];
  session = 0;
  bad = 0;
  /** True: nothing that comes is acknowledged. */
  mute = false;
  heartbeatMs: number | null = null;
  private seq = 0;
  private expected = 0;
  private requestId = 0;
  private nonce = 0;
  private hostAcked = 0;
  private readonly responses = new Map<number, Response>();
  private readonly scanner: FrameScanner;
  private queue: Promise<unknown> = Promise.resolve();

  constructor(
    readonly timeline: VirtualTimeline,
    private readonly line: TestLine,
  ) {
    this.scanner = new FrameScanner(2048, {
      frame: (frame) => this.frame(frame),
      bad: () => this.bad++,
    });
    line.onBytes((bytes) => this.scanner.push(bytes));
  }

  /** Writes a frame as it is. */
  put(frame: Partial<Frame> & { type: number }): void {
    this.line.write(
      encodeFrame({
        major: 1,
        session: this.session,
        seq: 0,
        ack: 0,
        credit: 0,
        payload: new Uint8Array(0),
        ...frame,
      }),
    );
  }

  hello(nonce: number, version: { protoMajor?: number; minMajor?: number } = {}): void {
    this.nonce = nonce;
    const { protoMajor = 1, minMajor = 1 } = version;
    this.put({
      type: FRAME.hello,
      major: protoMajor,
      session: 0,
      payload: v1.Hello.encode({ protoMajor, minMajor, nonce, hostBuild: 'test' }).finish(),
    });
  }

  /** A handshake with a fresh nonce. */
  async shake(): Promise<HelloAck> {
    const before = this.acks.length;
    const nonce = this.nonce + 1;
    for (let tries = 0; tries < 20; tries++) {
      this.hello(nonce);
      await this.timeline.advance(250);
      const found = this.acks.slice(before).find(({ ack }) => ack.nonce === nonce);
      if (found !== undefined) return found.ack;
    }
    throw new Error('no answer to 20 HELLO');
  }

  /** One call at a time; the answer whatever its status. */
  call(body: CallBody, limitMs = 30_000): Promise<Response> {
    const next = this.queue.then(() => this.exchange(body, limitMs));
    this.queue = next.catch(() => undefined);
    return next;
  }

  /** A call while virtual time goes by. */
  ask(body: CallBody, limitMs = 30_000): Promise<Response> {
    return this.timeline.until(this.call(body, limitMs), limitMs + 1000);
  }

  async expectOk(body: CallBody): Promise<Response> {
    const response = await this.ask(body);
    if (response.status) throw new Error(`${v1.Status[response.status]}: ${response.text}`);
    return response;
  }

  /** Sends a request under an id of its own choice, once. */
  raw(requestId: number, body: CallBody): void {
    this.putData(v1.Request.encode({ requestId, ...body }).finish());
  }

  responseTo(requestId: number): Response | undefined {
    return this.responses.get(requestId);
  }

  forget(requestId: number): void {
    this.responses.delete(requestId);
  }

  get lastId(): number {
    return this.requestId;
  }

  putData(payload: Uint8Array): void {
    this.put({ type: FRAME.data, seq: this.seq, ack: this.expected, credit: 32, payload });
    this.seq = (this.seq + 1) & 0xff;
  }

  async upload(bank: number, image: Uint8Array, n: number): Promise<Response> {
    const sha256 = createHash('sha256').update(image).digest();
    const begun = await this.expectOk({ uploadBegin: { bank, n, total: image.length, sha256 } });
    const uploadId = begun.upload!.uploadId!;
    const chunk = begun.upload!.chunk!;
    let offset = begun.upload!.nextOffset ?? 0;
    while (offset < image.length) {
      const data = image.subarray(offset, offset + chunk);
      const answer = await this.expectOk({
        uploadChunk: { uploadId, offset, crc32: crc32(data), data },
      });
      offset = answer.upload!.nextOffset!;
    }
    return this.ask({ uploadCommit: { uploadId, sha256 } });
  }

  /** From now on a heartbeat each 250 ms. */
  beat(leaseMs: number | null): void {
    const started = this.heartbeatMs !== null;
    this.heartbeatMs = leaseMs;
    if (started || leaseMs === null) return;
    const next = (): void => {
      if (this.heartbeatMs === null) return;
      void this.call({ heartbeat: { leaseMs: this.heartbeatMs } }).catch(() => undefined);
      this.timeline.after(250, next);
    };
    next();
  }

  runEvents() {
    return this.events.filter((event) => event.run).map((event) => event.run!);
  }

  /** Lets time go by until the run has ended. */
  async ended(runId: number, limitMs = 60_000) {
    for (let passed = 0; passed < limitMs; passed += 10) {
      const found = this.runEvents().find((run) => run.runId === runId && run.end);
      if (found !== undefined) return found;
      await this.timeline.advance(10);
    }
    throw new Error(`run ${runId} did not end`);
  }

  async result(runId: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for (let offset = 0; ;) {
      const { result } = await this.expectOk({ readResult: { runId, offset } });
      parts.push(result!.data ?? new Uint8Array(0));
      offset += result!.data?.length ?? 0;
      if (offset < (result!.total ?? 0)) continue;
      const whole = Buffer.concat(parts);
      if (crc32(whole) !== result!.crc32) throw new Error('CRC-32 of the result');
      return whole;
    }
  }

  private async exchange(body: CallBody, limitMs: number): Promise<Response> {
    const { session } = this;
    const requestId = ++this.requestId;
    const payload = v1.Request.encode({ requestId, ...body }).finish();
    const seq = this.seq;
    this.seq = (this.seq + 1) & 0xff;
    for (let waited = 0; waited <= limitMs; waited += 5) {
      if (this.session !== session) throw new Error('another session');
      const acknowledged = ((this.hostAcked - seq - 1) & 0xff) < 128;
      if (waited % 100 === 0 && !acknowledged) {
        this.put({ type: FRAME.data, seq, ack: this.expected, credit: 32, payload });
      }
      await new Promise<void>((resolve) => this.timeline.after(5, resolve));
      const response = this.responses.get(requestId);
      if (response !== undefined && acknowledged) return response;
    }
    throw new Error(`no answer to ${Object.keys(body)[0]} within ${limitMs} ms`);
  }

  private frame(frame: Frame): void {
    this.frames.push(frame);
    switch (frame.type) {
      case FRAME.helloAck: {
        const ack = v1.HelloAck.toObject(v1.HelloAck.decode(frame.payload), NUMBERS) as HelloAck;
        this.acks.push({ session: frame.session, ack });
        if (ack.nonce !== this.nonce || ack.nonce === 0) return;
        if (frame.session === this.session) return;
        this.session = frame.session;
        this.seq = 0;
        this.expected = 0;
        this.requestId = 0;
        this.hostAcked = 0;
        this.responses.clear();
        return;
      }
      case FRAME.fatal:
        this.fatals.push({ major: frame.major, fatal: v1.Fatal.decode(frame.payload) });
        return;
      case FRAME.resetAck:
        this.resetAcks.push(frame);
        return;
      case FRAME.log:
        this.logs.push(v1.Log.decode(frame.payload).text);
        return;
      default:
    }
    if (frame.session !== this.session) return;
    if (((frame.ack - this.hostAcked) & 0xff) < 128) this.hostAcked = frame.ack;
    if (frame.type === FRAME.sample) {
      const batch = v1.SampleBatch.decode(frame.payload);
      this.samples.push(v1.SampleBatch.toObject(batch, NUMBERS) as SampleBatch);
    }
    if (frame.type === FRAME.data && !this.mute) this.data(frame);
  }

  private data(frame: Frame): void {
    if (frame.seq === this.expected) {
      this.expected = (this.expected + 1) & 0xff;
      const message = v1.ToHost.decode(frame.payload);
      const { response, event } = v1.ToHost.toObject(message, NUMBERS) as {
        response?: Response;
        event?: Event;
      };
      if (response) this.responses.set(response.requestId ?? 0, response);
      if (event) this.events.push(event);
    }
    this.put({ type: FRAME.ack, ack: this.expected, credit: 32 });
  }
}

/** A section of a program image. */
export interface TestSection {
  readonly kind: number;
  readonly index?: number;
  readonly scale?: number;
  readonly codes?: readonly number[];
  readonly floats?: readonly number[];
}

/** A program image, from the page. */
export function testImage(n: number, sections: readonly TestSection[]): Uint8Array {
  const bodies = sections.map(({ codes, floats }) =>
    codes !== undefined
      ? Buffer.from(Int16Array.from(codes).buffer)
      : Buffer.from(Float32Array.from(floats ?? []).buffer),
  );
  const padded = (length: number): number => Math.ceil(length / 4) * 4;
  let offset = 8 + 16 * sections.length;
  const image = Buffer.alloc(offset + bodies.reduce((sum, body) => sum + padded(body.length), 0));
  image.write('RXP1', 'latin1');
  image.writeUInt16LE(n, 4);
  image.writeUInt16LE(sections.length, 6);
  sections.forEach((section, k) => {
    const body = bodies[k]!;
    const at = 8 + 16 * k;
    image.writeUInt16LE(section.kind, at);
    image.writeUInt16LE(section.index ?? 0, at + 2);
    image.writeUInt32LE(offset, at + 4);
    image.writeUInt32LE(body.length, at + 8);
    image.writeFloatLE(section.scale ?? 1, at + 12);
    image.set(body, offset);
    offset += padded(body.length);
  });
  return image;
}
