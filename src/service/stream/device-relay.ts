import { WebSocket } from 'ws';
import { RelaxdError } from '../../core/index.js';
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
  private readonly onGone = new Set<(reason: string) => void>();
  private gone: string | null = null;

  private constructor(
    private readonly socket: WebSocket,
    readonly topic: EventTopic,
    /** Names the run of the service that the numbers are of. */
    readonly stream: string,
    private present: unknown,
  ) {}

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
      let head = 0;
      let present: unknown;
      const timer = setTimeout(() => fail(), ANSWERS_WITHIN_MS);
      const fail = (cause?: unknown): void => {
        clearTimeout(timer);
        socket.terminate();
        relay?.end();
        reject(lost(cause));
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
          const topic = new EventTopic('read', () => ({ type: 'state', device: relay?.present }));
          relay = new DeviceRelay(socket, topic, message.stream, present);
          head = message.head;
        } else relay?.take(message);
        // What is remembered there comes before anything else does.
        if (relay === null || relay.topic.head < head) return;
        clearTimeout(timer);
        resolve(relay);
      });
    });
  }

  private take(message: ServerMessage): void {
    if (message.op === 'event') {
      const body = message.body as { readonly type?: string; readonly device?: unknown };
      if (body.type === 'state') this.present = body.device;
      this.topic.publish(body);
      this.socket.send(JSON.stringify({ op: 'credit', id: COURSE, n: 1 }));
    } else if (message.op === 'gap') this.topic.skip(message.missing);
    else if (message.op === 'end') this.end();
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

interface Entry {
  readonly relay: Promise<DeviceRelay>;
  users: number;
}

/** The relays that there are: one for each device of another node that somebody watches. */
export class DeviceRelays implements Disposable {
  private readonly relays = new Map<string, Entry>();

  /** @param release to be called once, when it is not used any more */
  async use(options: RelayOptions): Promise<UsedRelay> {
    const key = `${options.device} ${options.node.address}`;
    const entry = this.relays.get(key) ?? this.begin(key, options);
    entry.users++;
    const relay = await entry.relay;
    return {
      relay,
      release: () => {
        entry.users--;
        if (entry.users === 0) relay.end();
      },
    };
  }

  private begin(key: string, options: RelayOptions): Entry {
    const entry: Entry = { relay: DeviceRelay.open(options), users: 0 };
    this.relays.set(key, entry);
    const forget = (): void => {
      if (this.relays.get(key) === entry) this.relays.delete(key);
    };
    entry.relay.then((relay) => relay.whenGone(forget), forget);
    return entry;
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
