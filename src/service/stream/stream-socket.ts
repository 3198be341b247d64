import type { RawData, WebSocket } from 'ws';
import type { Scope } from '../../access/index.js';
import { asRelaxdError, RelaxdError } from '../../core/index.js';
import {
  CLOSE,
  LONGEST_MESSAGE_BYTES,
  readClientMessage,
  type ClientMessage,
  type ServerMessage,
  type Subscribe,
} from './messages.js';
import type { StreamHub } from './stream-hub.js';
import type { Subscription, ViewerLink } from './subscription.js';

export const MOST_SUBSCRIPTIONS = 64;
/** Ids that are remembered after their subscriptions' ends. */
const MOST_ENDED = 1000;
/** Bytes that may wait for one viewer's network before no more samples are sent to it. */
export const BUSY_AT_BYTES = 262_144;
/** Samples of so few bytes are sent in one piece. */
const SMALL_BATCH_BYTES = 16_384;
/** Bytes that may wait for one viewer's network before nothing more is sent to it. */
export const FULL_AT_BYTES = 4 * 1_048_576;
/** A viewer that makes so much wait all the same, with pings or mistakes that it does not read the answers to, is cut off. */
export const MOST_WAITING_BYTES = 2 * FULL_AT_BYTES;
export const PING_EVERY_MS = 30_000;
/** For the answer to a close. */
const GRACE_MS = 1000;

export interface SocketObserver {
  /** @throws RelaxdError `forbidden` where the viewer may not see topics of the scope */
  require(scope: Scope, topic: string): void;
  gap(count: number, reason: string): void;
  subscribed(change: 1 | -1): void;
  defect(error: unknown): void;
}

/** One viewer's socket: reads its messages, and carries what its subscriptions send. */
export class StreamSocket implements ViewerLink {
  private readonly subscriptions = new Map<string, Subscription>();
  /** Ids whose subscribe is under way: they are taken, but cannot be granted credit yet. */
  private readonly starting = new Map<string, { credit: number; cancelled: boolean }>();
  /** Ids of subscriptions that are over: what was sent to one before its end was known is no mistake. */
  private readonly ended = new Set<string>();
  private unanswered = 0;
  private turn = 0;
  private readonly pinger: NodeJS.Timeout;

  constructor(
    private readonly socket: WebSocket,
    private readonly hub: StreamHub,
    private readonly observer: SocketObserver,
    pingEveryMs = PING_EVERY_MS,
  ) {
    socket.on('message', (data, binary) => this.read(data, binary));
    socket.on('ping', (data) => this.answerPing(data));
    socket.on('pong', () => (this.unanswered = 0));
    socket.on('close', () => this.dispose());
    // A reset connection: `close` follows.
    socket.on('error', () => undefined);
    this.pinger = setInterval(() => this.ping(), pingEveryMs);
    this.pinger.unref();
  }

  get full(): boolean {
    return this.socket.bufferedAmount > FULL_AT_BYTES;
  }

  sendMessage(message: ServerMessage): void {
    this.send(JSON.stringify(message));
  }

  get busy(): boolean {
    return this.socket.bufferedAmount > BUSY_AT_BYTES;
  }

  /** Large ones go as two fragments of one message: what waits for many networks then lies in memory once. */
  sendBatch(head: Uint8Array, rows: Uint8Array): void {
    if (rows.length <= SMALL_BATCH_BYTES) return this.send(Buffer.concat([head, rows]));
    if (this.socket.readyState !== this.socket.OPEN) return;
    this.socket.send(head, { binary: true, fin: false });
    this.send(rows);
  }

  noteGap(count: number, reason: string): void {
    this.observer.gap(count, reason);
  }

  fail(error: unknown): void {
    this.observer.defect(error);
    this.close(CLOSE.defect, asRelaxdError(error).message);
  }

  close(code: number, reason: string): void {
    // A viewer that does not read does not answer either.
    setTimeout(() => this.socket.terminate(), GRACE_MS).unref();
    // A close frame has room for 123 bytes of reason.
    this.socket.close(
      code,
      Buffer.from(reason)
        .subarray(0, 120)
        .toString('utf8')
        .replace(/\uFFFD+$/u, ''),
    );
    this.dispose();
  }

