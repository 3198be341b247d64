import { WebSocket } from 'ws';
import { asRelaxdError, RelaxdError } from '../../core/index.js';
import { EventTopic } from './event-topic.js';
import { MOST_CREDIT, SUBPROTOCOL, type ServerMessage } from './messages.js';

/** The node that has the device has to answer within so long. */
const ANSWERS_WITHIN_MS = 5000;
const PRESENT = 'present';
const COURSE = 'course';

export interface RelayOptions {
  readonly device: string;
  /** The node that has it. */
  readonly node: { readonly name: string; readonly address: string };
  /** By what this node shows that it is one of the lab. */
  readonly pass: () => Promise<string>;
}

/**
 * A topic `devices/{id}` of another node, as it is there: the same events under the same numbers. It begins with the first viewer,
 * and ends with the last one, or with the connection to that node: then its viewers are told, and subscribe again.
 */
export class DeviceRelay {
  private present: unknown = null;
  private readonly onGone = new Set<(reason: string) => void>();
  private gone: string | null = null;

  private constructor(
    private readonly socket: WebSocket,
    readonly topic: EventTopic,
    /** Names the run of the service that the numbers are of. */
    readonly stream: string,
    present: unknown,
  ) {
    this.present = present;
  }

  /** @throws RelaxdError `node-lost` */
  static async open({ device, node, pass }: RelayOptions): Promise<DeviceRelay> {
    const lost = (cause?: unknown): RelaxdError =>
      new RelaxdError(
        'node-lost',
        `${node.name}, which has the device, does not answer`,
        { node: node.name, hint: 'subscribe again once it is back' },
        cause,
      );
    let socket: WebSocket;
    try {
      socket = new WebSocket(
        `${node.address.replace(/^http/, 'ws').replace(/\/$/, '')}/v1/stream`,
        SUBPROTOCOL,
        {
          headers: { authorization: `Node ${await pass()}` },
          handshakeTimeout: ANSWERS_WITHIN_MS,
          perMessageDeflate: false,
        },
      );
    } catch (error) {
      throw lost(error);
    }
    return new Promise((resolve, reject) => {
      let relay: DeviceRelay | null = null;
      let present: unknown;
      const timer = setTimeout(() => fail(), ANSWERS_WITHIN_MS);
      const fail = (cause?: unknown): void => {
        clearTimeout(timer);
        socket.terminate();
        if (relay === null) reject(lost(cause));
        else relay.end();
      };
      const subscribe = (id: string, more: object): void =>
        socket.send(JSON.stringify({ op: 'subscribe', id, topic: `devices/${device}`, ...more }));
      socket.on('open', () => subscribe(PRESENT, { credit: 1 }));
      socket.on('error', fail);
      socket.on('close', (code) => fail(new Error(`the socket was closed with ${code}`)));
      socket.on('message', (data: Buffer) => {
        let message: ServerMessage;
        try {
          message = JSON.parse(data.toString('utf8')) as ServerMessage;
        } catch (error) {
          return fail(error);
        }
        if (message.op === 'error') return fail(new RelaxdError('internal', message.message));
        if (message.op === 'event' && message.id === PRESENT) {
          present = (message.body as { readonly device?: unknown }).device;
          subscribe(COURSE, { policy: 'lossless', from: 0, credit: MOST_CREDIT });
          socket.send(JSON.stringify({ op: 'unsubscribe', id: PRESENT }));
        } else if (message.id !== COURSE) return;
        else if (message.op === 'subscribed') {
          clearTimeout(timer);
          const topic = new EventTopic('read', () => ({ type: 'state', device: relay?.present }));
          relay = new DeviceRelay(socket, topic, message.stream, present);
          // What is remembered there comes before anything else does.
          relay.whole(message.head, () => resolve(relay!));
        } else relay?.take(message);
      });
    });
  }

  private awaited: { readonly head: number; readonly done: () => void } | null = null;

  private whole(head: number, done: () => void): void {
    this.awaited = { head, done };
    this.look();
  }

  private look(): void {
    const { awaited } = this;
    if (awaited === null || this.topic.head < awaited.head) return;
    this.awaited = null;
    awaited.done();
  }

  private take(message: ServerMessage): void {
    if (message.op === 'event') {
      const body = message.body as { readonly type?: string; readonly device?: unknown };
      if (body.type === 'state') this.present = body.device;
      this.topic.publish(body);
      this.socket.send(JSON.stringify({ op: 'credit', id: COURSE, n: 1 }));
    } else if (message.op === 'gap') this.topic.skip(message.missing);
    else if (message.op === 'end') this.end();
    this.look();
  }

  /** Calls the listener when it is over, at once where it is. */
  whenGone(listener: (reason: string) => void): () => void {
    if (this.gone !== null) listener(this.gone);
    else this.onGone.add(listener);
    return () => this.onGone.delete(listener);
  }

  /** The connection has gone, or nobody needs it any more. */
  end(): void {
    if (this.gone !== null) return;
    this.gone = 'node-lost';
    this.socket.terminate();
    for (const listener of [...this.onGone]) listener(this.gone);
    this.onGone.clear();
  }
}

export interface UsedRelay {
  readonly relay: DeviceRelay;
  readonly release: () => void;
}

/** The relays that there are: one for each device of another node that somebody watches. */
export class DeviceRelays implements Disposable {
  private readonly relays = new Map<
    string,
    { readonly relay: Promise<DeviceRelay>; users: number }
  >();

  /** @param release to be called once, when it is not used any more */
  async use(options: RelayOptions): Promise<UsedRelay> {
    const key = `${options.device} ${options.node.address}`;
    let entry = this.relays.get(key);
    if (entry === undefined) {
      entry = { relay: DeviceRelay.open(options), users: 0 };
      this.relays.set(key, entry);
    }
    const used = entry;
    const forget = (): void => {
      if (this.relays.get(key) === used) this.relays.delete(key);
    };
    used.users++;
    try {
      const relay = await used.relay;
      relay.whenGone(forget);
      return {
        relay,
        release: () => {
          used.users--;
          if (used.users > 0) return;
          forget();
          relay.end();
        },
      };
    } catch (error) {
      forget();
      throw asRelaxdError(error);
    }
  }

  [Symbol.dispose](): void {
    for (const { relay } of this.relays.values()) {
      relay.then(
        (open) => open.end(),
        () => undefined,
      );
    }
    this.relays.clear();
  }
}
