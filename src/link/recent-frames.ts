import { frameTypeName, type BadFrameReason, type Frame } from './frame.js';

/** One frame as a bug report shows it. */
export interface FrameNote {
  /** On the host's monotonic clock. */
  readonly atMs: number;
  readonly way: 'sent' | 'received';
  /** Name of the type, or why it was bad. */
  readonly type: string;
  /** Null for a bad frame: none of its numbers can be believed. */
  readonly numbers: {
    readonly session: number;
    readonly seq: number;
    readonly ack: number;
    readonly credit: number;
  } | null;
  /** Bytes of payload; of a bad frame, bytes between its delimiters. */
  readonly length: number;
  /** First bytes of those, hexadecimal. */
  readonly head: string;
}

const KEPT = 100;
const HEAD = 16;
/** Kinds from here on are bad frames. */
const BAD = 16;
const REASONS: readonly BadFrameReason[] = ['stuffing', 'short', 'checksum', 'too-long'];

/**
 * The last frames of one way, in arrays that are written over: to keep what is looked at once a year costs a frame nothing, and holds no
 * frame's memory.
 */
class FrameRing {
  private readonly order = new Float64Array(KEPT);
  private readonly atMs = new Float64Array(KEPT);
  /** Type, or {@link BAD} and the reason. */
  private readonly kind = new Uint8Array(KEPT);
  /** session, seq, ack, credit */
  private readonly numbers = new Uint16Array(4 * KEPT);
  private readonly length = new Uint32Array(KEPT);
  private readonly heads = new Uint8Array(HEAD * KEPT);
  private count = 0;

  constructor(private readonly way: FrameNote['way']) {}

  /** @param frame null: bad, its numbers are not known */
  add(order: number, atMs: number, kind: number, frame: Frame | null, bytes: Uint8Array): void {
    const k = this.count++ % KEPT;
    this.order[k] = order;
    this.atMs[k] = atMs;
    this.kind[k] = kind;
    if (frame !== null) {
      this.numbers[4 * k] = frame.session;
      this.numbers[4 * k + 1] = frame.seq;
      this.numbers[4 * k + 2] = frame.ack;
      this.numbers[4 * k + 3] = frame.credit;
    }
    this.length[k] = bytes.length;
    const head = Math.min(HEAD, bytes.length);
    for (let i = 0; i < head; i++) this.heads[HEAD * k + i] = bytes[i]!;
  }

  notes(): { order: number; note: FrameNote }[] {
    return Array.from({ length: Math.min(KEPT, this.count) }, (_, k) => {
      const kind = this.kind[k]!;
      const [session, seq, ack, credit] = this.numbers.subarray(4 * k, 4 * k + 4);
      const length = this.length[k]!;
      const head = this.heads.subarray(HEAD * k, HEAD * k + Math.min(HEAD, length));
      return {
        order: this.order[k]!,
        note: {
          atMs: this.atMs[k]!,
          way: this.way,
          type: kind < BAD ? frameTypeName(kind) : `bad: ${REASONS[kind - BAD]}`,
          numbers: kind < BAD ? { session: session!, seq: seq!, ack: ack!, credit: credit! } : null,
          length,
          head: Buffer.from(head).toString('hex'),
        },
      };
    });
  }
}

/** The last 100 frames each way. */
export class RecentFrames {
  private readonly sent = new FrameRing('sent');
  private readonly received = new FrameRing('received');
  private order = 0;

  noteSent(atMs: number, frame: Frame): void {
    this.sent.add(this.order++, atMs, frame.type, frame, frame.payload);
  }

  noteReceived(atMs: number, frame: Frame): void {
    this.received.add(this.order++, atMs, frame.type, frame, frame.payload);
  }

  noteBad(atMs: number, reason: BadFrameReason, bytes: Uint8Array): void {
    this.received.add(this.order++, atMs, BAD + REASONS.indexOf(reason), null, bytes);
  }

  /** In the order in which they went. */
  list(): readonly FrameNote[] {
    return [...this.sent.notes(), ...this.received.notes()]
      .sort((a, b) => a.order - b.order)
      .map(({ note }) => note);
  }
}

/** A line for each frame, for a bug report. */
export function describeFrames(notes: readonly FrameNote[]): string {
  return notes
    .map(({ atMs, way, type, numbers, length, head }) => {
      const said =
        numbers === null
          ? ''
          : ` session ${numbers.session} seq ${numbers.seq} ack ${numbers.ack} credit ${numbers.credit}`;
      return `${atMs.toFixed(1)} ms ${way === 'sent' ? '→' : '←'} ${type}${said} · ${length} bytes ${head}`;
    })
    .join('\n');
}