  private send(payload: string | Uint8Array): void {
    if (this.socket.readyState !== this.socket.OPEN) return;
    if (this.socket.bufferedAmount > MOST_WAITING_BYTES) return this.socket.terminate();
    const wasFull = this.full;
    this.socket.send(payload, { binary: typeof payload !== 'string' }, () => {
      if (wasFull && this.full) return;
      this.pumpAll();
    });
  }

  /** Events first. Of those that send samples another one is the first each time. */
  private pumpAll(): void {
    const bulk: Subscription[] = [];
    for (const subscription of this.subscriptions.values()) {
      if (subscription.isBulk) bulk.push(subscription);
      else subscription.pump();
    }
    if (bulk.length === 0) return;
    const first = this.turn++ % bulk.length;
    for (const subscription of [...bulk.slice(first), ...bulk.slice(0, first)]) subscription.pump();
  }

  private read(data: RawData, binary: boolean): void {
    if (this.socket.readyState !== this.socket.OPEN) return;
    if (binary) return this.close(CLOSE.protocol, 'viewers send text only');
    const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer);
    if (bytes.length > LONGEST_MESSAGE_BYTES) {
      return this.close(CLOSE.policy, `a message is longer than ${LONGEST_MESSAGE_BYTES} bytes`);
    }
    const message = readClientMessage(bytes.toString('utf8'));
    if (typeof message === 'string') return this.close(CLOSE.policy, message);
    this.obey(message).catch((error: unknown) => this.fail(error));
  }

  private async obey(message: ClientMessage): Promise<void> {
    try {
      if (message.op === 'subscribe') return await this.subscribe(message);
      const starting = this.starting.get(message.id);
      if (starting !== undefined) {
        if (message.op === 'credit') starting.credit += message.n;
        else starting.cancelled = true;
        return;
      }
      const subscription = this.subscriptions.get(message.id);
      if (subscription === undefined) {
        if (this.ended.has(message.id)) return;
        throw new RelaxdError('not-found', `there is no subscription '${message.id}'`, {
          path: 'id',
          value: message.id,
        });
      }
      if (message.op === 'credit') subscription.grant(message.n);
      else subscription.end('unsubscribed');
    } catch (error) {
      const { code, message: text, details } = asRelaxdError(error);
      if (code === 'internal') throw error;
      this.sendMessage({ op: 'error', id: message.id, code, message: text, details });
    }
  }

  private async subscribe(request: Subscribe): Promise<void> {
    const { id, topic } = request;
    if (this.subscriptions.has(id) || this.starting.has(id)) {
      throw new RelaxdError('invalid-input', `there is a subscription '${id}' already`, {
        path: 'id',
        value: id,
      });
    }
    if (this.subscriptions.size + this.starting.size >= MOST_SUBSCRIPTIONS) {
      return this.close(CLOSE.tryLater, `more than ${MOST_SUBSCRIPTIONS} subscriptions`);
    }
    const scope = this.hub.scopeOf(topic);
    if (scope !== null) this.observer.require(scope, topic);
    const starting = { credit: 0, cancelled: false };
    this.starting.set(id, starting);
    try {
      const { subscription, head, policy, stream } = await this.hub.subscribe(request, this, () => {
        if (!this.subscriptions.delete(id)) return;
        this.observer.subscribed(-1);
        if (this.ended.size >= MOST_ENDED) this.ended.clear();
        this.ended.add(id);
      });
      if (this.socket.readyState !== this.socket.OPEN) return subscription.close();
      this.subscriptions.set(id, subscription);
      this.observer.subscribed(1);
      this.sendMessage({
        op: 'subscribed',
        id,
        topic,
        policy,
        next: subscription.position,
        head,
        stream,
      });
      if (starting.cancelled) return subscription.end('unsubscribed');
      subscription.grant(starting.credit);
      subscription.begin();
    } finally {
      this.starting.delete(id);
    }
  }

  private answerPing(data: Buffer): void {
    if (this.socket.readyState !== this.socket.OPEN) return;
    if (this.socket.bufferedAmount > MOST_WAITING_BYTES) this.socket.terminate();
    else this.socket.pong(data);
  }

  private ping(): void {
    if (this.unanswered >= 2) {
      this.socket.terminate();
      return;
    }
    this.unanswered++;
    this.socket.ping();
  }

  private dispose(): void {
    clearInterval(this.pinger);
    for (const subscription of [...this.subscriptions.values()]) subscription.close();
  }
}
