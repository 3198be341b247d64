import { backOffMs } from './back-off.js';
import { readSampleBatch, type SampleBatch } from './sample-batch.js';

/** How the connection stands. `waiting` tells when the next try is due, on the page's own clock. */
export type Connection =
  | { readonly state: 'connecting' }
  | { readonly state: 'live' }
  | { readonly state: 'waiting'; readonly retryAtMs: number };

export interface EventListener {
  onEvent(body: unknown): void;
  onError?(code: string, message: string): void;
}
export interface SampleListener {
  onBatch(batch: SampleBatch): void;
  /** Rows that will not come. */
  onGap(count: number, reason: string): void;
  onEnd(reason: string): void;
  onError(code: string, message: string): void;
}

interface Subscribed {
  readonly topic: string;
  readonly policy: 'lossless' | 'latest' | null;
  /** The row to go on with after a reconnect; null: from now on. */
  next: number | null;
  readonly credit: number;
  readonly events: EventListener | null;
  readonly samples: SampleListener | null;
}

/** What a subscriber to a run can do. */
export interface SampleSubscription {
  /** Allows `n` more batches. */
  grant(n: number): void;
  close(): void;
}

const SUBPROTOCOL = 'relaxd.v1';
/** Close code of docs/formats/stream.md. */
const KEY_ENDED = 4401;
/** Events that may be on their way at once. */
const EVENT_CREDIT = 64;

interface ServerMessage {
  readonly op: string;
  readonly id: string;
  readonly body?: unknown;
  readonly from?: number;
  readonly to?: number;
  readonly reason?: string;
  readonly code?: string;
  readonly message?: string;
}

/**
 * The page's one WebSocket to `/v1/stream` (docs/formats/stream.md). It opens again by itself, later and later; all
 * subscriptions are then made anew, those to runs from the row where they stood.
 */
export class Stream {
  private socket: WebSocket | null = null;
  private readonly live = new Map<string, Subscribed>();
  private lastId = 0;
  private failures = 0;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private closed = false;
  private asking = false;

  /**
   * @param address of the stream, `ws:` or `wss:`
   * @param onConnection told of each change; after `live` all state must be read anew
   */
  constructor(
    private readonly address: string,
    private readonly onConnection: (connection: Connection) => void,
    /** A ticket for the next socket, where one is needed: it goes as a subprotocol. */
    private readonly ticket: () => Promise<string | null>,
    /** Told where the service has closed the socket because the key works no more. */
    private readonly onKeyEnded: (reason: string) => void,
  ) {}

  open(): void {
    if (this.closed || this.socket !== null || this.asking) return;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.asking = true;
    this.onConnection({ state: 'connecting' });
    this.ticket().then(
      (ticket) => {
        this.asking = false;
        if (!this.closed) this.connect(ticket);
      },
      () => {
        this.asking = false;
        if (!this.closed) this.tryLater();
      },
    );
  }

  private connect(ticket: string | null): void {
    const protocols = ticket === null ? [SUBPROTOCOL] : [SUBPROTOCOL, ticket];
    const socket = new WebSocket(this.address, protocols);
    socket.binaryType = 'arraybuffer';
    this.socket = socket;
    socket.onopen = () => {
      this.failures = 0;
      for (const [id, subscribed] of this.live) this.sendSubscribe(id, subscribed);
      this.onConnection({ state: 'live' });
    };
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => {
      if (typeof event.data === 'string') {
        this.takeMessage(JSON.parse(event.data) as ServerMessage);
      } else {
        this.takeBatch(readSampleBatch(new Uint8Array(event.data)));
      }
    };
    socket.onclose = ({ code, reason }) => {
      if (this.socket !== socket) return;
      this.socket = null;
      if (code === KEY_ENDED) this.onKeyEnded(reason);
      if (!this.closed) this.tryLater();
    };
  }

  close(): void {
    this.closed = true;
    if (this.timer !== null) clearTimeout(this.timer);
    this.socket?.close(1000);
    this.socket = null;
  }

  /** Follows a topic of events; the function that comes back ends it. */
  follow(topic: string, listener: EventListener): () => void {
    const id = this.add({
      topic,
      policy: null,
      next: null,
      credit: EVENT_CREDIT,
      events: listener,
      samples: null,
    });
    return () => this.remove(id);
  }

  /**
   * Reads a run from its first row, losing nothing.
   *
   * @param credit batches that may come before the first `grant`
   */
  samples(run: string, credit: number, listener: SampleListener): SampleSubscription {
    const id = this.add({
      topic: `runs/${run}`,
      policy: 'lossless',
      next: 0,
      credit,
      events: null,
      samples: listener,
    });
    return {
      grant: (n) => this.send({ op: 'credit', id, n }),
      close: () => this.remove(id),
    };
  }

  private add(subscribed: Subscribed): string {
    const id = String(++this.lastId);
    this.live.set(id, subscribed);
    this.sendSubscribe(id, subscribed);
    return id;
  }

  private remove(id: string): void {
    if (this.live.delete(id)) this.send({ op: 'unsubscribe', id });
  }

  private sendSubscribe(id: string, { topic, policy, next, credit }: Subscribed): void {
    this.send({
      op: 'subscribe',
      id,
      topic,
      credit,
      ...(policy === null ? {} : { policy }),
      ...(next === null ? {} : { from: next }),
    });
  }

  private send(message: object): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  private tryLater(): void {
    this.failures++;
    const waitMs = backOffMs(this.failures);
    this.timer = setTimeout(() => this.open(), waitMs);
    this.onConnection({ state: 'waiting', retryAtMs: performance.now() + waitMs });
  }

  private takeMessage(message: ServerMessage): void {
    const subscribed = this.live.get(message.id);
    if (subscribed === undefined) return;
    switch (message.op) {
      case 'event':
        this.send({ op: 'credit', id: message.id, n: 1 });
        subscribed.events?.onEvent(message.body);
        break;
      case 'gap':
        if (subscribed.next !== null) subscribed.next = (message.to ?? 0) + 1;
        subscribed.samples?.onGap(
          (message.to ?? 0) - (message.from ?? 0) + 1,
          message.reason ?? 'unknown',
        );
        break;
      case 'end':
        this.live.delete(message.id);
        subscribed.samples?.onEnd(message.reason ?? 'unknown');
        break;
      case 'error': {
        this.live.delete(message.id);
        const listener = subscribed.samples ?? subscribed.events;
        listener?.onError?.(message.code ?? 'internal', message.message ?? '');
        break;
      }
    }
  }

  private takeBatch(batch: SampleBatch): void {
    const subscribed = this.live.get(batch.subscription);
    if (subscribed === undefined) return;
    subscribed.next = batch.firstRow + batch.rows;
    subscribed.samples?.onBatch(batch);
  }
}
