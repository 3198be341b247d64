import { MOST_CREDIT, type Policy, type ServerMessage } from './messages.js';

type Gap = Omit<Extract<ServerMessage, { op: 'gap' }>, 'op' | 'id' | 'topic'>;

/** The way to one viewer. */
export interface ViewerLink {
  sendMessage(message: ServerMessage): void;
  /** Sends the parts as one message. Those that several viewers are sent must not change afterwards. */
  sendBatch(head: Uint8Array, rows: Uint8Array): void;
  /** True while more waits to be taken by the network than a slow viewer may hold up here. */
  readonly full: boolean;
  /** True while samples have to wait, so that whatever else is sent does not wait behind them. */
  readonly busy: boolean;
  /** Tells the log and the metrics of a gap that a viewer was told of. */
  noteGap(count: number, reason: string): void;
  /** A defect in the service: ends the socket. */
  fail(error: unknown): void;
}

/**
 * One viewer's subscription to one topic: where it stands and what it may still be sent. `pump` sends as much as
 * credit and network allow; it is called again whenever one of them or the topic has moved on, and never runs
 * twice at once.
 */
export abstract class Subscription {
  /** Nothing is sent before the viewer knows of the subscription. */
  private begun = false;
  private ended = false;
  private pumping = false;
  private again = false;
  private readonly cleanUp: (() => void)[] = [];

  constructor(
    readonly id: string,
    readonly topic: string,
    readonly policy: Policy,
    protected credit: number,
    /** The number that comes next. */
    protected next: number,
    protected readonly link: ViewerLink,
    private readonly onEnd: () => void,
  ) {
    this.credit = Math.min(credit, MOST_CREDIT);
  }

  /** True where it sends so much that others of the same socket go first. */
  get isBulk(): boolean {
    return false;
  }

  get over(): boolean {
    return this.ended;
  }

  get position(): number {
    return this.next;
  }

  begin(): void {
    this.begun = true;
    this.pump();
  }

  grant(n: number): void {
    this.credit = Math.min(MOST_CREDIT, this.credit + n);
    this.pump();
  }

  pump(): void {
    this.again = true;
    if (!this.begun || this.pumping || this.ended) return;
    this.pumping = true;
    this.drain().catch((error: unknown) => this.link.fail(error));
  }

  /** Ends the subscription with an `end` that gives the reason. */
  end(reason: string): void {
    if (this.ended) return;
    this.link.sendMessage({ op: 'end', id: this.id, topic: this.topic, reason, next: this.next });
    this.close();
  }

  /** Ends it without a word: the socket is gone. */
  close(): void {
    if (this.ended) return;
    this.ended = true;
    for (const done of this.cleanUp.splice(0)) done();
    this.onEnd();
  }

  protected whenOver(done: () => void): void {
    this.cleanUp.push(done);
  }

  /** One step: sends something, or says that there is nothing to send now. */
  protected abstract step(): Promise<'sent' | 'idle'> | 'sent' | 'idle';

  protected get maySend(): boolean {
    return this.credit > 0 && !this.held && !this.ended;
  }

  /** Whether the network holds it up. */
  protected get held(): boolean {
    return this.link.full;
  }

  /** All that comes before `next` will not come. */
  protected gapTo(next: number, reason: string): void {
    const from = this.next;
    this.next = next;
    this.tellGap({ from, to: next - 1, reason, missing: next - from });
  }

  /** Tells that of the next numbers up to `to` only every so many-th comes, the next one first. */
  protected thinTo(to: number, every: number, reason: string): void {
    const from = this.next;
    const numbers = to - from + 1;
    this.tellGap({ from, to, reason, every, missing: numbers - Math.ceil(numbers / every) });
  }

  private tellGap(gap: Gap): void {
    this.link.noteGap(gap.missing, gap.reason);
    this.link.sendMessage({ op: 'gap', id: this.id, topic: this.topic, ...gap });
  }

  private async drain(): Promise<void> {
    try {
      while (this.again && !this.ended) {
        this.again = false;
        while (!this.ended && (await this.step()) === 'sent');
      }
    } finally {
      this.pumping = false;
    }
  }
}
