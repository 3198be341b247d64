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

interface Kept extends Omit<FrameNote, 'way' | 'head'> {
  readonly order: number;
  readonly bytes: Uint8Array;
}

/** The last 100 frames each way. */
export class RecentFrames {
  private readonly sent: Kept[] = [];
  private readonly received: Kept[] = [];
  private sentCount = 0;
  private receivedCount = 0;
  private order = 0;

  noteSent(atMs: number, frame: Frame): void {
    this.sent[this.sentCount++ % KEPT] = this.keep(atMs, frame);
  }

  noteReceived(atMs: number, frame: Frame): void {
    this.received[this.receivedCount++ % KEPT] = this.keep(atMs, frame);
  }

  noteBad(atMs: number, reason: BadFrameReason, bytes: Uint8Array): void {
    this.received[this.receivedCount++ % KEPT] = {
      order: this.order++,
      atMs,
      type: `bad: ${reason}`,
      numbers: null,
      length: bytes.length,
      bytes: bytes.slice(0, HEAD),
    };
  }

  /** In the order in which they went. */
  list(): readonly FrameNote[] {
    const notes = (kept: readonly Kept[], way: FrameNote['way']): (FrameNote & Kept)[] =>
      kept.map((note) => ({ ...note, way, head: Buffer.from(note.bytes).toString('hex') }));
    return [...notes(this.sent, 'sent'), ...notes(this.received, 'received')]
      .sort((a, b) => a.order - b.order)
      .map(({ atMs, way, type, numbers, length, head }) => ({
        atMs,
        way,
        type,
        numbers,
        length,
        head,
      }));
  }

  private keep(atMs: number, frame: Frame): Kept {
    const { session, seq, ack, credit, payload } = frame;
    return {
      order: this.order++,
      atMs,
      type: frameTypeName(frame.type),
      numbers: { session, seq, ack, credit },
      length: payload.length,
      bytes: payload.slice(0, HEAD),
    };
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
